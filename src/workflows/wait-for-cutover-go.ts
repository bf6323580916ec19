/** Waits until a cutover may go on, as a restore is waited for. */
import type { OrchestrationContext } from 'durable-functions';
import { cutoverWaitInput, readCutoverGo, type CutoverWaitInput } from '../contracts/cutover.ts';
import { goWaitResult, type GoWaitResult } from '../contracts/restore-request.ts';
import { ask, type Step, type WorkflowContract } from './step.ts';
import { waitUntilDecided } from './wait-for-go.ts';

export const waitForCutoverGoContract: WorkflowContract<CutoverWaitInput, GoWaitResult> = {
  name: 'waitForCutoverGo',
  input: cutoverWaitInput,
  output: goWaitResult,
};

export function* waitForCutoverGo(ctx: OrchestrationContext): Step<GoWaitResult | undefined> {
  const input = cutoverWaitInput.parse(ctx.df.getInput());
  const { system, region, cutover, plan } = input;
  return yield* waitUntilDecided(ctx, input, () =>
    ask(ctx, readCutoverGo, { system, region, cutover, plan }),
  );
}
