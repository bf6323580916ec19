/** Long-running operations of the resource manager, as workflows start and follow them. */
import { z } from 'zod';
import { defineActivity, failureFacts, type ActivityContract } from './activity.ts';
import { instant } from './values.ts';

/** An operation that the provider accepted: where to ask for it, and the resource whose state is the truth. */
export const operation = z.object({
  kind: z.enum([
    'backup',
    'delete-backup',
    'restore',
    'delete-server',
    'firewall-rule',
    'parameter',
    'restart',
    'first-backup',
  ]),
  server: z.string(),
  item: z.string().optional(),
  /** The status document's URL; absent where the provider gave none: then only the resource tells. */
  statusUrl: z.string().optional(),
  acceptedAt: instant,
});
export type Operation = z.infer<typeof operation>;

/** What starting an operation led to; `done` when there was nothing left to do. */
export const operationStart = z.discriminatedUnion('state', [
  z.object({ state: z.literal('done'), detail: z.string() }),
  z.object({ state: z.literal('running'), operation }),
  z.object({ state: z.literal('failed'), code: z.string(), message: z.string() }),
]);
export type OperationStart = z.infer<typeof operationStart>;

/** Any activity that starts an operation, by its name. */
export const startedBy = (activity: string): ActivityContract<unknown, OperationStart> =>
  defineActivity(activity, z.unknown(), operationStart);

/** Input of the orchestration that starts an operation once a busy server is free; `round`: how often it was asked. */
export const startWhenFreeInput = z.object({
  activity: z.string(),
  given: z.unknown(),
  round: z.int().nonnegative(),
});
export type StartWhenFreeInput = z.infer<typeof startWhenFreeInput>;
export const startWhenFreeOutcome = z.union([
  z.object({ begun: operationStart }),
  z.object({ failure: failureFacts }),
]);
export type StartWhenFreeOutcome = z.infer<typeof startWhenFreeOutcome>;

/** One look at an operation. */
export const operationState = z.discriminatedUnion('state', [
  z.object({ state: z.literal('running'), percent: z.number().optional() }),
  z.object({ state: z.literal('succeeded') }),
  z.object({ state: z.literal('failed'), code: z.string(), message: z.string() }),
]);
export type OperationState = z.infer<typeof operationState>;

export const pollOperation = defineActivity('pollOperation', z.object({ operation }), operationState);

/** Input of the waiting orchestration; `polls` and `startedAt` are carried from one generation to the next. */
export const waitInput = z.object({
  operation,
  deadlineSeconds: z.number().positive(),
  startedAt: instant.optional(),
  polls: z.int().default(0),
});
export type WaitInput = z.input<typeof waitInput>;

/** How the waiting ended. */
export const waitOutcome = z.object({
  state: z.enum(['succeeded', 'failed', 'timed-out']),
  code: z.string().optional(),
  message: z.string().optional(),
  polls: z.int(),
  waitedSeconds: z.number(),
});
export type WaitOutcome = z.infer<typeof waitOutcome>;
