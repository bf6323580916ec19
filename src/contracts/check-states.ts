/** How far each check came that is done in portions: what one portion of it hands on to the next. */
import { z } from 'zod';
import { tableFingerprint } from './documents.ts';

const count = z.int().nonnegative();

/** What was kept of the findings, and how many there are. */
export const keptFindings = z.object({ kept: z.array(z.string()), count });
export type KeptFindings = z.infer<typeof keptFindings>;

/** Which relation is next, and from which of its blocks on. */
export const walkPlace = z.object({ key: z.string(), block: count });
export type WalkPlace = z.infer<typeof walkPlace>;

/** Of the pages. */
export const pagesState = z.object({ at: walkPlace.optional(), pages: count, findings: keptFindings });
export type PagesState = z.infer<typeof pagesState>;

/** Of indexes and tables. */
export const indexesState = z.object({
  at: walkPlace.optional(),
  findings: keptFindings,
  /** Indexes that could not be verified in the time that one has. */
  unverified: z.array(z.string()).optional(),
});
export type IndexesState = z.infer<typeof indexesState>;

/** Of the tables' contents: those that are through, and what was summed up of the next one. */
export const fingerprintState = z.object({
  at: walkPlace.optional(),
  tables: z.array(tableFingerprint),
});
export type FingerprintState = z.infer<typeof fingerprintState>;

/** Of an event log: how far it was read. */
export const eventsState = z.object({
  log: z.object({
    events: count,
    first: z.int().optional(),
    last: z.object({ sequence: z.int(), hash: z.string().nullish() }).optional(),
    newestAt: z.string().optional(),
  }),
  /** Events of the last sequence that were read: the next portion begins behind them. */
  atLast: count,
  findings: keptFindings,
});
export type EventsState = z.infer<typeof eventsState>;

/** Of blobs: what came of them. */
const blobTally = z.object({
  counts: z.object({
    ok: count,
    transient: count,
    'digest-mismatch': count,
    'wrong-size': count,
    missing: count,
    unreadable: count,
    unstable: count,
    /** Only where a secondary was read: written after what it has. */
    'not-replicated': count.default(0),
  }),
  blobs: count,
  bytes: count,
  wrong: count,
  findings: keptFindings,
});
export type BlobTallyState = z.infer<typeof blobTally>;

/** Of the references: the stores that were compared, with their addresses, and how far the last one was hashed. */
export const referencesState = z.object({
  totals: z.array(count),
  /** In the store of the last total; left out once that is through. */
  at: z.object({ seen: count, drawn: count, after: z.string().optional() }).optional(),
  tally: blobTally,
});
export type ReferencesState = z.infer<typeof referencesState>;

/** Of what is rebuilt: the stores that are through with what it took, and how far the next one is. */
export const rebuildState = z.object({
  rebuilt: z.array(
    z.object({ store: z.string(), blobs: count, ofBlobs: count, bytes: count, milliseconds: z.number() }),
  ),
  at: z.object({ seen: count, drawn: count, blobs: count, bytes: count, milliseconds: z.number() }),
  tally: blobTally,
});
export type RebuildState = z.infer<typeof rebuildState>;

/** Of the change records: which store's log, how far it was read, and what came of it so far. */
export const changesState = z.object({
  store: count,
  log: z
    .object({
      total: count,
      seen: count,
      drawn: count,
      proven: count,
      computed: count,
      sequence: z.int(),
      hash: z.string().optional(),
      newestAt: z.number().nullable(),
      /** Rows of the last sequence that were read: the next portion begins behind them. */
      atLast: count,
    })
    .optional(),
  told: z.array(z.string()),
  records: count,
  signatures: count,
  findings: keptFindings,
});
export type ChangesState = z.infer<typeof changesState>;
