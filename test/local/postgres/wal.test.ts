import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseLsn, parseSegmentName, segmentName, segmentNumber } from '../../../local/postgres/wal.ts';

test('a position lies in the segment that PostgreSQL names for it', () => {
  expect(segmentName(1, segmentNumber(parseLsn('0/2000028')))).toBe('000000010000000000000020');
  expect(segmentName(2, segmentNumber(parseLsn('16/B374D848')))).toBe('000000020000001600000B37');
});

test('every segment name is read back as it was written', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 0xffff_ffff }),
      fc.bigInt(0n, (1n << 44n) - 1n),
      (timeline, number) => {
        expect(parseSegmentName(segmentName(timeline, number))).toEqual({ timeline, number });
      },
    ),
  );
});

test('files beside the segments are not taken for segments', () => {
  for (const name of [
    '00000002.history',
    '000000010000000000000003.00000028.backup',
    '000000010000000000000003.partial',
  ]) {
    expect(parseSegmentName(name)).toBeUndefined();
  }
});
