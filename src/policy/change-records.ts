/**
 * Signed change records as data: what a record says, what can be wrong with one, and the judgement of one record in
 * its place in the log. Pure: signatures and certificates have been computed before, here it is decided what they mean.
 * Invariant: a record counts as proven only if nothing at all is wrong with it; only a proven delete lets content go,
 * and only while no record of the log is unknown.
 */
import { judgePosition, startOfLog, type LogPosition } from './change-sequence.ts';
import { judgeSigning, type ChainFacts } from './change-signing.ts';
import { safetyMargins } from './safety-margins.ts';

/** What can be wrong with a record, or with the log as a whole (`rewritten`, `truncated`). */
export const changeFindingKinds = [
  'unsigned',
  'bad-signature',
  'untrusted-chain',
  'expired-at-signing',
  'revoked',
  'revocation-unknown',
  'future-dated',
  'sequence-gap',
  'sequence-duplicate',
  'broken-link',
  'malformed',
  'row-differs',
  'wrong-operation',
  'rewritten',
  'truncated',
] as const;
export type ChangeFindingKind = (typeof changeFindingKinds)[number];

/** With these it is not known what was signed at that place: an address may have been brought in that nobody sees. */
export const contentUnknownKinds: readonly ChangeFindingKind[] = [
  'unsigned',
  'bad-signature',
  'untrusted-chain',
  'sequence-gap',
  'broken-link',
  'malformed',
  'rewritten',
  'truncated',
];

/** One thing that is wrong, as a sentence without personal data. */
export interface ChangeProblem {
  readonly kind: ChangeFindingKind;
  readonly what: string;
}

/** A problem and the sequence of the record that has it. */
export interface ChangeFinding extends ChangeProblem {
  readonly sequence: number;
}

export const changeOperations = ['create', 'update', 'delete'] as const;
/** What happens to an object. A delete takes back every address that the object's earlier records brought in. */
export type ChangeOperation = (typeof changeOperations)[number];

/** What a record's signer states; address is null and size 0 for a delete. */
export interface ChangePayload {
  readonly sequence: number;
  readonly object: string;
  readonly operation: ChangeOperation;
  readonly address: string | null;
  readonly size: number;
  /** ISO-8601 UTC. */
  readonly at: string;
  /** SHA-256 (lower-case hex) of the previous record's text; null in the first record. */
  readonly previous: string | null;
}

/** A record's row: the sequence by which the log is ordered, and the columns that repeat what the record says. */
export interface ChangeRow {
  /** Undefined when the column holds no whole number. */
  readonly sequence: number | undefined;
  /** Column → text, in the form of the payload (digests in hex, instants in epoch milliseconds). */
  readonly columns: Readonly<Partial<Record<RowColumn, string | null>>>;
}

export const rowColumns = ['object', 'operation', 'address', 'at', 'hash'] as const;
/** A column that repeats what a record says. */
export type RowColumn = (typeof rowColumns)[number];

/** What reading a record's text found: its hash, what it says, its signer's chain, or what is wrong with it. */
export interface ReadRecord {
  /** SHA-256 of the text, lower-case hex. */
  readonly hash: string;
  /** Undefined when it cannot be read; set although a signature is wrong. */
  readonly payload: ChangePayload | undefined;
  readonly chain: ChainFacts | undefined;
  readonly problem: ChangeProblem | undefined;
}

/** How far the log has been judged. */
export interface LogState {
  readonly position: LogPosition;
  /** The latest signing time of a proven record, epoch milliseconds. */
  readonly newestAt: number;
}

export const emptyLog: LogState = { position: startOfLog, newestAt: Number.NEGATIVE_INFINITY };

/** The judgement of one record. */
export interface RecordJudgement {
  readonly state: LogState;
  readonly problems: readonly ChangeProblem[];
  /** Its signer was revoked after it had signed: the record stands. */
  readonly isRevokedLater: boolean;
}

export const clockToleranceMs = safetyMargins.clockToleranceMinutes * 60_000;

/** Judges the record that comes next in the order of the sequence column; `now` in epoch milliseconds. */
export function judgeRecord(state: LogState, row: ChangeRow, read: ReadRecord, now: number): RecordJudgement {
  const place = judgePosition(state.position, row.sequence, read.hash, read.payload?.previous);
  const problems = [
    ...(read.problem === undefined ? [] : [read.problem]),
    ...place.problems,
    ...(read.payload === undefined ? [] : rowProblems(row, read.payload, read.hash)),
  ];
  const at = Date.parse(read.payload?.at ?? '');
  const signing = signingOf(read, at, state.newestAt - clockToleranceMs, now);
  if (signing.problem !== undefined) problems.push(signing.problem);
  const newestAt = problems.length === 0 ? Math.max(at, state.newestAt) : state.newestAt;
  return {
    state: { position: place.next, newestAt },
    problems,
    isRevokedLater: problems.length === 0 && signing.isRevokedLater,
  };
}

/** Judges when a record was signed; nothing to judge where the signature itself is no proof of anything. */
function signingOf(read: ReadRecord, at: number, floor: number, now: number) {
  if (read.problem !== undefined || read.chain === undefined)
    return { problem: undefined, isRevokedLater: false };
  if (at > now + clockToleranceMs) {
    const what = `is dated ${read.payload?.at}, which lies in the future`;
    return { problem: { kind: 'future-dated', what } as const, isRevokedLater: false };
  }
  return judgeSigning(read.chain, at, floor);
}

function rowProblems(row: ChangeRow, payload: ChangePayload, hash: string): ChangeProblem[] {
  const differing: string[] = row.sequence === payload.sequence ? [] : ['sequence'];
  const signed: Record<RowColumn, string | null> = {
    object: payload.object,
    operation: payload.operation,
    address: payload.address,
    at: String(Date.parse(payload.at)),
    hash,
  };
  for (const column of rowColumns)
    if (row.columns[column] !== undefined && row.columns[column] !== signed[column]) differing.push(column);
  if (differing.length === 0) return [];
  const what = `its row says something else than what was signed: ${differing.join(', ')}`;
  return [{ kind: 'row-differs', what }];
}

/** An object's id in a sentence: enough to find it, cut short. */
export function shortObject(object: string): string {
  return object.length > 40 ? `${object.slice(0, 40)}…` : object;
}
