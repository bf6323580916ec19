/**
 * Chosen tables of a database: what the plan of their restore says beside a whole one's, the copy of one table from the
 * restored server into the side schema of the source's database, and what came of it.
 */
import { z } from 'zod';
import { defineActivity, scopeFields } from './activity.ts';
import { walkPlace } from './check-states.ts';
import { tableFingerprint } from './documents.ts';
import { operationStart } from './operations.ts';
import { tableName } from './sql-names.ts';
import { documentDigest, instant, shortId } from './values.ts';

/** Tables by their names; each once. */
export const chosenTables = z
  .array(tableName)
  .min(1)
  .max(50)
  .refine((names) => new Set(names).size === names.length, { error: 'names a table twice' });

/** The schema that a restore of tables makes for itself. */
export const sideSchemaName = z.string().regex(/^lifeboat_restored_\d{8}_\d{6}$/);

/** A statement by which a person goes on, and what it does. */
const statement = z.object({ what: z.string(), sql: z.string() });
export type Statement = z.infer<typeof statement>;

/** The part of a plan that is about chosen tables. */
export const plannedTables = z.object({
  schema: sideSchemaName,
  chosen: z
    .array(
      z.object({
        table: tableName,
        /** As the recovery point recorded them; left out where not all of it was counted. */
        rows: z.int().nonnegative().optional(),
        /** What it takes in the source now, with its indexes; left out where the source does not have it any more. */
        bytes: z.int().nonnegative().optional(),
        /** What will not be carried, as far as the source tells. */
        leftOut: z.array(z.string()),
        takeOver: z.array(statement),
      }),
    )
    .min(1),
  remove: z.string(),
});
export type PlannedTables = z.infer<typeof plannedTables>;

/** What came of one table; `equal`: as many rows, and the same sum over them, as on the restored server. */
export const tableOutcome = z.object({
  table: tableName,
  outcome: z.enum(['equal', 'different', 'failed', 'not-run']),
  detail: z.string(),
  rows: z.int().nonnegative().optional(),
  checksum: z.string().optional(),
  /** What was left out as it was planned: foreign keys, what depends on functions of the database's own. */
  leftOut: z.array(z.string()).default([]),
  /** What was to be carried, and could not be. */
  problems: z.array(z.string()).default([]),
  takeOver: z.array(statement).default([]),
});
export type TableOutcome = z.infer<typeof tableOutcome>;

/** What came of all of them, and of the schema. */
export const restoredTables = z.object({
  database: shortId,
  schema: sideSchemaName,
  state: z.enum(['kept', 'removed', 'never-made', 'left-over']),
  /** Why it is left over. */
  detail: z.string().optional(),
  tables: z.array(tableOutcome),
  remove: z.string(),
});
export type RestoredTables = z.infer<typeof restoredTables>;

const onDatabase = z.object({ ...scopeFields, restore: z.string(), plan: documentDigest, database: shortId });

/** Makes the side schema, or finds the one that an earlier attempt made. */
export const makeSideSchema = defineActivity('makeSideSchema', onDatabase, z.object({ schema: z.string() }));

/** What the comment on a table of the side schema says of it. */
export const tableMark = z.object({
  restore: z.string(),
  table: tableName,
  /** The first block that is not copied yet; `rows` once all are, `whole` once keys and indexes are there too. */
  copied: z.union([z.int().nonnegative(), z.enum(['rows', 'whole'])]),
  problems: z.array(z.string()).default([]),
});
export type TableMark = z.infer<typeof tableMark>;

const sum = z.object({ at: walkPlace.optional(), sum: tableFingerprint.optional() });
/** How far a table came: what stands in the side schema knows itself how far it was copied. */
export const tableState = z.discriminatedUnion('phase', [
  z.object({ phase: z.literal('copy') }),
  z.object({
    phase: z.literal('compare'),
    leftOut: z.array(z.string()),
    problems: z.array(z.string()),
    takeOver: z.array(statement),
    restored: sum,
    side: sum,
  }),
]);
export type TableState = z.infer<typeof tableState>;

/** Copies a table, makes its keys and indexes, compares it: a portion of that at a time. */
export const restoreTable = defineActivity(
  'restoreTable',
  onDatabase.extend({ table: tableName, state: tableState }),
  z.union([
    /** `share`: the part of the table's way that is behind it. */
    z.object({ goesOn: tableState, share: z.number().min(0).max(1).default(0) }),
    z.object({ cancelledBy: z.string() }),
    z.object({ ended: tableOutcome }),
  ]),
);
export type TableRun = z.infer<typeof restoreTable.output>;

/** Removes the side schema of a cancelled restore, if it is certainly that one's; `done` when it is absent. */
export const removeSideSchema = defineActivity('removeSideSchema', onDatabase, operationStart);

/** Input and result of the orchestration that goes on with tables, portion by portion. */
export const copyTablesInput = onDatabase.extend({
  tables: z.array(tableName),
  /** What each takes, where that is known of all. */
  sizes: z.array(z.int().nonnegative()).optional(),
  /** Those that are through. */
  ended: z.array(tableOutcome).default([]),
  state: tableState.default({ phase: 'copy' }),
  /** How much of the next one is behind it, and since when all are on their way. */
  share: z.number().default(0),
  since: instant.optional(),
});
export type CopyTablesInput = z.input<typeof copyTablesInput>;
export const copyTablesResult = z.object({
  ended: z.array(tableOutcome),
  cancelledBy: z.string().optional(),
});
export type CopyTablesResult = z.infer<typeof copyTablesResult>;
