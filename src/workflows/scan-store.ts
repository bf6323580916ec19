/**
 * The scan of one store: plan → read every shard, a few at a time → verify the log of changes → judge every shard → add
 * up what was found. Each of them goes on portion by portion. After a number of steps the orchestration goes on as new,
 * so that its history stays short however large the store is.
 */
import type { OrchestrationContext } from 'durable-functions';
import { noCounts } from '../contracts/scan-documents.ts';
import {
  planStore,
  storeInput,
  storeOutcome,
  type StoreInput,
  type StoreOutcome,
  type StorePlan,
} from '../contracts/scan.ts';
import { isoOf } from '../contracts/values.ts';
import {
  judgeShards,
  readShards,
  sumUp,
  verifyLog,
  type Done,
  type StepOfStore,
} from './scan-store-steps.ts';
import { call, now, ProgressNote, type Step, type WorkflowContract } from './step.ts';

export const scanStoreContract: WorkflowContract<StoreInput, StoreOutcome> = {
  name: 'scanStore',
  input: storeInput,
  output: storeOutcome,
};

/** Calls of one generation, about: each leaves a few events in the history. */
const callsPerGeneration = 32;

const steps: Readonly<Record<Exclude<Done['phase'], 'over'>, StepOfStore>> = {
  read: readShards,
  verify: verifyLog,
  judge: judgeShards,
  sum: sumUp,
};

export function* scanStore(ctx: OrchestrationContext): Step<StoreOutcome | undefined> {
  const input = storeInput.parse(ctx.df.getInput());
  const { system, region, scan, store, mode, part, points } = input;
  const about = { system, region, scan, store, mode };
  const note = new ProgressNote(ctx);
  let { planning, done } = input;
  for (let calls = 0; calls < callsPerGeneration;) {
    if (done?.phase === 'over') return done.outcome;
    if (done === undefined) {
      note.begin('divide');
      const order = { ...about, points, portion: planning, ...(part === undefined ? {} : { part }) };
      const planned = yield* call(ctx, planStore, order);
      if ('plan' in planned) done = begin(ctx, store, planned.plan);
      else planning = planned.next;
      calls += 1;
    } else calls += yield* steps[done.phase](ctx, note, about, done);
  }
  ctx.df.continueAsNew({ ...input, planning, done });
  return undefined;
}

const begin = (ctx: OrchestrationContext, store: string, plan: StorePlan): Done => ({
  ...{ phase: plan.shards === 0 ? 'sum' : 'read', from: 0, portion: 0, plan, since: isoOf(now(ctx)) },
  outcome: { store, counts: noCounts, shards: plan.shards, failed: 0, failures: [] },
});
