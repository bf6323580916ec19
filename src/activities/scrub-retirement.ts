/**
 * A scrub document whose first lines are damaged says nothing, not even how old it is. Once a scan has looked at
 * everything in its range and written that down, what it said is of no more use: its bytes are kept aside, and an empty
 * document that is older than every other takes its place. Until then it stands and every scan reports it.
 */
import { hash } from 'node:crypto';
import { scrubPaths } from '../contracts/scrub.ts';
import { divide } from '../policy/digest-ranges.ts';
import type { Dependencies } from './dependencies.ts';
import { readStateShards, replaceDamagedState, type ScrubStore, type StateProblem } from './scrub-state.ts';

/** Retires what cannot be read where a scan's own documents cover all of it; returns the paths. */
export async function retireDamaged(deps: Dependencies, of: ScrubStore, scan: string): Promise<string[]> {
  const { shards, problems } = await readStateShards(deps.vault, of);
  const written = shards.filter((shard) => shard.scan === scan);
  const covered = problems.filter(({ range }) => divide(range, written).rest.length === 0);
  for (const problem of covered) await retire(deps, of, problem);
  return covered.map(({ path }) => path);
}

async function retire(deps: Dependencies, of: ScrubStore, { path, range }: StateProblem): Promise<void> {
  const damaged = await deps.vault.read(path);
  if (damaged === undefined) return;
  const aside = scrubPaths.setAside(of.scope, of.store, of.algorithm, range, hash('sha256', damaged.bytes));
  // Named by its content: if it stands there already, an earlier attempt put it there.
  await deps.vault.create(aside, damaged.bytes, 'application/octet-stream');
  await replaceDamagedState(deps.vault, of, range);
}
