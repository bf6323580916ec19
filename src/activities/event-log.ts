/**
 * Reads an event log from the transaction that the caller holds: its ends, and its events in the order of their
 * sequence, in constant memory. Hashes come as the database writes them, so that they compare as text.
 */
import type { EventLogSource } from '../contracts/event-log.ts';
import type { EventLogEnds, LoggedEvent } from '../policy/event-log.ts';
import type { DatabaseSession, TextRow } from '../ports/database.ts';
import { quoted, quotedTable } from './sql-text.ts';

const batchRows = 5_000;

/** Where the log begins and ends now. */
export async function readEventLogEnds(
  session: DatabaseSession,
  { table, columns }: EventLogSource,
): Promise<EventLogEnds> {
  const sequence = columnOf(columns.sequence);
  const hash = columns.hash === undefined ? 'NULL' : `${columnOf(columns.hash)}::text`;
  const end = (order: 'ASC' | 'DESC') =>
    `SELECT ${sequence}::bigint::text AS sequence, ${hash} AS hash FROM ${quotedTable(table)} AS log
     WHERE ${sequence} IS NOT NULL ORDER BY ${sequence} ${order} LIMIT 1`;
  await session.query(pinned);
  const [first] = await session.query(end('ASC'));
  const [last] = await session.query(end('DESC'));
  if (first === undefined || last === undefined) return {};
  return {
    first: Number(first['sequence']),
    last: Number(last['sequence']),
    ...(columns.hash === undefined ? {} : { hash: last['hash'] ?? '' }),
  };
}

/** Events without a sequence, which no order finds. */
export async function countUnnumbered(
  session: DatabaseSession,
  { table, columns }: EventLogSource,
): Promise<number> {
  const [row] = await session.query(
    `SELECT count(*) AS unnumbered FROM ${quotedTable(table)} WHERE ${quoted(columns.sequence)} IS NULL`,
  );
  return Number(row?.['unnumbered'] ?? 0);
}

/** The events in batches, from a sequence on; from the beginning if none is named. */
export async function* readEvents(
  session: DatabaseSession,
  source: EventLogSource,
  from: number | undefined,
): AsyncGenerator<readonly LoggedEvent[]> {
  await session.query(pinned);
  for await (const rows of session.batches(eventsSql(source, from), batchRows)) yield rows.map(loggedEvent);
}

/** Qualified: a bare name would mean the text that is put out under it. */
const columnOf = (name: string): string => `log.${quoted(name)}`;

const pinned = "SET LOCAL bytea_output = 'hex'";

function eventsSql({ table, columns }: EventLogSource, from: number | undefined): string {
  const sequence = columnOf(columns.sequence);
  const optional = (['hash', 'previousHash'] as const).flatMap((name) => {
    const column = columns[name];
    return column === undefined ? [] : [`${columnOf(column)}::text AS "${name}"`];
  });
  const at =
    columns.at === undefined
      ? []
      : [`round(extract(epoch FROM ${columnOf(columns.at)}) * 1000000)::text AS at`];
  const order =
    columns.hash === undefined ? 'log.ctid' : `${columnOf(columns.hash)}::text COLLATE "C", log.ctid`;
  return `SELECT ${[`${sequence}::text AS sequence`, ...at, ...optional].join(', ')} FROM ${quotedTable(table)} AS log
    WHERE ${sequence} ${from === undefined ? 'IS NOT NULL' : `>= ${from}`} ORDER BY ${sequence}, ${order}`;
}

function loggedEvent(row: TextRow): LoggedEvent {
  const sequence = Number(row['sequence'] ?? Number.NaN);
  const at = row['at'];
  return {
    sequence: Number.isSafeInteger(sequence) ? sequence : undefined,
    ...(at === undefined || at === null ? {} : { at: BigInt(at) }),
    hash: row['hash'],
    previousHash: row['previousHash'],
  };
}
