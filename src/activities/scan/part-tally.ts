/**
 * What one part of a shard adds up to. Invariant: every listed blob is counted once, so that `blobs` is the sum of those
 * that are right, rested, damaged, unread, under no address and not asked for.
 */
import { addCounts, noCounts, type ScanCounts, type ScanFinding } from '../../contracts/scan-documents.ts';
import { readBlobName } from '../../policy/content-address.ts';
import { compareAt, recordBytes, type ScrubRecords } from '../../policy/scrub-records.ts';
import type { DoubtfulBlob, ScannedPortion, ScanRule } from '../../ports/blob-scanner.ts';
import type { VerifiedBlob } from '../verify-blob.ts';
import type { ScannedStore } from './stores.ts';

export class Tally {
  counts: ScanCounts = noCounts;
  readonly findings: ScanFinding[] = [];
  readonly #scanned: ScannedStore;
  readonly #judged = new Set<string>();

  constructor(scanned: ScannedStore) {
    this.#scanned = scanned;
  }

  /** Adds what stands under no address; a page that was listed twice counts once. */
  strays(listed: Iterable<string>): void {
    const { layout, store } = this.#scanned;
    const names = new Set(listed);
    for (const name of names) {
      const reading = readBlobName(layout, name);
      const why = reading.kind === 'unsupported' ? reading.why : `its name does not follow ${store.layout}`;
      this.#find('not-an-address', name, why);
    }
    this.#add({ blobs: names.size });
  }

  /** Adds a blob that was read with care and is not right, or was read wrong once. */
  judge(blob: DoubtfulBlob, { verdict, bytes, detail }: VerifiedBlob): void {
    this.#judged.add(blob.name);
    this.#add({ bytes });
    if (verdict === 'missing') return;
    if (verdict === 'ok' || verdict === 'transient') {
      // The fast reading was wrong and the careful one right: it was damaged on its way.
      if (verdict === 'transient' || blob.isWrong) this.#add({ transient: 1 });
      return;
    }
    this.#add({ hashed: 1 });
    this.#find(verdict, blob.name, detail);
  }

  /** Adds every record by what is known of it now; `known` is what was known before, `rule` what was hashed. */
  records(records: ScrubRecords, known: ScrubRecords, { hashed }: ScannedPortion, rule: ScanRule): void {
    const rested = restedOf(records, known, rule);
    let [right, unverified] = [0, 0];
    for (let index = 0; index < records.length; index += 1) {
      const state = records.stateAt(index);
      if (state === 'ok') right += 1;
      else if (!this.#isJudged(records, index)) {
        if (state === 'bad') this.#stillBad(records.digestAt(index));
        else unverified += 1;
      }
    }
    const ok = right - rested;
    this.#add({ blobs: records.length, ok, hashed: ok, rested, unverified, bytes: hashed.bytes });
  }

  #isJudged(records: ScrubRecords, index: number): boolean {
    if (this.#judged.size === 0) return false;
    return this.#judged.has(this.#scanned.compiled.nameOf(records.digestAt(index)));
  }

  #stillBad(digest: Uint8Array): void {
    const name = this.#scanned.compiled.nameOf(digest);
    this.#find('digest-mismatch', name, 'an earlier scan found it damaged; this one did not read it again');
  }

  #find(verdict: ScanFinding['verdict'], name: string, detail: string): void {
    this.findings.push({ store: this.#scanned.store.id, verdict, name, detail });
    this.#add({ [verdict]: 1 });
  }

  #add(counts: Partial<ScanCounts>): void {
    this.counts = addCounts(this.counts, counts);
  }
}

/**
 * How many records say what was known before: right, and not read again since. Both lists are walked once. The times are
 * whole seconds: what the rule has read again may say the same second as before and has not rested.
 */
function restedOf(records: ScrubRecords, known: ScrubRecords, { verifiedBefore }: ScanRule): number {
  const { digestBytes } = records;
  const room = recordBytes(digestBytes);
  let [rested, before] = [0, 0];
  for (let index = 0; index < records.length && before < known.length; index += 1) {
    let order = -1;
    while (
      before < known.length &&
      (order = compareAt(known.bytes, before * room, records.bytes, index * room, digestBytes)) < 0
    )
      before += 1;
    if (order !== 0 || records.stateAt(index) !== 'ok' || known.stateAt(before) !== 'ok') continue;
    if (known.verifiedAt(before) < verifiedBefore) continue;
    const isSame =
      known.sizeAt(before) === records.sizeAt(index) && known.createdAt(before) === records.createdAt(index);
    if (isSame && known.verifiedAt(before) === records.verifiedAt(index)) rested += 1;
  }
  return rested;
}
