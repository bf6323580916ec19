/**
 * A disaster that a drill plays in a protected database without touching the system's own rows: rows of Lifeboat's own
 * schema are written, and then deleted as by somebody's mistake, or overwritten as by ransomware.
 */
import { z } from 'zod';
import { defineActivity, scopeFields } from './activity.ts';
import { documentDigest, instant, shortId, stamp } from './values.ts';

/** What becomes of the rows in the source. */
export const exerciseHarm = z.enum(['deleted', 'overwritten']);
export type ExerciseHarm = z.infer<typeof exerciseHarm>;

/** What was played in each database, by the clock of that database; written once. */
export const exerciseDocument = z.object({
  schema: z.literal('lifeboat/exercise/v1'),
  drill: z.string(),
  /** `dropped`: nothing is done to the rows, but the server that holds them goes. */
  harm: z.enum([...exerciseHarm.options, 'dropped']),
  databases: z
    .array(
      z.object({
        database: shortId,
        /** How many rows were written, and the digest over them. */
        rows: z.int().positive(),
        digest: documentDigest,
        /** When the last of them was written, and when the harm was done; `dropped`: from when on nothing is written. */
        lastWrittenAt: instant,
        struckAt: instant,
        /** The last instant before it, and one after it. */
        before: instant,
        after: instant,
      }),
    )
    .min(1),
});
export type ExerciseDocument = z.infer<typeof exerciseDocument>;

const order = { ...scopeFields, slot: stamp };

/** Writes the known rows into every database of the scope. */
export const writeExercise = defineActivity(
  'writeExercise',
  z.object(order),
  z.object({ rows: z.int().positive() }),
);

/** Writes one last row into each, does the harm to all of them, and writes down when: once, however often it is run. */
export const strikeExercise = defineActivity(
  'strikeExercise',
  z.object({ ...order, harm: exerciseHarm }),
  z.object({
    exercise: documentDigest,
    /** When the first database was struck. */
    struckAt: instant,
    /** So long it takes until an instant can be restored. */
    restorableAfterSeconds: z.number(),
  }),
);

/** Writes the rows, and a heartbeat, into servers of Lifeboat's own that are dropped next; once, by the plan that made them. */
export const writeLastRows = defineActivity(
  'writeLastRows',
  z.object({ ...scopeFields, plan: documentDigest }),
  z.object({
    exercise: documentDigest,
    rows: z.int().positive(),
    /** The instant that the servers are revived to. */
    lastInstant: instant,
    restorableAfterSeconds: z.number(),
  }),
);
