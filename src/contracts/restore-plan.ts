/**
 * The plan of a person's restore, as it is shown, asked for by its digest and approved by another person: what will
 * happen, what will be lost, how long it should take. Everything that it was made from and that may change stands in it.
 */
import { z } from 'zod';
import { pointId, restoreTarget } from './documents.ts';
import { plannedTables, sideSchemaName } from './restore-tables.ts';
import { restoreName, restoreTo } from './restore.ts';
import { documentDigest, instant, regionName, shortId } from './values.ts';

/** What restores and drills of the past took, in seconds; left out where there was none. */
const pastSeconds = z.object({
  samples: z.int().positive(),
  median: z.number(),
  shortest: z.number(),
  longest: z.number(),
});
export type PastSeconds = z.infer<typeof pastSeconds>;

export const restorePlan = z.object({
  schema: z.literal('lifeboat/restore-plan/v2'),
  restore: z.string(),
  system: shortId,
  region: regionName,
  plannedAt: instant,
  /** It can be asked for and approved until then. */
  validUntil: instant,
  to: restoreTo,
  /** What whoever asks types once more: the new server, or the side schema. */
  name: z.union([restoreName, sideSchemaName]),
  /** The one database that is restored; without it all of the system. */
  database: shortId.optional(),
  /** Of that database these tables alone; the server that they are taken from is removed again. */
  tables: plannedTables.optional(),
  /** The recorded point whose instant is restored to; without one nothing was recorded that the data could be held against. */
  point: pointId.optional(),
  /** The earliest instant of the targets. */
  instant,
  /** Points that are kept while it waits and runs: what was asked for, or the neighbours of the instant. */
  pinned: z.array(pointId),
  targets: z.array(restoreTarget).min(1),
  checks: z.array(z.string()),
  /** What will happen, one after the other. */
  steps: z.array(z.object({ step: z.string(), what: z.string() })),
  /** What must be known beside: a source that is gone or does not answer; left out where there is nothing. */
  warnings: z.array(z.string()).min(1).optional(),
  loss: z.object({
    /** The newest heartbeat that will be in the restored data, of the database that loses most. */
    newestHeartbeat: instant.optional(),
    /** From there to when it was planned: so much of writes will not be in it; unknown where it is left out. */
    seconds: z.number().optional(),
    /** Why it is not known, for each database of which it is not. */
    unknown: z.array(z.object({ database: shortId, problem: z.string() })),
  }),
  /** From history: restore, opening and checks together, and each alone. */
  expected: z.object({
    overall: pastSeconds.optional(),
    restore: pastSeconds.optional(),
    reconfigure: pastSeconds.optional(),
    validate: pastSeconds.optional(),
  }),
  /** What the new servers cost from when they stand until a person removes them, where the estate names a price. */
  cost: z.object({ currency: z.string(), perHour: z.number(), servers: z.int() }).optional(),
  approval: z.object({
    by: z.literal('another-person'),
    /** One person may go on alone where nobody decided for so long; left out where that is switched off. */
    breakGlassAfterSeconds: z.number().optional(),
  }),
  estateDigest: documentDigest,
  softwareVersion: z.string(),
});
export type RestorePlan = z.infer<typeof restorePlan>;
