/**
 * Restores one chosen table after the other into the side schema, portion by portion, until all are through or somebody
 * cancels. A table that cannot be carried is told and the next one goes on. It continues as new after a few portions, so
 * that its history stays short however long the tables are.
 */
import type { OrchestrationContext } from 'durable-functions';
import {
  copyTablesInput,
  copyTablesResult,
  restoreTable,
  type CopyTablesInput,
  type CopyTablesResult,
  type TableRun,
} from '../contracts/restore-tables.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import { secondsLeftAt, shareOfTables } from '../policy/time-left.ts';
import { attempt, call, now, ProgressNote, secondsSince, type Step, type WorkflowContract } from './step.ts';

export const copyTablesContract: WorkflowContract<CopyTablesInput, CopyTablesResult> = {
  name: 'copyTables',
  input: copyTablesInput,
  output: copyTablesResult,
};

const portionsPerGeneration = 20;

export function* copyTables(ctx: OrchestrationContext): Step<CopyTablesResult | undefined> {
  const { ended, tables, sizes, ...input } = copyTablesInput.parse(ctx.df.getInput());
  const { since = isoOf(now(ctx)), state: first, share: behind, ...on } = input;
  const progress = new ProgressNote(ctx);
  let [state, share] = [first, behind];
  for (let turn = 0; turn < portionsPerGeneration; turn += 1) {
    const table = tables[ended.length];
    if (table === undefined) return { ended };
    const whole = shareOfTables(tables.length, sizes, ended.length, share);
    const secondsLeft = secondsLeftAt(whole, secondsSince(ctx, instantOf(since)));
    progress.begin(table, undefined, { percent: 100 * whole, secondsLeft });
    const ran = yield* attempt(call(ctx, restoreTable, { ...on, table, state }));
    const run: TableRun = 'value' in ran ? ran.value : failed(table, ran.failure.message);
    if ('cancelledBy' in run) return { ended, cancelledBy: run.cancelledBy };
    if ('ended' in run) ended.push(run.ended);
    [state, share] = 'goesOn' in run ? [run.goesOn, run.share] : [{ phase: 'copy' }, 0];
  }
  ctx.df.continueAsNew({ ...on, tables, sizes, ended, state, share, since });
  return undefined;
}

const failed = (table: string, detail: string): TableRun => ({
  ended: { table, outcome: 'failed', detail, leftOut: [], problems: [], takeOver: [] },
});
