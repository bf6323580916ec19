import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compareDigests,
  recordBytes,
  ScrubRecords,
  ScrubRecordWriter,
  scrubStates,
  type ScrubRecord,
} from '../../src/policy/scrub-records.ts';
import { budget } from '../budget.ts';

const runs = { numRuns: Math.ceil(budget.policyProperties / 3) };
const uint32 = fc.nat({ max: 0xffff_ffff });
const record = (digestBytes: number): fc.Arbitrary<ScrubRecord> =>
  fc.record({
    digest: fc.uint8Array({ minLength: digestBytes, maxLength: digestBytes }),
    size: fc.oneof(fc.nat({ max: 10 }), fc.nat({ max: 2 ** 48 - 1 })),
    createdAt: uint32,
    verifiedAt: uint32,
    state: fc.constantFrom(...scrubStates),
  });
const records = fc.constantFrom(1, 16, 20, 32, 48, 64).chain((digestBytes) =>
  fc.record({
    digestBytes: fc.constant(digestBytes),
    all: fc.array(record(digestBytes), { maxLength: 40 }),
  }),
);

function pack(all: readonly ScrubRecord[], digestBytes: number): ScrubRecords {
  const writer = new ScrubRecordWriter(digestBytes, 2);
  for (const one of all) writer.add(one);
  expect(writer.length).toBe(all.length);
  return writer.records();
}

describe('packed scrub records', () => {
  test('come back as they were, wherever in a buffer they lie', () => {
    fc.assert(
      fc.property(records, fc.nat({ max: 9 }), ({ all, digestBytes }, offset) => {
        const { bytes } = pack(all, digestBytes);
        expect(bytes.length).toBe(all.length * recordBytes(digestBytes));
        const moved = new Uint8Array(bytes.length + offset);
        moved.set(bytes, offset);
        const read = new ScrubRecords(moved.subarray(offset), digestBytes);
        expect(Array.from({ length: read.length }, (_, index) => read.recordAt(index))).toEqual(all);
      }),
      runs,
    );
  });

  test('are found by their digests, and nothing else is', () => {
    fc.assert(
      fc.property(records, fc.uint8Array({ minLength: 64, maxLength: 64 }), ({ all, digestBytes }, other) => {
        const once = new Map(all.map((one) => [Buffer.from(one.digest).toString('hex'), one]));
        const sorted = [...once.values()].toSorted((a, b) => compareDigests(a.digest, b.digest));
        const packed = pack(sorted, digestBytes);
        for (const [index, { digest }] of sorted.entries()) expect(packed.find(digest)).toBe(index);
        const sought = other.subarray(0, digestBytes);
        expect(packed.find(sought) >= 0).toBe(once.has(Buffer.from(sought).toString('hex')));
      }),
      runs,
    );
  });

  test('lie byte by byte as they are documented', () => {
    const [digest, size] = [Uint8Array.of(0xaa, 0xbb), 0x0102_0304_0506];
    const packed = pack([{ digest, size, createdAt: 0x0708_090a, verifiedAt: 0x0b0c_0d0e, state: 'bad' }], 2);
    expect(Buffer.from(packed.bytes).toString('hex')).toBe('aabb0102030405060708090a0b0c0d0e02');
  });

  test('are refused where a part of one is missing', () => {
    expect(() => new ScrubRecords(new Uint8Array(recordBytes(32) + 1), 32)).toThrow(RangeError);
  });

  test('give back memory of their own, and none that other bytes lie in', () => {
    const own = new ScrubRecords(new Uint8Array(10_000 * recordBytes(32)), 32);
    own.release();
    expect(own.bytes).toHaveLength(0);
    const shared = new ScrubRecords(Buffer.concat([Buffer.alloc(recordBytes(32), 7)]), 32);
    shared.release();
    expect(shared.bytes).toHaveLength(recordBytes(32));
  });
});

describe('the order of digests', () => {
  test('is that of their bytes', () => {
    const digests = fc.uint8Array({ minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(digests, digests, (a, b) => {
        expect(Math.sign(compareDigests(a, b))).toBe(Buffer.compare(a, b));
        expect(compareDigests(a, a)).toBe(0);
      }),
      runs,
    );
  });
});
