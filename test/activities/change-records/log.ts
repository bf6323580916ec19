/** Builds logs of signed change records and serves them as a database does: rows by sequence, values as text. */
import { createHash } from 'node:crypto';
import { DateTime } from 'luxon';
import { hashChangeRecord, type ChangeSigner } from '../../../local/sample-estate/change-record.ts';
import {
  changedAddresses,
  eventBytes,
  judgeObjects,
  statementBytes,
  type ChangedAddress,
} from '../../../src/activities/change-records/changed-addresses.ts';
import { ChangeFindings, summaryOf } from '../../../src/activities/change-records/findings.ts';
import { SortedRecords, type SortLimits } from '../../../src/activities/change-records/sorted-records.ts';
import {
  beginLog,
  readLogPortion,
  type ChangeLogOrder,
} from '../../../src/activities/change-records/verify-log.ts';
import type {
  ChangeLogProgress,
  ChangeLogSummary,
  ChangeRecordSource,
} from '../../../src/contracts/change-records.ts';
import { digestBytesOf } from '../../../src/policy/address-encoding.ts';
import {
  contentUnknownKinds,
  type ChangeOperation,
  type ChangePayload,
} from '../../../src/policy/change-records.ts';
import type { DatabaseSession, TextRow } from '../../../src/ports/database.ts';
import { now } from './authority.ts';

/** A row of the log's table. */
export interface LogRow {
  readonly sequence: number;
  readonly jws: string | null;
  readonly object: string;
  readonly operation: string;
  readonly at: string;
  readonly hash: string;
}

/** A change to be signed; `content` names what is stored, and `at` counts hours. */
export interface Change {
  readonly object: string;
  readonly operation: ChangeOperation;
  readonly content?: string;
  readonly signer?: ChangeSigner;
  readonly at?: string;
}

/** The SHA-256 address of a content, in hex. */
export const hexOfContent = (content: string): string => createHash('sha256').update(content).digest('hex');

/** Signs changes in order; `after` are the rows that they go on from. */
export function signLog(
  signer: ChangeSigner,
  changes: readonly Change[],
  after: readonly LogRow[] = [],
): LogRow[] {
  const rows = [...after];
  for (const change of changes) {
    const previous = rows.at(-1);
    const sequence = rows.length + 1;
    const payload: ChangePayload = {
      sequence,
      object: change.object,
      operation: change.operation,
      address: change.operation === 'delete' ? null : hexOfContent(change.content ?? change.object),
      size: change.operation === 'delete' ? 0 : 5,
      at: change.at ?? new Date(Date.parse('2026-03-01T00:00:00Z') + sequence * 3_600_000).toISOString(),
      previous: previous === undefined ? null : hashChangeRecord(previous.jws ?? '').toString('hex'),
    };
    rows.push(rowOf(payload, (change.signer ?? signer).sign(payload)));
  }
  return rows;
}

/** The row of a record. */
export function rowOf({ sequence, object, operation, at }: ChangePayload, jws: string): LogRow {
  return { sequence, jws, object, operation, at, hash: hashChangeRecord(jws).toString('hex') };
}

/** Where the rows stand. */
export function sourceOf(anchors: readonly string[], lists: readonly string[]): ChangeRecordSource {
  return {
    ...{ database: 'main', table: 'shop.change_record', trustAnchors: [...anchors] },
    columns: {
      sequence: 'sequence',
      record: 'jws',
      object: 'object',
      operation: 'operation',
      at: 'at',
      hash: 'hash',
    },
    revocationLists: [...lists],
  };
}

/** A session that holds nothing but the log. */
export function sessionOver(rows: readonly LogRow[]): DatabaseSession {
  const sorted = rows.toSorted((a, b) => a.sequence - b.sequence);
  return {
    query: async () => [],
    async *copyOut() {},
    copyIn: async () => {},
    async *batches(sql, size) {
      const first = Number(/WHERE \S+ >= (-?\d+)/.exec(sql)?.[1] ?? Number.NEGATIVE_INFINITY);
      const wanted = sorted.filter(({ sequence }) => !(sequence < first));
      for (let from = 0; from < wanted.length; from += size)
        yield wanted.slice(from, from + size).map(textRow);
    },
  };
}

function textRow({ sequence, jws, object, operation, at, hash }: LogRow): TextRow {
  const columns = { object, operation, at: String(Date.parse(at)), hash: `\\x${hash}` };
  return { sequence: String(sequence), record: jws, ...columns };
}

/** What a log came to: the summary and every address. */
export interface Verified {
  readonly summary: ChangeLogSummary;
  readonly addresses: readonly ChangedAddress[];
}

/** Memory of the sorts, where another than the usual one is to be tried. */
interface Sorting {
  readonly sortLimits?: SortLimits;
}

/** Verifies a log in portions of at least so many records, each of them taken up by another process. */
export async function verifyWhole(
  order: ChangeLogOrder & Sorting,
  portionRecords = Number.POSITIVE_INFINITY,
): Promise<Verified> {
  let progress = beginLog(order);
  let events: Buffer[] = [];
  while (!progress.isRead) {
    const portion = await readLogPortion(order, progress, (records) => records >= portionRecords);
    progress = JSON.parse(JSON.stringify(portion.progress)) as ChangeLogProgress;
    events = portion.isAnew ? [] : [...events, ...portion.events];
  }
  return judgeWhole(order, progress, events);
}

/** What the scan does in portions, in one. */
async function judgeWhole(
  { store: { algorithm }, sortLimits }: ChangeLogOrder & Sorting,
  read: ChangeLogProgress,
  events: readonly Buffer[],
): Promise<Verified> {
  const digestBytes = digestBytesOf(algorithm);
  const objects = new SortedRecords(eventBytes(digestBytes), sortLimits);
  const statements = new SortedRecords(statementBytes(digestBytes), sortLimits);
  for (const event of events) await objects.add((record) => record.set(event));
  const findings = new ChangeFindings(read);
  const keep = (statement: Buffer): Promise<void> | undefined =>
    statements.add((record) => record.set(statement));
  for await (const finding of judgeObjects(digestBytes, objects.sorted(), keep)) findings.add(finding);
  const counts = { live: 0, unproven: 0, withheld: 0, deleted: 0 };
  const addresses: ChangedAddress[] = [];
  const isKnown = !findings.has(...contentUnknownKinds);
  for await (const address of changedAddresses(algorithm, statements.sorted(), isKnown)) {
    counts[address.state] += 1;
    addresses.push(address);
  }
  await Promise.all([objects.close(), statements.close()]);
  return { summary: summaryOf({ ...read, ...findings.result() }, counts), addresses };
}

/** Verifies rows, in one portion unless told otherwise. */
export function verifyRows(
  rows: readonly LogRow[],
  source: ChangeRecordSource,
  more: Partial<ChangeLogOrder> & Sorting = {},
  portionRecords?: number,
): Promise<Verified> {
  const order: ChangeLogOrder & Sorting = {
    session: sessionOver(rows),
    store: { algorithm: 'sha256', changeRecords: source },
    at: DateTime.fromMillis(now, { zone: 'utc' }),
    ...more,
  };
  return verifyWhole(order, portionRecords);
}
