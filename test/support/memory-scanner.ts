/** A fast scanner over the blob stores in memory: lists, hashes by the rule, and hands back what is not right. */
import { compileLayout } from '../../src/policy/address-layout.ts';
import { ScrubRecordWriter, compareDigests, type ScrubRecord } from '../../src/policy/scrub-records.ts';
import { isHashed } from '../../src/scan-engine/scan-rule.ts';
import { hashOnce } from '../../src/scan-engine/hasher.ts';
import type { BlobScanner, DoubtfulBlob, ScannedPortion, ScanPortion } from '../../src/ports/blob-scanner.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { ContentStores, ListedBlob } from '../../src/ports/content-store.ts';
import { failureFrom, Failure } from '../../src/policy/failure.ts';

export class MemoryScanner implements BlobScanner {
  readonly #contents: ContentStores;
  readonly #clock: Clock;

  constructor(contents: ContentStores, clock: Clock) {
    this.#contents = contents;
    this.#clock = clock;
  }

  async scan(portion: ScanPortion): Promise<ScannedPortion> {
    const { store, prefix, layout, known } = portion;
    const until = this.#clock.monotonicMilliseconds() + portion.milliseconds;
    const compiled = compileLayout(layout);
    const records: ScrubRecord[] = [];
    const doubtful: DoubtfulBlob[] = [];
    const strays: { name: string; size: number }[] = [];
    const [listed, hashed] = [
      { blobs: 0, bytes: 0 },
      { blobs: 0, bytes: 0 },
    ];
    let token = portion.token;
    let last: string | undefined;
    do {
      const page = await this.#contents.listPage(store, prefix, token);
      for (const blob of page.blobs) {
        last = blob.name;
        listed.blobs += 1;
        listed.bytes += blob.size;
        const digest = new Uint8Array(compiled.digestBytes);
        if (!compiled.parse(blob.name, digest, 0)) {
          strays.push({ name: blob.name, size: blob.size });
          continue;
        }
        const createdAt = Math.floor(blob.createdAt.toSeconds());
        const index = known.find(digest);
        const isSame =
          index >= 0 && known.sizeAt(index) === blob.size && known.createdAt(index) === createdAt;
        const standing =
          index < 0 ? undefined : { state: known.stateAt(index), verifiedAt: known.verifiedAt(index) };
        let now = (isSame ? standing : undefined) ?? { state: 'unread' as const, verifiedAt: 0 };
        if (isHashed(portion.rule, standing, isSame)) {
          const doubt = await this.#doubt(portion, blob, digest);
          if (doubt === undefined) {
            now = { state: 'ok', verifiedAt: Math.floor(this.#clock.now().toSeconds()) };
            hashed.blobs += 1;
            hashed.bytes += blob.size;
          } else doubtful.push(doubt);
        }
        records.push({ digest, size: blob.size, createdAt, ...now });
      }
      if (page.next !== undefined && page.next === token)
        throw new Failure('unavailable', 'the listing names the page it has just given as the next one', '');
      token = page.next;
    } while (
      token !== undefined &&
      this.#clock.monotonicMilliseconds() < until &&
      listed.blobs < (portion.blobs ?? Number.POSITIVE_INFINITY)
    );
    const writer = new ScrubRecordWriter(compiled.digestBytes);
    for (const record of records.toSorted((a, b) => compareDigests(a.digest, b.digest))) writer.add(record);
    return { records: writer.records(), listed, hashed, doubtful, strays, last, next: token };
  }

  async #doubt(
    { store, layout }: ScanPortion,
    blob: ListedBlob,
    digest: Uint8Array,
  ): Promise<DoubtfulBlob | undefined> {
    const { name, size, version } = blob;
    try {
      const content = await this.#contents.open(store, name, version);
      if (content === undefined) return { name, size, version, why: 'it is gone', isWrong: false };
      const chunks: Buffer[] = [];
      for await (const chunk of content.stream) chunks.push(chunk as Buffer);
      const bytes = Buffer.concat(chunks);
      const isRight =
        bytes.length === size && compareDigests(hashOnce(layout.algorithm, bytes), digest) === 0;
      return isRight ? undefined : { name, size, version, why: 'its content is another', isWrong: true };
    } catch (thrown) {
      return { name, size, version, why: failureFrom(thrown).message, isWrong: false };
    }
  }
}
