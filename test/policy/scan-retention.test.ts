import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import {
  decideScanDocuments,
  scanGivenUpDays,
  type DocumentedScan,
  type OpenRepair,
} from '../../src/policy/scan-retention.ts';

const now = DateTime.fromISO('2026-03-20T00:00:00.000Z', { zone: 'utc' });

/** A scan of a day in March, over and whole unless told otherwise. */
const scanOf = (day: number, changes: Partial<DocumentedScan> = {}): DocumentedScan => ({
  scan: `scan-202603${String(day).padStart(2, '0')}T000000Z`,
  at: now.set({ day }),
  isOver: true,
  result: { stores: ['files', 'images'], isWhole: true },
  ...changes,
});
const partOf = (day: number, ...stores: string[]): DocumentedScan =>
  scanOf(day, { result: { stores, isWhole: false } });

/** What is kept of each scan, by the day of March. */
const kept = (scans: readonly DocumentedScan[], repairs: readonly OpenRepair[] = []): string[] =>
  decideScanDocuments({ scans, repairs, now }).map(
    ({ scan, keep }) => `${Number(scan.slice(11, 13))} ${keep}`,
  );

describe('of scans with a result', () => {
  test('the findings of the newest are kept, and nothing of older ones', () => {
    expect(kept([scanOf(1), scanOf(3), scanOf(2)])).toEqual(['3 findings', '2 result', '1 result']);
  });

  test('the newest of each store and the newest of everything are kept', () => {
    const scans = [scanOf(1), scanOf(2), partOf(3, 'files'), partOf(4, 'files')];
    expect(kept(scans)).toEqual(['4 findings', '3 result', '2 findings', '1 result']);
  });

  test('a store that no newer scan has seen keeps the last one that did', () => {
    expect(kept([partOf(1, 'models'), scanOf(2)])).toEqual(['2 findings', '1 findings']);
  });

  test('one whose run has not ended keeps its findings: a repair may be part of it', () => {
    expect(kept([scanOf(1, { isOver: false }), scanOf(2)])).toEqual(['2 findings', '1 findings']);
  });

  test('one that an open repair goes by keeps its findings, and every one while a repair has not said which', () => {
    const scans = [scanOf(1), scanOf(2), scanOf(3)];
    const repair = { repair: 'repair-1', scan: scans[0]!.scan };
    expect(kept(scans, [repair])).toEqual(['3 findings', '2 result', '1 findings']);
    expect(kept(scans, [{ ...repair, scan: undefined }])).toEqual([
      ...['3 findings', '2 findings', '1 findings'],
    ]);
  });
});

describe('of a scan without a result', () => {
  const open = { result: undefined, isOver: false };

  test('everything is kept while its run has not ended, however many newer ones there are', () => {
    expect(kept([scanOf(1, open), scanOf(2), scanOf(3)])).toEqual(['3 findings', '2 result', '1 everything']);
  });

  test('nothing is kept once its run has ended', () => {
    expect(kept([scanOf(1, { ...open, isOver: true })])).toEqual(['1 result']);
  });

  test('nothing is kept once it was certainly given up, and not a moment before', () => {
    const begun = (at: DateTime): DocumentedScan => ({ ...scanOf(1, open), at });
    const last = now.minus({ days: scanGivenUpDays });
    expect(kept([begun(last)])).toEqual(['1 everything']);
    expect(kept([begun(last.minus({ milliseconds: 1 }))])).toEqual(['1 result']);
  });
});

test('every scan is decided over once, with a reason', () => {
  const scans = [scanOf(4), scanOf(3), scanOf(2, { result: undefined }), partOf(1, 'other')];
  const decisions = decideScanDocuments({ scans, repairs: [], now });
  expect(decisions.map(({ scan }) => scan).toSorted()).toEqual(scans.map(({ scan }) => scan).toSorted());
  for (const { reason } of decisions) expect(reason).not.toBe('');
});
