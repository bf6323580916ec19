/** How a table of the side schema is made: its columns first, keys and indexes once the rows are in. */
import { quoted } from '../sql-text.ts';
import type { ColumnFacts, PartFacts, TableDescription } from './describe.ts';

/** Why a table cannot be carried, in words; empty where it can. */
export function objectionsTo({ objection, columns }: TableDescription): string[] {
  const types = columns
    .filter(({ isPlain }) => !isPlain)
    .map(({ name, type }) => `its column ${name} is of the type ${type}, which is the database’s own`);
  const none = columns.length === 0 ? ['it has no columns'] : [];
  return [...(objection === undefined ? [] : [objection]), ...types, ...none];
}

/** What is not carried of a table that is, in words. */
export function leftOutOf({ columns, parts }: TableDescription): string[] {
  return [...columns.flatMap(leftOutOfColumn), ...parts.filter(isLeftOut).map(leftOutText)];
}

function leftOutOfColumn(column: ColumnFacts): string[] {
  const { name, domain, type, isOwnDefault, identity, isGenerated } = column;
  const own = isOwnDefault && !isGenerated ? [`the default of column ${name}: ${column.default ?? ''}`] : [];
  return [
    ...own,
    ...(domain === undefined ? [] : [`the domain ${domain} of column ${name}, which is ${type}`]),
    ...(identity === '' ? [] : [`the numbering of column ${name}`]),
    ...(isGenerated ? [`the expression of column ${name}, which holds what it held`] : []),
  ];
}

const leftOutText = ({ kind, name, isOwnCode, definition }: PartFacts): string =>
  kind === 'foreign key'
    ? `foreign key ${name}: ${definition}`
    : `${kind} ${name}${isOwnCode ? ', which calls code of the database’s own' : ''}`;

const isLeftOut = ({ kind, isOwnCode }: PartFacts): boolean => kind === 'foreign key' || isOwnCode;

/** The statement that makes the table, without keys. */
export function createSql(side: string, { columns }: TableDescription): string {
  return `CREATE TABLE ${side} (${columns.map(columnSql).join(', ')})`;
}

function columnSql(column: ColumnFacts): string {
  const { name, type, collation, isRequired, isOwnDefault } = column;
  const collate = collation === undefined ? '' : ` COLLATE ${collation}`;
  const byDefault = column.default === undefined || isOwnDefault ? '' : ` DEFAULT ${column.default}`;
  return `${quoted(name)} ${type}${collate}${byDefault}${isRequired ? ' NOT NULL' : ''}`;
}

/** Columns as they are copied. */
export const columnList = ({ columns }: TableDescription): string =>
  columns.map(({ name }) => quoted(name)).join(', ');

/** What is made once the rows are in, each with how it is called. */
export function partsSql(side: string, { parts }: TableDescription): { what: string; sql: string }[] {
  return parts
    .filter((part) => !isLeftOut(part))
    .map((part) => ({ what: `${part.kind} ${part.name}`, sql: partSql(side, part) }));
}

function partSql(side: string, { kind, name, definition, isUnique }: PartFacts): string {
  return kind === 'index'
    ? `CREATE ${isUnique ? 'UNIQUE ' : ''}INDEX ${quoted(name)} ON ${side} ${definition}`
    : `ALTER TABLE ${side} ADD CONSTRAINT ${quoted(name)} ${definition}`;
}
