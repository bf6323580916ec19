/**
 * Erasures that the law required: what was erased in the source is in every backup that is older, and comes back with it.
 * The list names them by ids that say nothing of what they stand for; each is applied again to what is restored.
 */
import { z } from 'zod';
import { byName } from './actor.ts';
import { defineActivity, scopeFields } from './activity.ts';
import { documentDigest, instant, regionName, shortId } from './values.ts';

export const mostErasuresAtOnce = 1_000;

/** An id without content: the key of a request to erase, never a name or an address. */
export const erasureId = z.string().regex(/^[0-9A-Za-z][0-9A-Za-z._-]{0,99}$/, {
  error: 'must be 1 to 100 of a-z, A-Z, 0-9, ".", "_" and "-", beginning with a letter or digit',
});

/** One erasure, as it was done in the source. Written once. */
export const erasureDocument = z.object({
  schema: z.literal('lifeboat/erasure/v1'),
  id: erasureId,
  system: shortId,
  region: regionName,
  /** When it was done in the source: what is restored to before that has it again. */
  erasedAt: instant,
  recordedAt: instant,
  by: z.string().min(1),
  byName,
});
export type ErasureDocument = z.infer<typeof erasureDocument>;

export const addErasuresRequest = z.strictObject({
  system: shortId,
  ids: z.array(erasureId).min(1).max(mostErasuresAtOnce),
  /** When they were done in the source; now unless it is said. */
  erasedAt: instant.optional(),
});
/** How many are new; the others stood in the list before, as they are. */
export const addErasuresResponse = z.object({ added: z.int(), known: z.int() });
export type AddErasuresResponse = z.infer<typeof addErasuresResponse>;

export const erasuresResponse = z.object({
  count: z.int(),
  /** The newest by when they were done, the newest first. */
  newest: z.array(erasureDocument),
});
export type ErasuresResponse = z.infer<typeof erasuresResponse>;

/** What became of the erasures of one restored database. */
export const erasuresApplied = z.object({
  database: shortId,
  /** Those that were done after what was restored to. */
  due: z.int(),
  applied: z.int(),
  /** The first of those that could not be applied, and why. */
  problems: z.array(z.object({ id: z.string(), problem: z.string() })),
});
export type ErasuresApplied = z.infer<typeof erasuresApplied>;

/** Applies the next portion of the erasures that are due, from an id on; the same one twice erases nothing more. */
export const applyErasures = defineActivity(
  'applyErasures',
  z.object({ ...scopeFields, plan: documentDigest, database: shortId, after: z.string().optional() }),
  z.object({ ...erasuresApplied.omit({ database: true }).shape, next: z.string().optional() }),
);
