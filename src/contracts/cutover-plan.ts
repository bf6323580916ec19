/**
 * The plan of a cutover to what was restored, or of the way back, as it is shown, asked for by its digest and approved by
 * another person. Every hook stands in it as it will be sent.
 */
import { z } from 'zod';
import { documentDigest, instant, regionName, serverId, shortId } from './values.ts';

/** The id of a cutover or of a way back: the second in which it was planned. */
export const cutoverId = z
  .string()
  .regex(/^cutover-\d{8}T\d{6}Z$/, { error: 'must be a cutover such as cutover-20260301T013000Z' });

export const cutoverDirection = z.enum(['over', 'back']);

const httpCall = z.object({
  kind: z.literal('http'),
  method: z.enum(['POST', 'PUT', 'PATCH', 'DELETE']),
  url: z.string(),
  /** JSON. */
  body: z.unknown().optional(),
  statuses: z.array(z.int()),
  timeoutSeconds: z.number(),
  /** A token of the app's own identity for it goes with the request. */
  scope: z.string().optional(),
});
const sqlCall = z.object({
  kind: z.literal('sql'),
  server: serverId,
  /** The database's name on the server. */
  name: z.string(),
  statement: z.string(),
});
export const hookCall = z.discriminatedUnion('kind', [httpCall, sqlCall]);
export type HookCall = z.infer<typeof hookCall>;

export const plannedHook = z.object({
  hook: shortId,
  database: shortId,
  call: hookCall,
  /** The way back; left out in a plan that is one. */
  undo: hookCall.optional(),
});
export type PlannedHook = z.infer<typeof plannedHook>;

export const cutoverPlan = z.object({
  schema: z.literal('lifeboat/cutover-plan/v1'),
  cutover: cutoverId,
  direction: cutoverDirection,
  /** The cutover that is taken back. */
  of: cutoverId.optional(),
  /** The restore that is cut over to, or was. */
  restore: z.string(),
  system: shortId,
  region: regionName,
  plannedAt: instant,
  /** It can be asked for and approved until then. */
  validUntil: instant,
  /** What whoever asks for it types: the name of the server that the system is pointed at. */
  name: z.string(),
  databases: z
    .array(
      z.object({
        database: shortId,
        source: serverId,
        server: serverId,
        /** Where the restored server is reached. */
        address: z.string(),
      }),
    )
    .min(1),
  hooks: z.array(plannedHook),
  /** Hooks that are left out, or were taken back by hand. */
  without: z.array(shortId),
  steps: z.array(z.object({ step: z.string(), what: z.string() })),
  /** Writes that will not be there: those of the source after what was restored, or those of the new server since. */
  loss: z.object({
    from: instant.optional(),
    until: instant.optional(),
    seconds: z.number().optional(),
    unknown: z.array(z.object({ database: shortId, problem: z.string() })),
  }),
  approval: z.object({
    /** `given`: with the cutover, which failed in the middle. */
    by: z.enum(['another-person', 'given']),
    breakGlassAfterSeconds: z.number().optional(),
  }),
  estateDigest: documentDigest,
  softwareVersion: z.string(),
});
export type CutoverPlan = z.infer<typeof cutoverPlan>;
