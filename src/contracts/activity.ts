/**
 * What an activity takes and gives, declared once for the workflow that calls it and the factory that implements it.
 * An activity never throws across the boundary: it returns its value or the failure as data, so that a workflow sees
 * code, message and hint instead of a text, and retries by one rule.
 */
import { z } from 'zod';
import { failureCodes, type FailureCode } from '../policy/failure.ts';

/** The name, input and output of an activity; JSON values both. */
export interface ActivityContract<I, O> {
  readonly name: string;
  readonly input: z.ZodType<I>;
  readonly output: z.ZodType<O>;
}

/** Declares an activity. */
export function defineActivity<I, O>(
  name: string,
  input: z.ZodType<I>,
  output: z.ZodType<O>,
): ActivityContract<I, O> {
  return { name, input, output };
}

export const failureFacts = z.object({
  code: z.enum(Object.keys(failureCodes) as [FailureCode, ...FailureCode[]]),
  message: z.string(),
  hint: z.string(),
  retryable: z.boolean(),
});

/** What an activity returns on the wire. */
export const activityOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('done'), value: z.unknown() }),
  z.object({ outcome: z.literal('failed'), failure: failureFacts }),
]);
export type ActivityOutcome = z.infer<typeof activityOutcome>;

/** A system in a region, as activities and workflows receive it. */
export const scopeFields = { system: z.string(), region: z.string() };
