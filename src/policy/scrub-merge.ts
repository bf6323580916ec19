/**
 * What a scan's listing of a shard means beside what was known and what must be there: which addresses are missing,
 * which nothing refers to, which went lawfully, and what is known from now on. One walk over three sorted, packed lists.
 * Invariant: an address that was known stays known (as missing, if it is not listed) until its deletion was lawful.
 */
import {
  digestsOfRecords,
  type DatedDigests,
  type ExpectedDigests,
  type PackedDigests,
} from './digest-sets.ts';
import {
  compareAt,
  recordBytes,
  ScrubRecords,
  ScrubRecordWriter,
  type ScrubRecord,
} from './scrub-records.ts';

/** What the listing is held against. Times are seconds since 1970. */
export interface MergeFacts {
  /** What was known before; a missing one's `verifiedAt` is when it was last seen. */
  readonly previous: ScrubRecords;
  /** When `previous` was written: nothing in it was seen later. */
  readonly seenAt: number;
  /** Everything that the scan found in the range, judged. */
  readonly found: ScrubRecords;
  readonly expected: ExpectedDigests;
  /** The instant of the newest point that names all references into the store; undefined: none does, or it cannot be read. */
  readonly newestPointAt: number | undefined;
  /** Deletions that are lawful by themselves: signed ones, and those in our own ledger. */
  readonly deletions: readonly DatedDigests[];
  /** Whether recovery points say what went lawfully: so for stores without change records. */
  readonly pointsDecide: boolean;
}

/** Something that a person is to know of an address. */
export type MergeFinding =
  | {
      readonly verdict: 'missing';
      readonly digest: Uint8Array;
      readonly size: number;
      readonly because: 'expected' | 'inventory';
      /** Where it is expected: the newest point that refers to it, as an index into the expected set's points. */
      readonly point?: number;
      /** When it was last seen; 0 for never. */
      readonly lastSeenAt: number;
      /** Where it was deleted lawfully and a retained point still refers to it: when. */
      readonly deletedAt?: number;
    }
  | { readonly verdict: 'unreferenced'; readonly digest: Uint8Array; readonly size: number };

export interface Merged {
  /** What is known from now on: the found records themselves where nothing is missing. */
  readonly records: ScrubRecords;
  readonly missing: number;
  readonly unreferenced: number;
  /** Addresses that went lawfully since the last scan: by a deletion on record, or as the recovery points tell. */
  readonly deleted: { readonly byRecord: number; readonly byPoints: number };
}

/** Merges a shard; every finding is told in the order of digests, and its digest is the receiver's own. */
export function mergeShard(facts: MergeFacts, tell: (finding: MergeFinding) => void): Merged {
  const merge = new Merge(facts, tell);
  merge.run();
  return merge.result();
}

class Merge {
  readonly #facts: MergeFacts;
  readonly #tell: (finding: MergeFinding) => void;
  readonly #next: NextRecords;
  readonly #previous: PackedDigests;
  readonly #found: PackedDigests;
  readonly #deleted = { byRecord: 0, byPoints: 0 };
  #missing = 0;
  #unreferenced = 0;

  constructor(facts: MergeFacts, tell: (finding: MergeFinding) => void) {
    this.#facts = facts;
    this.#tell = tell;
    this.#next = new NextRecords(facts.found);
    this.#previous = digestsOfRecords(facts.previous);
    this.#found = digestsOfRecords(facts.found);
  }

  run(): void {
    const { expected } = this.#facts;
    let [p, f, e] = [0, 0, 0];
    while (p < this.#previous.length || f < this.#found.length || e < expected.length) {
      const knownToListed = orderOf(this.#previous, p, this.#found, f);
      const knownToNamed = orderOf(this.#previous, p, expected, e);
      const listedToNamed = orderOf(this.#found, f, expected, e);
      const known = knownToListed <= 0 && knownToNamed <= 0;
      const listed = knownToListed >= 0 && listedToNamed <= 0;
      const named = knownToNamed >= 0 && listedToNamed >= 0;
      if (listed && !named) this.#unreferencedIfOld(f);
      if (!listed) this.#gone(f, known ? p : undefined, named ? e : undefined);
      p += Number(known);
      f += Number(listed);
      e += Number(named);
    }
  }

  result(): Merged {
    return {
      records: this.#next.records(),
      missing: this.#missing,
      unreferenced: this.#unreferenced,
      deleted: this.#deleted,
    };
  }

  /** A blob that is younger than the newest point may be referred to by rows that no point holds yet. */
  #unreferencedIfOld(f: number): void {
    const { found, newestPointAt } = this.#facts;
    if (newestPointAt === undefined || found.createdAt(f) >= newestPointAt) return;
    this.#unreferenced += 1;
    this.#tell({ verdict: 'unreferenced', digest: found.digestAt(f).slice(), size: found.sizeAt(f) });
  }

  /** An address that is not listed, and would stand before the found one `f`. */
  #gone(f: number, p: number | undefined, e: number | undefined): void {
    const { expected, previous } = this.#facts;
    const expectation = e === undefined ? undefined : expected.expectationAt(e);
    if (e !== undefined && expectation === 'must') {
      const digest = expected.digestAt(e).slice();
      const deletedAt = this.#deletedAt(digest, p === undefined ? 0 : previous.createdAt(p));
      const facts = { because: 'expected', point: expected.pointAt(e) } as const;
      this.#isMissing(f, p, { digest, ...facts, ...(deletedAt === undefined ? {} : { deletedAt }) });
    } else if (p !== undefined) {
      const digest = previous.digestAt(p).slice();
      const lawful = this.#lawful(digest, p, expectation === 'added');
      if (lawful === undefined) this.#isMissing(f, p, { digest, because: 'inventory' });
      else this.#deleted[lawful] += 1;
    }
  }

  #isMissing(
    f: number,
    p: number | undefined,
    finding: { digest: Uint8Array; because: 'expected' | 'inventory'; point?: number; deletedAt?: number },
  ): void {
    const { previous } = this.#facts;
    const size = p === undefined ? 0 : previous.sizeAt(p);
    const lastSeenAt = p === undefined ? 0 : this.#lastSeen(p);
    this.#missing += 1;
    const createdAt = p === undefined ? 0 : previous.createdAt(p);
    this.#next.insertMissing(f, { digest: finding.digest, size, createdAt, verifiedAt: lastSeenAt });
    this.#tell({ verdict: 'missing', ...finding, size, lastSeenAt });
  }

  /** What makes it lawful that a known address is gone; undefined: nothing does. */
  #lawful(digest: Uint8Array, p: number, isAdded: boolean): 'byRecord' | 'byPoints' | undefined {
    const { previous, newestPointAt, pointsDecide } = this.#facts;
    if (this.#deletedAt(digest, previous.createdAt(p)) !== undefined) return 'byRecord';
    const isNewer = newestPointAt !== undefined && newestPointAt > this.#lastSeen(p);
    return pointsDecide && isNewer && !isAdded ? 'byPoints' : undefined;
  }

  /** When an address was deleted on record; a deletion before the blob was made was of an earlier one of that content. */
  #deletedAt(digest: Uint8Array, createdAt: number): number | undefined {
    const times = this.#facts.deletions.flatMap((set) => set.timeOf(digest) ?? []);
    const latest = Math.max(-1, ...times);
    return latest < 0 || latest < createdAt ? undefined : latest;
  }

  #lastSeen(p: number): number {
    const { previous, seenAt } = this.#facts;
    return previous.stateAt(p) === 'missing' ? previous.verifiedAt(p) : seenAt;
  }
}

/** The order of item `i` of one list and item `j` of another; a list's end comes after everything. */
function orderOf(a: PackedDigests, i: number, b: PackedDigests, j: number): number {
  if (i >= a.length) return j >= b.length ? 0 : 1;
  if (j >= b.length) return -1;
  return compareAt(a.bytes, i * a.itemBytes, b.bytes, j * b.itemBytes, a.digestBytes);
}

/** The found records as they are, or with missing ones put in between; the found ones are copied in runs. */
class NextRecords {
  readonly #found: ScrubRecords;
  readonly #room: number;
  /** Undefined as long as nothing was put in. */
  #bytes: Uint8Array | undefined;
  #used = 0;
  #copied = 0;

  constructor(found: ScrubRecords) {
    this.#found = found;
    this.#room = recordBytes(found.digestBytes);
  }

  /** Puts a missing record before the found one at `before`. */
  insertMissing(before: number, missing: Omit<ScrubRecord, 'state'>): void {
    this.#copyUntil(before);
    const writer = new ScrubRecordWriter(this.#found.digestBytes, 1);
    writer.add({ ...missing, state: 'missing' });
    this.#append(writer.records().bytes);
  }

  records(): ScrubRecords {
    if (this.#bytes === undefined) return this.#found;
    this.#copyUntil(this.#found.length);
    return new ScrubRecords(this.#bytes.subarray(0, this.#used), this.#found.digestBytes);
  }

  #copyUntil(end: number): void {
    this.#append(this.#found.bytes.subarray(this.#copied * this.#room, end * this.#room));
    this.#copied = end;
  }

  #append(records: Uint8Array): void {
    const used = this.#used + records.length;
    let bytes = this.#bytes ?? new Uint8Array(this.#found.bytes.length);
    if (used > bytes.length) {
      const wider = new Uint8Array(Math.max(used, bytes.length * 2));
      wider.set(bytes.subarray(0, this.#used));
      bytes = wider;
    }
    bytes.set(records, this.#used);
    this.#bytes = bytes;
    this.#used = used;
  }
}
