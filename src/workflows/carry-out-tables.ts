/**
 * The part of a restore of chosen tables that follows the checks on the restored server:
 *   1. make the side schema in the source's database, onto nothing that stands
 *   2. carry each table over, compare it; nothing of the source's own is written to
 *   3. remove the restored server, whatever came before; of a restore that was cancelled the side schema too
 * Nothing is carried over while something stands in what was restored that the law required to be erased.
 */
import type { OrchestrationContext } from 'durable-functions';
import {
  makeSideSchema,
  removeSideSchema,
  type RestoredTables,
  type TableOutcome,
} from '../contracts/restore-tables.ts';
import { readCancel, type RestoreFacts } from '../contracts/restore.ts';
import { copyTablesContract } from './copy-tables.ts';
import { removeServers, type ServersToRemove } from './remove-restored.ts';
import { runOperation } from './run-operation.ts';
import { attempt, call, callChild, now, type Step } from './step.ts';
import type { Timeline } from './timeline.ts';

/** What the tables of a restore are, and where they go. */
export interface TablesToCarry {
  readonly system: string;
  readonly region: string;
  readonly restore: string;
  readonly plan: string;
  readonly database: string;
  readonly schema: string;
  readonly tables: readonly string[];
  /** What each takes, where that is known of all. */
  readonly sizes?: readonly number[] | undefined;
  readonly remove: string;
}

interface Course {
  readonly timeline: Timeline;
  readonly removalSeconds: number;
}

/** What a restore of tables ends with, beside what its checks found. */
export type TablesEnd = Pick<RestoreFacts, 'servers' | 'tables' | 'cancelledBy'>;

/** Carries the tables over, or says why not; then removes what is not needed any more. */
export function* carryTables(
  ctx: OrchestrationContext,
  carried: TablesToCarry,
  objection: string | undefined,
  { onTargets, targets, ...course }: Course & ServersToRemove,
): Step<TablesEnd> {
  const { schema, remove, tables: _tables, sizes: _sizes, ...on } = carried;
  const about = { database: on.database, schema, remove };
  const copied = yield* copyAll(ctx, carried, objection, course);
  const servers = yield* removeServers(ctx, { onTargets, targets }, course);
  const late = yield* attempt(
    call(ctx, readCancel, { system: on.system, region: on.region, restore: on.restore }),
  );
  const cancelledBy = copied.cancelledBy ?? ('value' in late ? late.value.cancelledBy : undefined);
  if (cancelledBy === undefined && !copied.isDoubtfulStart)
    return { servers, tables: { ...about, state: copied.state, tables: copied.tables } };
  const end = yield* dropSide(ctx, on, course);
  const isCancelled = cancelledBy === undefined ? {} : { cancelledBy };
  return { servers, ...isCancelled, tables: { ...about, ...end, tables: copied.tables } };
}

interface CopiedAll {
  readonly tables: TableOutcome[];
  readonly state: RestoredTables['state'];
  readonly cancelledBy?: string | undefined;
  /** It is not known whether the schema was made: what there is of it goes. */
  readonly isDoubtfulStart?: boolean;
}

function* copyAll(
  ctx: OrchestrationContext,
  { tables, sizes, schema, remove: _remove, ...on }: TablesToCarry,
  objection: string | undefined,
  { timeline }: Course,
): Step<CopiedAll> {
  const child = `${ctx.df.instanceId}:copy`;
  timeline.begin('copy', now(ctx), undefined, child);
  const notRun = (outcome: 'not-run' | 'failed', detail: string): TableOutcome[] => {
    timeline.end(outcome, detail);
    return tables.map((table) => ({
      table,
      outcome: 'not-run',
      detail,
      leftOut: [],
      problems: [],
      takeOver: [],
    }));
  };
  if (objection !== undefined) return { state: 'never-made', tables: notRun('not-run', objection) };
  const made = yield* attempt(call(ctx, makeSideSchema, on));
  if ('failure' in made) {
    const { code, message } = made.failure;
    const isForeign = code === 'conflict' || code === 'refused';
    return { state: 'never-made', tables: notRun('failed', message), isDoubtfulStart: !isForeign };
  }
  const input = { ...on, tables: [...tables], sizes: sizes && [...sizes] };
  const copied = yield* attempt(callChild(ctx, copyTablesContract, input, child));
  if ('failure' in copied) return { state: 'kept', tables: notRun('failed', copied.failure.message) };
  const { ended, cancelledBy } = copied.value;
  const bad = ended.find(({ outcome, problems }) => outcome !== 'equal' || problems.length > 0);
  if (cancelledBy !== undefined) timeline.end('failed', `cancelled by ${cancelledBy}`);
  else if (bad === undefined) timeline.end('done', `${ended.length} table(s) in ${schema}`);
  else timeline.end('failed', `${bad.table}: ${bad.problems[0] ?? bad.detail}`);
  return { state: 'kept', tables: ended, cancelledBy };
}

/** Drops the side schema, if it is certainly this restore's; what stands on is told as left over. */
function* dropSide(
  ctx: OrchestrationContext,
  on: Pick<TablesToCarry, 'system' | 'region' | 'restore' | 'plan' | 'database'>,
  { timeline, removalSeconds }: Course,
): Step<Pick<RestoredTables, 'state' | 'detail'>> {
  timeline.begin('drop side schema');
  const dropped = yield* attempt(runOperation(ctx, removeSideSchema, on, removalSeconds));
  const detail = 'failure' in dropped ? dropped.failure.message : dropped.value.detail;
  const isGone = 'value' in dropped && dropped.value.state === 'done';
  timeline.end(isGone ? 'done' : 'failed', detail);
  if (!isGone) return { state: 'left-over', detail };
  return { state: detail === 'absent' ? 'never-made' : 'removed' };
}
