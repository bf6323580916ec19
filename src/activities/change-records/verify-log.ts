/**
 * Verifies a store's whole log of signed change records, from the transaction that the caller holds: every signature,
 * chain, link and row; then object by object which addresses must be there and which were lawfully deleted.
 * Invariant: memory does not grow with the log; a record that does not verify is a finding of its own, what it brings
 * in is expected all the same, and it deletes nothing.
 */
import type { DateTime } from 'luxon';
import type { ChangeLogHead, ChangeLogSummary, ChangeRecordSource } from '../../contracts/change-records.ts';
import { judgeEarlierHead, judgeEnd } from '../../policy/change-sequence.ts';
import { contentUnknownKinds, emptyLog, judgeRecord, type ReadRecord } from '../../policy/change-records.ts';
import type { HashAlgorithm } from '../../policy/content-address.ts';
import type { DatabaseSession } from '../../ports/database.ts';
import { ChangedAddresses, type ChangedAddress } from './changed-addresses.ts';
import { ChangeFindings } from './findings.ts';
import { ChangeRecordReader } from './record.ts';
import { readChangeRows, readRevocationLists, type LoggedRow } from './rows.ts';
import type { SortLimits } from './sorted-records.ts';
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
  readonly onProgress?: (progress: { readonly records: number }) => void;
  /** Memory of the sorts; for tests. */
  readonly sortLimits?: SortLimits;
}

/** A verified log while it is open. */
export interface VerifiedChangeLog {
  readonly summary: ChangeLogSummary;
  /** Every address that the log names, once, in the order of hex digits. May be read several times. */
  readonly addresses: () => AsyncIterable<ChangedAddress>;
}

/** Verifies the log and hands it to `use`; what it kept on disk is gone afterwards. Findings are results, not errors. */
export async function verifyChangeLog<T>(
  order: ChangeLogOrder,
  use: (log: VerifiedChangeLog) => Promise<T>,
): Promise<T> {
  const { session, store, at, earlierHead } = order;
  const trust = openTrust(
    {
      anchors: store.changeRecords.trustAnchors,
      revocationLists: await readRevocationLists(session, store.changeRecords),
    },
    at.toMillis(),
  );
  const isTrusting = order.signatures === 'new' && earlierHead?.clean === true;
  const boundUntil = isTrusting ? earlierHead.sequence : 0;
  const first = await Verification.run(order, trust, boundUntil);
  const isUnbound =
    boundUntil > 0 && first.findings.has('rewritten', 'truncated', 'broken-link', 'sequence-gap');
  if (isUnbound) await first.addresses.close();
  const verification = isUnbound ? await Verification.run(order, trust, 0) : first;
  try {
    const summary = await verification.summarize();
    return await use({ summary, addresses: () => verification.sorted() });
  } finally {
    await verification.addresses.close();
  }
}

/** One pass over the log. */
class Verification {
  readonly findings = new ChangeFindings();
  readonly addresses: ChangedAddresses;
  readonly #order: ChangeLogOrder;
  readonly #trust: Trust;
  readonly #reader: ChangeRecordReader;
  readonly #boundUntil: number;
  readonly #now: number;
  #state = emptyLog;
  readonly #tally = { records: 0, proven: 0, signaturesComputed: 0, revokedLater: 0 };

  /** Reads the log to its end; signatures of records up to `boundUntil` are not computed. */
  static async run(order: ChangeLogOrder, trust: Trust, boundUntil: number): Promise<Verification> {
    const verification = new Verification(order, trust, boundUntil);
    try {
      await verification.#readLog();
      return verification;
    } catch (thrown) {
      await verification.addresses.close();
      throw thrown;
    }
  }

  private constructor(order: ChangeLogOrder, trust: Trust, boundUntil: number) {
    this.#order = order;
    this.#trust = trust;
    this.#boundUntil = boundUntil;
    this.#now = order.at.toMillis();
    this.#reader = new ChangeRecordReader(trust, order.store.algorithm);
    this.addresses = new ChangedAddresses(order.store.algorithm, order.sortLimits);
  }

  async #readLog(): Promise<void> {
    const { session, store, earlierHead, onProgress } = this.#order;
    for await (const rows of readChangeRows(session, store.changeRecords, store.algorithm)) {
      // Signatures of a batch are computed side by side; they are judged in order.
      const reads = await Promise.all(rows.map((row) => this.#reader.read(row.jws, this.#isBound(row))));
      for (const [index, row] of rows.entries()) await this.#judge(row, reads[index] as ReadRecord);
      onProgress?.({ records: this.#tally.records });
    }
    const { position } = this.#state;
    const cut = judgeEnd(position, earlierHead);
    if (cut !== undefined) this.findings.add({ sequence: position.sequence, ...cut });
  }

  #isBound(row: LoggedRow): boolean {
    return row.sequence !== undefined && row.sequence <= this.#boundUntil;
  }

  async #judge(row: LoggedRow, read: ReadRecord): Promise<void> {
    const { state, problems, isRevokedLater } = judgeRecord(this.#state, row, read, this.#now);
    const rewritten = judgeEarlierHead(this.#order.earlierHead, row.sequence, read.hash);
    const isProven = problems.length === 0 && rewritten === undefined;
    this.#state = state;
    this.#tally.records += 1;
    if (isProven) this.#tally.proven += 1;
    if (isRevokedLater) this.#tally.revokedLater += 1;
    if (read.chain !== undefined && !this.#isBound(row)) this.#tally.signaturesComputed += 1;
    const sequence = Math.max(0, row.sequence ?? read.payload?.sequence ?? 0);
    for (const problem of [...problems, ...(rewritten === undefined ? [] : [rewritten])])
      this.findings.add({ sequence, ...problem });
    if (read.payload !== undefined) await this.addresses.add(read.payload, isProven);
  }

  /** What the log says of each address. */
  sorted(): AsyncIterable<ChangedAddress> {
    return this.addresses.sorted(!this.findings.has(...contentUnknownKinds));
  }

  /** Judges the objects and counts the addresses. */
  async summarize(): Promise<ChangeLogSummary> {
    for await (const finding of this.addresses.judgeObjects()) this.findings.add(finding);
    const addresses = { live: 0, unproven: 0, withheld: 0, deleted: 0 };
    for await (const { state } of this.sorted()) addresses[state] += 1;
    const { sequence, hash } = this.#state.position;
    return {
      ...this.#tally,
      ...(hash === undefined ? {} : { head: { sequence, hash, clean: this.findings.isEmpty } }),
      ...this.findings.result(),
      addresses,
      revocationLists: this.#trust.listStates(),
    };
  }
}
