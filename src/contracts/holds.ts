/** Legal holds: the stored document, and what the API takes and gives of them. */
import { z } from 'zod';
import { byName } from './actor.ts';
import { pointId } from './documents.ts';
import { instant, instantOf, regionName, shortId } from './values.ts';

export const longestHoldReason = 500;

/** `hold-{stamp}`, with a number from 2 on if others were set within the same second. */
export const holdId = z.string().regex(/^hold-\d{8}T\d{6}Z(-[1-9]\d{0,3})?$/, {
  error: 'must be a hold such as hold-20260301T013000Z',
});

/** Why something is held or let go: not blank, at most 500 characters. */
export const holdReason = z
  .string()
  .trim()
  .min(1, { error: 'must not be empty' })
  .max(longestHoldReason, { error: `must be at most ${longestHoldReason} characters` });

const holdTime = z
  .strictObject({ from: instant, to: instant })
  .refine(({ from, to }) => instantOf(from) <= instantOf(to), { error: 'must not end before it begins' });

/** What a hold holds: one recovery point; every one whose instant lies in a time, both ends included; or everything. */
export const holdSubject = z.union(
  [z.strictObject({ point: pointId }), holdTime, z.strictObject({ everything: z.literal(true) })],
  { error: 'must be {point}, {from, to} with from before to, or {everything: true}' },
);
export type HoldSubjectDocument = z.infer<typeof holdSubject>;

/** What the caller calls this order, so that sending it twice sets one hold. */
const holdKey = z.string().regex(/^[\w.:-]{1,100}$/, { error: 'must be 1 to 100 of a-z, A-Z, 0-9, "_.:-"' });

/** A hold: never deleted, and changed once, by its release. */
export const holdDocument = z.object({
  schema: z.literal('lifeboat/hold/v1'),
  id: holdId,
  system: shortId,
  region: regionName,
  what: holdSubject,
  reason: holdReason,
  by: z.string().min(1),
  byName,
  setAt: instant,
  /** Held up to this instant; without it, until it is released. */
  until: instant.optional(),
  key: holdKey.optional(),
  released: z.object({ at: instant, by: z.string().min(1), byName, reason: holdReason }).optional(),
});
export type HoldDocument = z.infer<typeof holdDocument>;

export const setHoldRequest = z.strictObject({
  system: shortId,
  what: holdSubject,
  reason: holdReason,
  until: instant.optional(),
  key: holdKey.optional(),
});

export const releaseHoldRequest = z.strictObject({
  reason: holdReason,
  /** Needed only where several systems of the region have a hold of that name. */
  system: shortId.optional(),
});

/** A hold and how it stands now. */
export const holdView = holdDocument.extend({ state: z.enum(['active', 'over', 'released']) });
export type HoldView = z.infer<typeof holdView>;

/** A hold that was set: the recovery points that it finds now. Those of its time that are recorded later are held too. */
export const holdSetResponse = z.object({
  hold: holdView,
  points: z.object({
    standing: z.array(pointId),
    /** Their deletion was begun before the hold was set, and may not be stopped any more. */
    givenUp: z.array(pointId),
    gone: z.array(pointId),
  }),
});
export type HoldSetResponse = z.infer<typeof holdSetResponse>;

export const holdReleasedResponse = z.object({ hold: holdView });

/** Holds of the asked systems; a damaged one holds everything of its system. */
export const holdsResponse = z.object({
  holds: z.array(holdView),
  damaged: z.array(z.object({ system: shortId, region: regionName, path: z.string(), problem: z.string() })),
  /** Where the next page begins; left out on the last one. */
  continuation: z.string().optional(),
});
export type HoldsResponse = z.infer<typeof holdsResponse>;

/** The holds of a system in a few words. */
export const holdsSummary = z.object({
  active: z.int(),
  /** When the oldest of the active ones was set. */
  oldestSetAt: instant.optional(),
  damaged: z.array(z.string()),
});
