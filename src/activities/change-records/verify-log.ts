/**
 * Verifies a store's whole log of signed change records, from the transaction that the caller holds: every signature,
 * chain, link and row. What it says of objects is kept as events, to be judged once all of it was read.
 * Invariant: memory does not grow with the log; a record that does not verify is a finding of its own, what it brings
 * in is expected all the same, and it deletes nothing.
 */
import type { DateTime } from 'luxon';
import type {
  ChangeLogHead,
  ChangeLogProgress,
  ChangeRecordSource,
  RevocationListState,
} from '../../contracts/change-records.ts';
import { instantOf, isoOf } from '../../contracts/values.ts';
import { judgeEarlierHead, judgeEnd } from '../../policy/change-sequence.ts';
import { digestBytesOf } from '../../policy/address-encoding.ts';
import { judgeRecord, type LogState, type ReadRecord } from '../../policy/change-records.ts';
import type { HashAlgorithm } from '../../policy/content-address.ts';
import type { DatabaseSession } from '../../ports/database.ts';
import { packEvent } from './changed-addresses.ts';
import { ChangeFindings } from './findings.ts';
import { ChangeRecordReader } from './record.ts';
import { readChangeRows, readRevocationLists, type LoggedRow } from './rows.ts';
import { openTrust, type Trust } from './trust.ts';

/** What to verify, as of when, and against what an earlier verification saw. */
export interface ChangeLogOrder {
  /** In a transaction of one snapshot. */
  readonly session: DatabaseSession;
  readonly store: {
    readonly algorithm: HashAlgorithm;
    /** Its trust anchors as PEM text. */
    readonly changeRecords: ChangeRecordSource;
  };
  /** The instant for which lists must be fresh and before which records must be signed. */
  readonly at: DateTime;
  readonly earlierHead?: ChangeLogHead | undefined;
  /**
   * With `new`, the signatures of records up to a clean earlier head are not computed again: their texts are bound by
   * its hash. Everything else is judged anew, and if the hash does not match, so are the signatures.
   */
  readonly signatures?: 'all' | 'new';
}

/** Where the reading of a log begins: signatures up to a clean head of before need not be computed. */
export function beginLog({ at, earlierHead, signatures }: ChangeLogOrder): ChangeLogProgress {
  const isTrusting = signatures === 'new' && earlierHead?.clean === true;
  return beginning(isoOf(at), isTrusting ? earlierHead.sequence : 0);
}

const beginning = (at: string, boundUntil: number): ChangeLogProgress => ({
  ...{ at, boundUntil, sequence: 0, newestAt: null, atLast: 0 },
  ...{ records: 0, proven: 0, signaturesComputed: 0, revokedLater: 0 },
  ...{ counts: {}, findings: [], revocationLists: [], isRead: false },
});

/** What a portion of a log came to. */
export interface LogPortion {
  readonly progress: ChangeLogProgress;
  /** Events to be kept for the judgement of the whole. */
  readonly events: readonly Buffer[];
  /** Whether what was kept before is of no use: the log does not lead to its earlier head, and is read from its beginning. */
  readonly isAnew: boolean;
}

/** Reads and judges the next records of the log, until the time is over or the log is. */
export async function readLogPortion(
  order: ChangeLogOrder,
  from: ChangeLogProgress,
  isOver: (records: number) => boolean,
): Promise<LogPortion> {
  const lists = {
    anchors: order.store.changeRecords.trustAnchors,
    revocationLists: await readRevocationLists(order.session, order.store.changeRecords),
  };
  const trust = openTrust(lists, instantOf(from.at).toMillis());
  const reading = new Reading(order, trust, from);
  const isRead = await reading.run(isOver);
  const isUnbound =
    isRead &&
    from.boundUntil > 0 &&
    reading.findings.has('rewritten', 'truncated', 'broken-link', 'sequence-gap');
  if (isUnbound) return { progress: beginning(from.at, 0), events: [], isAnew: true };
  return { progress: reading.progress(isRead), events: reading.events, isAnew: false };
}

/** One portion of the log while it is read. */
class Reading {
  readonly findings: ChangeFindings;
  readonly events: Buffer[] = [];
  readonly #order: ChangeLogOrder;
  readonly #from: ChangeLogProgress;
  readonly #trust: Trust;
  readonly #reader: ChangeRecordReader;
  readonly #now: number;
  #state: LogState;
  readonly #tally: Pick<ChangeLogProgress, 'records' | 'proven' | 'signaturesComputed' | 'revokedLater'>;
  #last: Pick<ChangeLogProgress, 'last' | 'atLast'>;

  constructor(order: ChangeLogOrder, trust: Trust, from: ChangeLogProgress) {
    this.#order = order;
    this.#from = from;
    this.#trust = trust;
    this.#now = instantOf(from.at).toMillis();
    this.#reader = new ChangeRecordReader(trust, order.store.algorithm);
    this.findings = new ChangeFindings(from);
    const { sequence, hash, newestAt, last, atLast } = from;
    this.#state = { position: { sequence, hash }, newestAt: newestAt ?? Number.NEGATIVE_INFINITY };
    const { records, proven, signaturesComputed, revokedLater } = from;
    this.#tally = { records, proven, signaturesComputed, revokedLater };
    this.#last = { last, atLast };
  }

  /** Reads on; whether the log has come to its end. */
  async run(isOver: (records: number) => boolean): Promise<boolean> {
    const { session, store, earlierHead } = this.#order;
    let toPass = this.#from.atLast;
    for await (const rows of readChangeRows(session, store.changeRecords, store.algorithm, this.#from.last)) {
      // The rows of the sequence at which the portion before was put down were judged then.
      const fresh = rows.slice(Math.min(toPass, rows.length));
      toPass = Math.max(0, toPass - rows.length);
      // Signatures of a batch are computed side by side; they are judged in order.
      const reads = await Promise.all(fresh.map((row) => this.#reader.read(row.jws, this.#isBound(row))));
      for (const [index, row] of fresh.entries()) this.#judge(row, reads[index] as ReadRecord);
      // Rows without a sequence stand last, and there is no going on from the middle of them.
      const mayStop = fresh.length > 0 && fresh.at(-1)?.sequence !== undefined;
      if (mayStop && isOver(this.#tally.records - this.#from.records)) return false;
    }
    const { position } = this.#state;
    const cut = judgeEnd(position, earlierHead);
    if (cut !== undefined) this.findings.add({ sequence: position.sequence, ...cut });
    return true;
  }

  progress(isRead: boolean): ChangeLogProgress {
    const { position, newestAt } = this.#state;
    return {
      ...{ at: this.#from.at, boundUntil: this.#from.boundUntil, sequence: position.sequence },
      ...(position.hash === undefined ? {} : { hash: position.hash }),
      newestAt: Number.isFinite(newestAt) ? newestAt : null,
      ...{ ...this.#last, ...this.#tally, ...this.findings.result(), isRead },
      revocationLists: this.#trust.listStates().map((list) => usedBefore(list, this.#from)),
    };
  }

  #isBound(row: LoggedRow): boolean {
    return row.sequence !== undefined && row.sequence <= this.#from.boundUntil;
  }

  #judge(row: LoggedRow, read: ReadRecord): void {
    const { state, problems, isRevokedLater } = judgeRecord(this.#state, row, read, this.#now);
    const rewritten = judgeEarlierHead(this.#order.earlierHead, row.sequence, read.hash);
    const isProven = problems.length === 0 && rewritten === undefined;
    this.#state = state;
    this.#last = {
      last: row.sequence,
      atLast: row.sequence === this.#last.last ? this.#last.atLast + 1 : 1,
    };
    this.#tally.records += 1;
    if (isProven) this.#tally.proven += 1;
    if (isRevokedLater) this.#tally.revokedLater += 1;
    if (read.chain !== undefined && !this.#isBound(row)) this.#tally.signaturesComputed += 1;
    const sequence = Math.max(0, row.sequence ?? read.payload?.sequence ?? 0);
    for (const problem of [...problems, ...(rewritten === undefined ? [] : [rewritten])])
      this.findings.add({ sequence, ...problem });
    if (read.payload !== undefined)
      this.events.push(packEvent(read.payload, isProven, digestBytesOf(this.#order.store.algorithm)));
  }
}

/** The state of a list, by an earlier portion if this one had no use for it. */
function usedBefore(list: RevocationListState, { revocationLists }: ChangeLogProgress): RevocationListState {
  const { issuer, thisUpdate, state } = list;
  const before = revocationLists.find((one) => one.issuer === issuer && one.thisUpdate === thisUpdate);
  return state === 'unused' ? (before ?? list) : list;
}
