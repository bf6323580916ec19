/** Ties an activity's contract to its implementation; the boundary that turns a thrown failure into an answer. */
import type { ActivityContract, ActivityOutcome } from '../contracts/activity.ts';
import { failureFrom } from '../policy/failure.ts';

/** An activity as the host runs it: JSON in, outcome out; never throws. */
export interface Activity {
  readonly name: string;
  run(input: unknown): Promise<ActivityOutcome>;
}

/** Implements a contract. Input and output are checked against it. */
export function implement<I, O>(contract: ActivityContract<I, O>, work: (input: I) => Promise<O>): Activity {
  return {
    name: contract.name,
    async run(input) {
      try {
        return { outcome: 'done', value: contract.output.parse(await work(contract.input.parse(input))) };
      } catch (thrown) {
        return { outcome: 'failed', failure: failureFrom(thrown).facts() };
      }
    },
  };
}
