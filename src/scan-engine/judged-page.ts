/**
 * A listed page with what is to be done about each of its blobs: hash it, or keep what is known. Its records are
 * written in the order of the listing once all of its readings are done.
 */
import type { ScrubRecords } from '../policy/scrub-records.ts';
import type { ScanRule } from '../ports/blob-scanner.ts';
import { KnownRecords } from './known-records.ts';
import type { ListedPage } from './listed-page.ts';
import type { RecordCollector } from './record-collector.ts';
import type { ReadPage } from './lane.ts';
import { isHashed, neverRead, type Standing } from './scan-rule.ts';

/** What an entry is, and what became of it. */
const fates = { stray: 0, kept: 1, toHash: 2, verified: 3 } as const;

/** How entries are judged; one for a whole portion, because the place among the known records moves with it. */
export class Judge {
  readonly records: ScrubRecords;
  readonly rule: ScanRule;
  readonly #known: KnownRecords;

  constructor(records: ScrubRecords, rule: ScanRule) {
    this.records = records;
    this.rule = rule;
    this.#known = new KnownRecords(records);
  }

  /** The index of the record of an entry's digest, or -1. */
  find(page: ListedPage, index: number): number {
    return this.records.length === 0 ? -1 : this.#known.find(page.digest(index));
  }

  standing(index: number): Standing | undefined {
    if (index < 0) return undefined;
    return { state: this.records.stateAt(index), verifiedAt: this.records.verifiedAt(index) };
  }

  /** Whether the record is about the very blob listed. */
  isSame(index: number, size: number, createdAt: number): boolean {
    return index >= 0 && this.records.sizeAt(index) === size && this.records.createdAt(index) === createdAt;
  }
}

export class JudgedPage implements ReadPage {
  readonly listed: ListedPage;
  /** Entries to hash that were not given out yet. */
  readonly left = { blobs: 0, bytes: 0 };
  /** Entries given out for reading and not come back. */
  #outstanding = 0;
  readonly #judge: Judge;
  readonly #fates: Uint8Array;
  /** The index of each entry's known record, or -1. */
  readonly #known: Int32Array;
  readonly #verifiedAt: Uint32Array;
  /** The next entry to hash; behind the last entry if there is none. */
  #cursor = 0;

  constructor(listed: ListedPage, judge: Judge, onStray: (name: string, size: number) => void) {
    this.listed = listed;
    this.#judge = judge;
    this.#fates = new Uint8Array(listed.length);
    this.#known = new Int32Array(listed.length);
    this.#verifiedAt = new Uint32Array(listed.length);
    for (let index = 0; index < listed.length; index += 1) {
      if (listed.isAddressed(index)) this.#decide(index);
      else onStray(listed.name(index), listed.size(index));
    }
    this.#cursor = this.#nextToHash(0);
  }

  /** The next entry to hash, which is then outstanding; -1 if there is none left. */
  take(): number {
    if (this.#cursor === this.#fates.length) return -1;
    const index = this.#cursor;
    this.#cursor = this.#nextToHash(index + 1);
    this.#outstanding += 1;
    this.left.blobs -= 1;
    this.left.bytes -= this.listed.size(index);
    return index;
  }

  cameBack(): void {
    this.#outstanding -= 1;
  }

  /** Whether every entry was given out and came back. */
  get isDone(): boolean {
    return this.#outstanding === 0 && this.#cursor === this.#fates.length;
  }

  /** An entry was found right, by a reading that began at this time (seconds since 1970). */
  verified(index: number, verifiedAt: number): void {
    this.#fates[index] = fates.verified;
    this.#verifiedAt[index] = verifiedAt;
  }

  /** Writes the records of all entries that stand under an address. */
  write(records: RecordCollector): void {
    const { listed } = this;
    for (let index = 0; index < this.#fates.length; index += 1) {
      if (this.#fates[index] === fates.stray) continue;
      const size = listed.size(index);
      const createdAt = listed.createdAt(index);
      const { state, verifiedAt } = this.#standing(index, size, createdAt);
      const rest = { size, createdAt, verifiedAt, state };
      records.add(listed.digests, index * listed.layout.digestBytes, rest);
    }
  }

  #nextToHash(from: number): number {
    let index = from;
    while (index < this.#fates.length && this.#fates[index] !== fates.toHash) index += 1;
    return index;
  }

  #decide(index: number): void {
    const judge = this.#judge;
    const known = judge.find(this.listed, index);
    this.#known[index] = known;
    const isSame = judge.isSame(known, this.listed.size(index), this.listed.createdAt(index));
    const isToHash = isHashed(judge.rule, judge.standing(known), isSame);
    this.#fates[index] = isToHash ? fates.toHash : fates.kept;
    if (!isToHash) return;
    this.left.blobs += 1;
    this.left.bytes += this.listed.size(index);
  }

  /** What is known of an entry now. */
  #standing(index: number, size: number, createdAt: number): Standing {
    if (this.#fates[index] === fates.verified)
      return { state: 'ok', verifiedAt: this.#verifiedAt[index] ?? 0 };
    const known = this.#known[index] ?? -1;
    return (
      (this.#judge.isSame(known, size, createdAt) ? this.#judge.standing(known) : undefined) ?? neverRead
    );
  }
}
