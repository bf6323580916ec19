/** Ties an activity's contract to its implementation; the boundary that turns a thrown failure into an answer. */
import type { ZodType } from 'zod';
import type { ActivityContract, ActivityOutcome } from '../contracts/activity.ts';
import { Failure, failureFrom } from '../policy/failure.ts';
import { actingAs } from './acting.ts';

/** An activity as the host runs it, for an orchestration: JSON in, outcome out; never throws. */
export interface Activity {
  readonly name: string;
  run(input: unknown, instance?: string): Promise<ActivityOutcome>;
}

/** Implements a contract. Input and output are checked against it. */
export function implement<I, O>(
  contract: ActivityContract<I, O>,
  work: (input: I) => Promise<NoInfer<O>>,
): Activity {
  return {
    name: contract.name,
    async run(input, instance) {
      try {
        const given = parseBy(contract.name, 'input', contract.input, input);
        const value = await actingAs({ function: contract.name, instance }, () => work(given));
        return { outcome: 'done', value: parseBy(contract.name, 'answer', contract.output, value) };
      } catch (thrown) {
        return { outcome: 'failed', failure: failureFrom(thrown).facts() };
      }
    },
  };
}

function parseBy<T>(name: string, what: 'input' | 'answer', schema: ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => `${issue.path.join('.') || '(whole)'}: ${issue.message}`,
  );
  throw new Failure(
    'bad-document',
    `the ${what} of ${name} is not what was agreed: ${problems.join('; ')}`,
    'The orchestration and its activities are of different versions; start the run again.',
  );
}
