/** What the provider expired or lost on its own, what came back, and what nobody here made: told with every plan. */
import { ledgerEntry } from '../../contracts/documents.ts';
import type { RecoveryPoint } from '../../contracts/documents.ts';
import type { ReconcileFinding } from '../../contracts/prune.ts';
import { instantOf } from '../../contracts/values.ts';
import { vaultPaths } from '../../contracts/vault-paths.ts';
import { isOwnBackup } from '../../policy/identifiers.ts';
import {
  reconcile,
  type KnownItem,
  type LedgerLine,
  type ListedItem,
} from '../../policy/retention/reconcile.ts';
import { findingSentence } from '../../policy/retention/reconcile-words.ts';
import type { Dependencies } from '../dependencies.ts';
import { readLines } from '../records.ts';
import type { Scoped } from '../scope.ts';
import type { Look } from './look.ts';

/** What is older stands confirmed in tombstones; a ledger of years is not read every night. */
const ledgerDays = 90;

const idOf = (server: string, backup: string): string => `${server}/backups/${backup}`;

/** The findings of this moment, each in a sentence. */
export async function reconcileNow(
  deps: Dependencies,
  here: Scoped,
  seen: Look,
): Promise<ReconcileFinding[]> {
  const known = seen.points.flatMap(knownItems);
  const listed = [...seen.listings].flatMap(([server, backups]) =>
    backups.map(({ name, kind, completedAt }): ListedItem => ({
      ...{ id: idOf(server, name), source: kind, completedAt },
      owner: isOwnBackup(name) ? 'lifeboat' : 'person',
    })),
  );
  const ledger: LedgerLine[] = [];
  const ofBackups = new Set([...known, ...listed].map(({ id }) => id));
  const from = deps.clock.now().minus({ days: ledgerDays }).toFormat('yyyy-MM-dd');
  for await (const line of readLines(deps.vault, vaultPaths.ledgerSegments(here.scope), ledgerEntry, from))
    if (line.kind === 'on-demand-backup' || ofBackups.has(line.item))
      ledger.push({ ...line, at: instantOf(line.at) });
  const found = reconcile(known, { isComplete: true, items: listed }, ledger, deps.clock.now());
  return found.map((one) => ({ finding: one.finding, id: one.id, sentence: findingSentence(one) }));
}

function knownItems({ databases, tombstone }: RecoveryPoint): KnownItem[] {
  return databases.map(({ server, backup, completedAt }) => ({
    ...{ id: idOf(server, backup), source: 'on-demand', completedAt: instantOf(completedAt) },
    providerExpiresAt: undefined,
    confirmedAbsentAt:
      tombstone?.confirmedAbsentAt === undefined ? undefined : instantOf(tombstone.confirmedAbsentAt),
  }));
}
