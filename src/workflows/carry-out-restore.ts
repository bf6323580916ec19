/**
 * The part of a restore that makes something: every database into a new server, side by side, while listening for a
 * cancellation; then the checks, then what the law required to be erased since. Cancelled before the end, what was made is removed again.
 */
import type { OrchestrationContext } from 'durable-functions';
import type { RestoreOutcome } from '../contracts/drill.ts';
import type { openRestore } from '../contracts/restore-request.ts';
import type { ErasuresApplied } from '../contracts/erasures.ts';
import { readCancel, type RestoreFacts } from '../contracts/restore.ts';
import { eraseAgain } from './apply-erasures.ts';
import { carryTables } from './carry-out-tables.ts';
import { runChecks, type Checked } from './drill-checks.ts';
import { removeServers, type ServersToRemove } from './remove-restored.ts';
import { restoreServerContract } from './restore-server.ts';
import { attempt, call, now, race, secondsSince, type Step } from './step.ts';
import type { Timeline } from './timeline.ts';
import { waitForCancelContract } from './wait-for-cancel.ts';

type Opened = ReturnType<typeof openRestore.output.parse>;
/** What an end is written from, beside whose it is and when. */
export type EndFacts = Omit<RestoreFacts, 'endedAt' | 'timeline' | 'system' | 'region' | 'restore' | 'plan'>;

export interface AboutRestore {
  readonly system: string;
  readonly region: string;
  readonly restore: string;
  readonly plan: string;
}

/** Seconds until now. */
interface Spent {
  readonly decide: number;
  readonly approve?: number;
}

interface Course {
  readonly timeline: Timeline;
  readonly spent: Spent;
}

/** Restores and checks, or takes back. */
export function* carryOut(
  ctx: OrchestrationContext,
  { plan, ...about }: AboutRestore,
  opened: Opened,
  course: Course,
): Step<EndFacts> {
  const { targets, deadlines } = opened;
  const { timeline, spent } = course;
  const scope = { system: about.system, region: about.region };
  const onTargets = targets.map(({ database }) => ({ ...scope, plan, database }));

  timeline.begin('restore');
  const wait = { ...about, deadlineSeconds: deadlines.restoreSeconds };
  const raced = yield* attempt(
    race(
      ctx,
      restoreServerContract,
      onTargets.map((on) => ({ ...on, deadlineSeconds: deadlines.restoreSeconds })),
      waitForCancelContract,
      wait,
    ),
  );
  if ('failure' in raced) {
    timeline.end('failed', raced.failure.message);
    return { ...nothingDone(spent), failure: raced.failure.message };
  }
  if ('other' in raced.value && raced.value.other.cancelledBy !== undefined) {
    timeline.end('failed', `cancelled by ${raced.value.other.cancelledBy}`);
    return yield* takeBack(ctx, raced.value.other.cancelledBy, opened, onTargets, course);
  }
  const restores: RestoreOutcome[] = 'all' in raced.value ? raced.value.all : [];
  const broken = restores.find((one) => one.state !== 'ready');
  const isRestored = broken === undefined && restores.length > 0;
  timeline.end(isRestored ? 'done' : 'failed', broken?.detail ?? `${restores.length} server(s)`);
  const restoreSeconds = Math.max(0, ...restores.map((one) => one.restoreSeconds));
  const reconfigureSeconds = Math.max(0, ...restores.map((one) => one.reconfigureSeconds));

  timeline.begin('check');
  const checkFrom = now(ctx);
  const checked: Checked = yield* runChecks(
    ctx,
    onTargets.map((on, index) => ({ on, checks: targets[index]?.checks ?? [] })),
    isRestored ? undefined : (broken?.detail ?? 'nothing was restored'),
  );
  const notPassed = checked.checks.filter((one) => one.status !== 'passed').length;
  const passed = `${checked.checks.length - notPassed} of ${checked.checks.length} passed`;
  timeline.end(isRestored ? (notPassed === 0 ? 'done' : 'failed') : 'not-run', passed);

  timeline.begin('erase');
  const erasures = isRestored ? yield* eraseAgain(ctx, onTargets) : [];
  const kept = erasures.find(({ due, applied, problems }) => applied < due || problems.length > 0);
  const applied = erasures.reduce((sum, one) => sum + one.applied, 0);
  const isErased = kept === undefined ? 'done' : 'failed';
  timeline.end(isRestored ? isErased : 'not-run', kept?.problems[0]?.problem ?? `${applied} applied`);

  const late = yield* attempt(call(ctx, readCancel, about));
  if ('value' in late && late.value.cancelledBy !== undefined)
    return yield* takeBack(ctx, late.value.cancelledBy, opened, onTargets, course);
  const secondsByPart = {
    ...{ ...spent, restore: restoreSeconds, reconfigure: reconfigureSeconds },
    validate: secondsSince(ctx, checkFrom),
  };
  const restored = { ...checked, erasures, secondsByPart };
  if (opened.tables !== undefined) {
    const objection = objectionToCarry(isRestored ? undefined : (broken?.detail ?? 'no answer'), kept);
    const carried = { ...about, plan, ...opened.tables };
    const { removalSeconds } = deadlines;
    const toRemove = { onTargets, targets, timeline, removalSeconds };
    return { ...restored, ...(yield* carryTables(ctx, carried, objection, toRemove)) };
  }
  return {
    ...restored,
    servers: targets.map(({ database, target }, index) => {
      const one = restores[index];
      return { database, target, state: one?.state ?? 'failed', detail: one?.detail ?? 'no answer' };
    }),
  };
}

/** Why no table may be carried over: nothing was restored, or something is in it that the law required to be erased. */
function objectionToCarry(broken: string | undefined, kept: ErasuresApplied | undefined): string | undefined {
  if (broken !== undefined || kept === undefined) return broken;
  const why = kept.problems[0]?.problem ?? 'no answer';
  return `of ${kept.due} erasures that are due in ${kept.database} ${kept.applied} were applied: ${why}`;
}

/** Removes what was made, since somebody cancelled. */
function* takeBack(
  ctx: OrchestrationContext,
  cancelledBy: string,
  { targets, deadlines }: Opened,
  onTargets: ServersToRemove['onTargets'],
  { timeline, spent }: Course,
): Step<EndFacts> {
  const { removalSeconds } = deadlines;
  const servers = yield* removeServers(ctx, { onTargets, targets }, { timeline, removalSeconds });
  return { ...nothingDone(spent), servers, cancelledBy };
}

/** An end at which nothing stands. */
export const nothingDone = (spent: Spent): EndFacts => ({
  ...{ servers: [], checks: [], heartbeats: [] },
  secondsByPart: { ...spent, restore: 0, reconfigure: 0, validate: 0 },
});
