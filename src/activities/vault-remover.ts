/**
 * The guarded remover: the only place that deletes Lifeboat's own documents. Order of every removal: the paths are held
 * against what may go at all → legal holds → ledger `intent` → delete → ledger `confirmed-absent`. Each step can be
 * repeated, by two at once too; a kill in between leaves documents that the next call deletes. What is to go was decided
 * before, by a policy.
 */
import pMap from 'p-map';
import { vaultRoot, type Scope } from '../contracts/vault-paths.ts';
import { Failure, failureFrom } from '../policy/failure.ts';
import { heldBy, type Holdable } from '../policy/holds.ts';
import { refusalOfPath, type RemovableKind } from '../policy/vault-removal.ts';
import type { Dependencies } from './dependencies.ts';
import { enterLedger } from './records.ts';
import { scoped } from './scope.ts';
import { standingHolds } from './standing-holds.ts';

const atOnce = 32;
/** Paths that are held in memory, and after which the time is looked at. */
const pathsInStep = 1_000;

/** What is to go: documents of one kind that belong together, as the ledger calls them, and why. */
export interface VaultRemoval {
  readonly kind: RemovableKind;
  readonly item: string;
  readonly reason: string;
  readonly paths: AsyncIterable<string> | Iterable<string>;
  /** One of them that goes after all others: while it stands, the rest is known to be left. */
  readonly last?: string;
}

/** How far a removal came: not done if the time was over before the paths were. */
export interface RemovalProgress {
  readonly removed: number;
  readonly isDone: boolean;
}

/**
 * Removes documents until `until` (of the clock's monotonic milliseconds); at least a step of them. Throws `refused`
 * where a path may not go or a legal hold stands, and says so in the ledger; nothing of that step was deleted then.
 */
export async function removeDocuments(
  deps: Dependencies,
  scope: Scope,
  removal: VaultRemoval,
  until: number,
): Promise<RemovalProgress> {
  scoped(deps, scope);
  const { kind, item, reason } = removal;
  const entry = { kind, item, reason };
  let removed = 0;
  try {
    for await (const step of steps(removal)) {
      if (removed > 0 && deps.clock.monotonicMilliseconds() >= until) return { removed, isDone: false };
      await assertMayGo(deps, scope, kind, step);
      if (removed === 0) await enterLedger(deps, scope, { ...entry, stage: 'intent' });
      await pMap(step, (path) => deps.vaultDeleter.delete(path), { concurrency: atOnce });
      removed += step.length;
    }
  } catch (thrown) {
    const failure = failureFrom(thrown);
    const stage = failure.code === 'refused' ? 'refused' : 'failed';
    await enterLedger(deps, scope, { ...entry, stage, reason: failure.message });
    throw failure;
  }
  if (removed > 0) await enterLedger(deps, scope, { ...entry, stage: 'confirmed-absent' });
  return { removed, isDone: true };
}

/** A record that is to go as it was judged, and as what holds hold it. */
export interface RecordRemoval {
  readonly item: string;
  readonly path: string;
  readonly version: string;
  readonly reason: string;
  readonly heldAs: Holdable;
}

/**
 * Removes records one by one, each with its lines in the ledger; what was refused or failed, a text for each. One that
 * somebody wrote since it was judged stays.
 */
export async function removeRecords(
  deps: Dependencies,
  scope: Scope,
  records: readonly RecordRemoval[],
): Promise<string[]> {
  scoped(deps, scope);
  const kind = 'own-documents';
  for (const { path } of records) assertOfKind(scope, kind, path);
  const holds = await standingHolds(deps, scope);
  const held = (record: RecordRemoval): string | undefined => heldBy(holds, record.heldAs, deps.clock.now());
  const free = records.filter((record) => held(record) === undefined);
  const lines = (of: readonly RecordRemoval[], stage: 'intent' | 'confirmed-absent' | 'refused') =>
    of.map(({ item, reason }) => ({ kind, item, stage, reason }) as const);
  if (free.length > 0) await enterLedger(deps, scope, ...lines(free, 'intent'));
  const ends = await pMap(free, (record) => removeRecord(deps, record), { concurrency: atOnce });
  const gone = free.filter((_, index) => ends[index] === undefined);
  if (gone.length > 0) await enterLedger(deps, scope, ...lines(gone, 'confirmed-absent'));
  const stayed = [
    ...records.map((record) => ({ record, why: held(record) })),
    ...free.map((record, index) => ({ record, why: ends[index] })),
  ].flatMap(({ record, why }) => (why === undefined ? [] : [{ ...record, reason: why }]));
  if (stayed.length > 0) await enterLedger(deps, scope, ...lines(stayed, 'refused'));
  return stayed.map(({ item, reason }) => `${item}: ${reason}`);
}

/** Why a record stays after all; undefined: it is gone. */
async function removeRecord(
  deps: Dependencies,
  { path, version }: RecordRemoval,
): Promise<string | undefined> {
  try {
    const isGone = await deps.vaultDeleter.deleteVersion(path, version);
    return isGone ? undefined : 'it was written again since it was judged';
  } catch (thrown) {
    return failureFrom(thrown).message;
  }
}

function assertOfKind(scope: Scope, kind: RemovableKind, path: string): void {
  const refusal = refusalOfPath(vaultRoot(scope), kind, path);
  if (refusal !== undefined)
    throw new Failure('refused', refusal, 'This is a defect of what planned it; nothing was deleted.');
}

async function assertMayGo(
  deps: Dependencies,
  scope: Scope,
  kind: RemovableKind,
  paths: readonly string[],
): Promise<void> {
  for (const path of paths) assertOfKind(scope, kind, path);
  const held = heldBy(await standingHolds(deps, scope), { kind: 'other' }, deps.clock.now());
  if (held !== undefined)
    throw new Failure('refused', `nothing is removed: held by ${held}`, 'Release the hold, or leave it be.');
}

async function* steps({ paths, last }: VaultRemoval): AsyncGenerator<string[]> {
  let step: string[] = [];
  let isLastThere = false;
  for await (const path of paths) {
    if (path === last) {
      isLastThere = true;
      continue;
    }
    step.push(path);
    if (step.length < pathsInStep) continue;
    yield step;
    step = [];
  }
  if (step.length > 0) yield step;
  if (isLastThere && last !== undefined) yield [last];
}
