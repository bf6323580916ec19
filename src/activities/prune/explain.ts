/**
 * Gathers what is known of one thing that a prune decided about: what would be decided now, the last plan, the ledger
 * and the tombstone. A recovery point is known by its id, though the ledger names its backups one by one.
 */
import { ledgerEntry } from '../../contracts/documents.ts';
import { pruneDocument, prunePlan, tombstoneDocument, type PruneItem } from '../../contracts/prune.ts';
import { instantOf } from '../../contracts/values.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import {
  explain,
  type DecisionFact,
  type ExplainFacts,
  type Explanation,
} from '../../policy/retention/explain.ts';
import { readPlan } from '../approvals.ts';
import type { Dependencies } from '../dependencies.ts';
import { readLines } from '../records.ts';
import type { Scoped } from '../scope.ts';
import { readDocument } from '../vault-documents.ts';
import { look, type Look } from './look.ts';

/** Why something is still there, or why it is gone. */
export async function explainItem(deps: Dependencies, here: Scoped, asked: string): Promise<Explanation> {
  const { scope } = here;
  // What lies in stores may be very much: only what has to do with the question is listed.
  const seen = await look(deps, here, 'everything', { watched: new Set([asked]), near: asked });
  const names = namesOf(seen);
  const named = (item: string): string => names.get(item) ?? item;
  const facts: ExplainFacts = {
    now: deps.clock.now(),
    current: seen.items.map(factOf),
    plan: await lastPlan(deps, scope),
    ledger: await ledgerOf(deps, scope, named),
    tombstones: await tombstonesOf(deps, scope, named),
  };
  return explain(named(asked), facts);
}

const factOf = ({ id, decision, sentence }: PruneItem): DecisionFact => ({ id, decision, sentence });

/** What else an item is called: the name of a backup, and how the ledger names it. */
function namesOf({ points, items }: Look): Map<string, string> {
  const names = new Map<string, string>();
  const name = (id: string, server: string, backup: string): void => {
    names.set(`${server}/backups/${backup}`, id);
    names.set(`${server.split('/').at(-1) ?? server}/${backup}`, id);
    names.set(backup, id);
  };
  for (const { id, backups = [] } of items) for (const one of backups) name(id, one.server, one.name);
  for (const { id, databases } of points) for (const part of databases) name(id, part.server, part.backup);
  return names;
}

async function lastPlan(deps: Dependencies, scope: Scope): Promise<ExplainFacts['plan']> {
  let newest: string | undefined;
  for await (const path of deps.vault.list(vaultPaths.prunes(scope))) newest = path;
  const last = newest === undefined ? undefined : await readDocument(deps.vault, newest, pruneDocument);
  if (last === undefined) return undefined;
  const plan = await readPlan(deps, scope, last.plan, prunePlan);
  return { name: last.id, at: instantOf(plan.at), decisions: plan.items.map(factOf) };
}

async function ledgerOf(
  deps: Dependencies,
  scope: Scope,
  named: (item: string) => string,
): Promise<ExplainFacts['ledger']> {
  const lines: ExplainFacts['ledger'][number][] = [];
  for await (const line of readLines(deps.vault, vaultPaths.ledgerSegments(scope), ledgerEntry))
    lines.push({ ...line, item: named(line.item), at: instantOf(line.at) });
  return lines;
}

async function tombstonesOf(
  deps: Dependencies,
  scope: Scope,
  named: (item: string) => string,
): Promise<ExplainFacts['tombstones']> {
  const stones: ExplainFacts['tombstones'][number][] = [];
  for await (const path of deps.vault.list(vaultPaths.tombstones(scope))) {
    const stone = await readDocument(deps.vault, path, tombstoneDocument);
    if (stone === undefined) continue;
    const { item, at, reason, confirmedAbsentAt } = stone;
    stones.push({
      ...{ item: named(item), at: instantOf(at), reason },
      confirmedAbsentAt: confirmedAbsentAt === undefined ? undefined : instantOf(confirmedAbsentAt),
    });
  }
  return stones;
}
