/** Names of tables and columns that the estate file may use: nothing in them needs more than quoting. */
import { z } from 'zod';

export const tableName = z
  .string()
  .regex(/^[a-z_][a-z0-9_$]*\.[a-z_][a-z0-9_$]*$/i, { error: 'must be schema.table' });
export const columnName = z.string().regex(/^[a-z_][a-z0-9_$]*$/i, { error: 'must be a column name' });
