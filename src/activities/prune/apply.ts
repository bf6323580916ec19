/**
 * Carries out a plan. Everything is looked at again right before it goes: a recovery point by itself, everything else a
 * step at a time. Deletions themselves are the guarded deleter's.
 */
import type { OperationStart } from '../../contracts/operations.ts';
import type { PortionKind, PrunePlan } from '../../contracts/prune.ts';
import { Failure } from '../../policy/failure.ts';
import { needApproval } from '../approvals.ts';
import { deleteBackup } from '../deleter/backups.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Scoped } from '../scope.ts';
import { appliers } from './appliers.ts';
import { clockNow, look } from './look.ts';
import { expiredIn } from './plan.ts';

/** Things between two looks at holds, clock and time; the ledger takes so many in one append. */
const itemsPerStep = 1_000;
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

/** Deletes the next things of a kind, oldest first, step by step until the time of one activity is over. */
export async function applyItems(
  deps: Dependencies,
  here: Scoped,
  { plan, digest }: Planned,
  { kind, from }: { readonly kind: PortionKind; readonly from: number },
): Promise<{ deleted: number; refused: string[]; next?: number }> {
  await needRelease(deps, here, { plan, digest });
  const until = deps.clock.monotonicMilliseconds() + portionSeconds * 1000;
  const { words, carryOut } = appliers[kind];
  const expired = expiredIn(plan, kind);
  const refused: string[] = [];
  let [at, deleted] = [from, 0];
  while (at < expired.length && (at === from || deps.clock.monotonicMilliseconds() < until)) {
    const { clock } = await clockNow(deps);
    if (clock !== undefined) return { deleted, refused: told(refused, `no ${words} is deleted: ${clock}`) };
    const step = expired.slice(at, at + itemsPerStep);
    const failures = await carryOut(deps, here, step, digest);
    refused.push(...failures);
    deleted += step.length - failures.length;
    at += step.length;
  }
  return { deleted, refused: told(refused), ...(at < expired.length ? { next: at } : {}) };
}

/** As many refusals as a history can bear, the last ones given first. */
const told = (refused: readonly string[], ...first: readonly string[]): string[] =>
  [...first, ...refused].slice(0, refusalsTold);

/** A plan that is more than the brake lets pass needs its approval at each step, not once in the beginning. */
async function needRelease(deps: Dependencies, { scope }: Scoped, { plan, digest }: Planned): Promise<void> {
  if (plan.brake.state === 'held') await needApproval(deps, scope, digest, [plan.prune]);
}
