/** How long restores took: the newest drills and restores of a system in which every server was restored and checked. */
import pMap from 'p-map';
import { restoreDocument } from '../../contracts/restore.ts';
import { reportEntry } from '../../contracts/report.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { failureFrom } from '../../policy/failure.ts';
import type { PastRestore } from '../../policy/restore-plan.ts';
import type { Dependencies } from '../dependencies.ts';
import { lastNumber } from '../report/chain.ts';
import { readDocument } from '../vault-documents.ts';

/** So many of each are looked at: what was long ago had other data. */
const lookedAt = 20;
const readAtOnce = 8;

/** What can be read of them; a damaged document counts for nothing here. */
export async function readPastRestores(deps: Dependencies, scope: Scope): Promise<PastRestore[]> {
  return [...(await pastDrills(deps, scope)), ...(await pastRestores(deps, scope))];
}

async function pastDrills(deps: Dependencies, scope: Scope): Promise<PastRestore[]> {
  const last = await lastNumber(deps, scope);
  const numbers = Array.from({ length: Math.min(last, lookedAt) }, (_, index) => last - index);
  const entries = await pMap(
    numbers,
    (number) => readable(readDocument(deps.vault, vaultPaths.reportEntry(scope, number), reportEntry)),
    { concurrency: readAtOnce },
  );
  return entries.flatMap((entry) => {
    if (entry === undefined || entry.report.statuses.restore !== 'done') return [];
    return entry.report.statuses.validation === 'not-run' ? [] : [entry.report.recovery.rtoBreakdownSeconds];
  });
}

async function pastRestores(deps: Dependencies, scope: Scope): Promise<PastRestore[]> {
  const paths: string[] = [];
  for await (const path of deps.vault.list(vaultPaths.restores(scope)))
    if (path.endsWith('/restore.json')) paths.push(path);
  const ends = await pMap(
    paths.slice(-lookedAt),
    (path) => readable(readDocument(deps.vault, path, restoreDocument)),
    { concurrency: readAtOnce },
  );
  return ends.flatMap((end) =>
    end?.outcome === 'ready' || end?.outcome === 'doubtful' ? [end.secondsByPart] : [],
  );
}

async function readable<T>(reading: Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (thrown) {
    if (failureFrom(thrown).code === 'bad-document') return undefined;
    throw thrown;
  }
}
