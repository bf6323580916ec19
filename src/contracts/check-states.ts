/** How far each check came that is done in portions: what one portion of it hands on to the next. */
import { z } from 'zod';

const count = z.int().nonnegative();

/** What was kept of the findings, and how many there are. */
export const keptFindings = z.object({ kept: z.array(z.string()), count });
export type KeptFindings = z.infer<typeof keptFindings>;

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
