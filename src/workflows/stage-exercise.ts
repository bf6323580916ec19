/**
 * Plays the disaster of a drill before anything is restored:
 *   1. write known rows of Lifeboat's own into every database
 *   2. strike: harm them; from then on the disaster is declared
 *   3. wait until the instants around it can be restored
 */
import type { OrchestrationContext } from 'durable-functions';
import type { PlanDrillOrder } from '../contracts/drill.ts';
import { strikeExercise, writeExercise } from '../contracts/exercise.ts';
import { isoOf } from '../contracts/values.ts';
import { harms, type HarmScenario } from '../policy/drill-scenarios.ts';
import { call, now, pause, type Step } from './step.ts';
import type { Timeline } from './timeline.ts';

/** What the plan is made by. */
export type Staged = Required<Pick<PlanDrillOrder, 'played' | 'declaredAt'>>;

export function* stageExercise(
  ctx: OrchestrationContext,
  on: { readonly system: string; readonly region: string; readonly slot: string },
  scenario: HarmScenario,
  timeline: Timeline,
): Step<Staged> {
  const { system, region, slot } = on;
  timeline.begin('write rows');
  const { rows } = yield* call(ctx, writeExercise, { system, region, slot });
  timeline.end('done', `${rows} rows in each database`);

  timeline.begin('strike');
  const order = { system, region, slot, harm: harms[scenario] };
  const { exercise, struckAt, restorableAfterSeconds } = yield* call(ctx, strikeExercise, order);
  timeline.end('done', `${harms[scenario]} at ${struckAt}`);
  const declaredAt = isoOf(now(ctx));

  timeline.begin('wait until restorable');
  yield* pause(ctx, restorableAfterSeconds);
  timeline.end('done', `${restorableAfterSeconds} s`);
  return { played: { scenario, exercise }, declaredAt };
}
