/**
 * Carries out a plan: a recovery point is looked at again right before it goes, snapshots of blobs a step at a time.
 * Deletions themselves are the guarded deleter's.
 */
import type { OperationStart } from '../../contracts/operations.ts';
import type { PruneItem, PrunePlan } from '../../contracts/prune.ts';
import { Failure } from '../../policy/failure.ts';
import { needApproval } from '../approvals.ts';
import { deleteBackup, deleteSnapshots, type SnapshotDeletion } from '../deleter.ts';
import type { Dependencies } from '../dependencies.ts';
import { damagedBlobs } from '../scan/findings.ts';
import type { Scoped } from '../scope.ts';
import { clockNow, look } from './look.ts';
import { expiredIn } from './plan.ts';

/** Snapshots between two looks at holds, clock and time; the ledger takes so many in one append. */
const snapshotsPerStep = 1_000;
/** No step is begun after this long: what was begun is to end within a minute. */
const portionSeconds = 40;
const refusalsTold = 20;

/** A stored plan and its digest. */
export interface Planned {
  readonly plan: PrunePlan;
  readonly digest: string;
}

/** Deletes the backup of a point on one server; `done` once it is no longer listed. */
export async function applyBackup(
  deps: Dependencies,
  here: Scoped,
  { plan, digest }: Planned,
  { item: id, server }: { readonly item: string; readonly server: string },
): Promise<OperationStart> {
  const item = expiredIn(plan, 'recovery-point').find((one) => one.id === id);
  const backup = item?.backups?.find((one) => one.server === server)?.name;
  if (item === undefined || backup === undefined)
    throw new Failure(
      'refused',
      `plan ${plan.prune} does not expire ${id} on ${server}`,
      'The plan and the orchestration do not belong together.',
    );
  await needRelease(deps, here, { plan, digest });
  const seen = await look(deps, here, 'points');
  return deleteBackup(deps, here.scope, {
    ...{ server, backup, reason: item.sentence, plan: digest },
    refusal: () => {
      const now = seen.items.find((one) =>
        one.backups?.some((part) => part.name === backup && part.server === server),
      );
      return now?.decision === 'expire' ? undefined : (now?.sentence ?? `${backup} is not listed`);
    },
  });
}

/** Deletes the next blob snapshots, oldest first, step by step until the time of one activity is over. */
export async function applySnapshots(
  deps: Dependencies,
  here: Scoped,
  { plan, digest }: Planned,
  from: number,
): Promise<{ deleted: number; refused: string[]; next?: number }> {
  await needRelease(deps, here, { plan, digest });
  const until = deps.clock.monotonicMilliseconds() + portionSeconds * 1000;
  const expired = expiredIn(plan, 'blob-snapshot');
  const refused: string[] = [];
  let [at, deleted] = [from, 0];
  while (at < expired.length && (at === from || deps.clock.monotonicMilliseconds() < until)) {
    const { clock } = await clockNow(deps);
    if (clock !== undefined) return { deleted, refused: told(refused, `no snapshot is deleted: ${clock}`) };
    const step = expired.slice(at, at + snapshotsPerStep);
    const damaged = await damagedBlobs(deps, here.scope);
    const [needed, free] = partition(step, ({ snapshot }) =>
      damaged.has(`${snapshot?.store}/${snapshot?.name}`),
    );
    const failures = [
      ...needed.map(({ id }) => `${id}: its blob was found damaged since, and may be repaired from it`),
      ...(await deleteSnapshots(
        deps,
        here.scope,
        free.map((item) => snapshotOrder(here, item, digest)),
      )),
    ];
    refused.push(...failures);
    deleted += step.length - failures.length;
    at += step.length;
  }
  return { deleted, refused: told(refused), ...(at < expired.length ? { next: at } : {}) };
}

/** Those that are so, and the others; each in their order. */
function partition<T>(all: readonly T[], is: (one: T) => boolean): readonly [T[], T[]] {
  return [all.filter(is), all.filter((one) => !is(one))];
}

/** As many refusals as a history can bear, the last ones given first. */
const told = (refused: readonly string[], ...first: readonly string[]): string[] =>
  [...first, ...refused].slice(0, refusalsTold);

/** A plan that is more than the brake lets pass needs its approval at each step, not once in the beginning. */
async function needRelease(deps: Dependencies, { scope }: Scoped, { plan, digest }: Planned): Promise<void> {
  if (plan.brake.state === 'held') await needApproval(deps, scope, digest);
}

function snapshotOrder({ region }: Scoped, item: PruneItem, plan: string): SnapshotDeletion {
  const store = region.blobStores.find((one) => one.id === item.snapshot?.store);
  if (item.snapshot === undefined || store === undefined)
    throw new Failure(
      'not-found',
      `the estate has no store for ${item.id}`,
      'It was removed from the estate file since the plan was made.',
    );
  return {
    store: { id: store.id, account: store.account, container: store.container },
    ...{ name: item.snapshot.name, snapshot: item.snapshot.snapshot, reason: item.sentence, plan },
  };
}
