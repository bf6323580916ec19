/**
 * The order of change records: sequences start at 1 and have no gap, each record names the hash of the one before, and
 * the log still begins with everything that an earlier verification saw.
 * Invariant: a record's place is judged by the row's sequence, by which the log is read; that the signer stated the
 * same sequence is checked against the row.
 */
import type { ChangeProblem } from './change-records.ts';

/** The last record that was judged; hash undefined before the first. */
export interface LogPosition {
  readonly sequence: number;
  readonly hash: string | undefined;
}

export const startOfLog: LogPosition = { sequence: 0, hash: undefined };

/** How far an earlier verification saw the log: what was there then must be there still. */
export interface EarlierHead {
  readonly sequence: number;
  /** SHA-256 of that record's text, lower-case hex. */
  readonly hash: string;
}

/**
 * Judges the place of the next record. `previous` is what the record states (undefined when it cannot be read). Of
 * records with the same sequence the first stands; the link over a gap cannot be checked and is not reported again.
 */
export function judgePosition(
  position: LogPosition,
  sequence: number | undefined,
  hash: string,
  previous: string | null | undefined,
): { readonly next: LogPosition; readonly problems: readonly ChangeProblem[] } {
  if (sequence === undefined || sequence < 1) {
    const what = 'its row has no sequence that is a whole number from 1';
    return { next: position, problems: [{ kind: 'malformed', what }] };
  }
  if (sequence <= position.sequence) {
    const what = `there is another record with the sequence ${sequence}`;
    return { next: position, problems: [{ kind: 'sequence-duplicate', what }] };
  }
  const next = { sequence, hash };
  const expected = position.sequence + 1;
  if (sequence > expected) {
    const missing =
      sequence - expected === 1 ? `record ${expected} is` : `${expected} to ${sequence - 1} are`;
    return { next, problems: [{ kind: 'sequence-gap', what: `${missing} missing before it` }] };
  }
  if (previous === undefined || previous === (position.hash ?? null)) return { next, problems: [] };
  const what =
    position.hash === undefined
      ? 'it is the first record and names a previous one'
      : `it does not name the hash of record ${position.sequence}`;
  return { next, problems: [{ kind: 'broken-link', what }] };
}

/** Whether the record at an earlier head's sequence is still the same. */
export function judgeEarlierHead(
  earlier: EarlierHead | undefined,
  sequence: number | undefined,
  hash: string,
): ChangeProblem | undefined {
  if (earlier === undefined || earlier.sequence !== sequence || earlier.hash === hash) return undefined;
  return { kind: 'rewritten', what: 'it is not the record that an earlier verification saw here' };
}

/** Whether the log ends before an earlier head; judged when its last record has been read. */
export function judgeEnd(last: LogPosition, earlier: EarlierHead | undefined): ChangeProblem | undefined {
  if (earlier === undefined || last.sequence >= earlier.sequence) return undefined;
  const what = `the log ends at ${last.sequence}; an earlier verification saw it reach ${earlier.sequence}`;
  return { kind: 'truncated', what };
}
