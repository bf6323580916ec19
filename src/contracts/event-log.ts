/** Where a database keeps its event log, as the estate file says it, and what of it is recorded with a point. */
import { z } from 'zod';
import { columnName, tableName } from './sql-names.ts';
import { duration } from './values.ts';

/** A log of events whose sequence has no gap. */
export const eventLogSource = z
  .strictObject({
    table: tableName,
    columns: z.strictObject({
      sequence: columnName.meta({ description: 'A whole number that grows by one with each event' }),
      at: columnName.optional().meta({ description: 'When it happened; a timestamp' }),
      hash: columnName.optional().meta({ description: "The event's own hash" }),
      previousHash: columnName.optional().meta({ description: 'The hash of the event before it' }),
    }),
    disorder: duration.optional().meta({
      description: 'An event may be dated before an earlier one by so much; by nothing unless it is said',
    }),
  })
  .superRefine(({ columns }, context) => {
    if (columns.previousHash !== undefined && columns.hash === undefined)
      context.addIssue({
        code: 'custom',
        path: ['columns', 'hash'],
        message: 'must be said where "previousHash" is: it is what the next event names',
      });
  });
export type EventLogSource = z.infer<typeof eventLogSource>;

/** Where the log began and ended when the point was taken. */
export const eventLogEnds = z.object({
  table: z.string(),
  first: z.int().optional(),
  last: z.int().optional(),
  hash: z.string().optional(),
});
