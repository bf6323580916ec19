/** Scrub records and digests of a few bytes, for tests that want every collision and every border. */
import fc from 'fast-check';
import {
  ScrubRecordWriter,
  scrubStates,
  type ScrubRecord,
  type ScrubRecords,
} from '../../src/policy/scrub-records.ts';

/** Length of the digests of these tests. */
export const digestBytes = 2;

/** The digest with a number's bytes. */
export function digest(number: number, length = digestBytes): Uint8Array {
  const bytes = new Uint8Array(length);
  new DataView(bytes.buffer).setUint16(0, number);
  return bytes;
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** A record without its digest. */
export type Facts = Omit<ScrubRecord, 'digest'>;

/** Packs records by the numbers of their digests. */
export function packRecords(facts: Iterable<readonly [number, Facts]>, length = digestBytes): ScrubRecords {
  const writer = new ScrubRecordWriter(length, 1);
  for (const [number, one] of [...facts].toSorted(([a], [b]) => a - b))
    writer.add({ digest: digest(number, length), ...one });
  return writer.records();
}

/** Records unpacked, by the hex of their digests. */
export function unpack(records: ScrubRecords): Map<string, Facts> {
  return new Map(
    Array.from({ length: records.length }, (_, index) => {
      const { digest: key, ...facts } = records.recordAt(index);
      return [hex(key), facts];
    }),
  );
}

const seconds = fc.nat({ max: 20 });

/** Any facts; times of a few seconds, so that all orders of them occur. */
export const anyFacts: fc.Arbitrary<Facts> = fc.record({
  size: fc.nat({ max: 1000 }),
  createdAt: seconds,
  verifiedAt: seconds,
  state: fc.constantFrom(...scrubStates),
});

/** Facts by number, of numbers up to `max`. */
export const factsUpTo = (max: number): fc.Arbitrary<Map<number, Facts>> =>
  fc.array(fc.tuple(fc.nat({ max }), anyFacts), { maxLength: max }).map((all) => new Map(all));
