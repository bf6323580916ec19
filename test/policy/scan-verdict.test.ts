import { describe, expect, test } from 'vitest';
import { noCounts, type ScanCounts } from '../../src/contracts/scan-documents.ts';
import { judgeScan, type ScanJudgement, type ScanVerdictFacts } from '../../src/policy/scan-verdict.ts';

const judge = (counts: Partial<ScanCounts>, more: Partial<ScanVerdictFacts> = {}): ScanJudgement =>
  judgeScan({
    ...{ mode: 'cycle', counts: { ...noCounts, ...counts }, failedShards: 0, incomplete: [] },
    ...{ empty: [], unreadPoints: [], unreadStates: [], points: 1, ...more },
  });
const three = { blobs: 3, ok: 3 };
const failure = { store: 'files', shard: '7', failure: 'no answer' };

describe('a scan is clean', () => {
  test.each<[Partial<ScanCounts>, Partial<ScanVerdictFacts>, string]>([
    [three, {}, '3 of 3 blobs re-hashed and right'],
    [{ ...three, unreferenced: 2, transient: 1, gone: 4 }, {}, '3 of 3 blobs re-hashed and right'],
    [{ ...three, 'not-an-address': 1, blobs: 4 }, {}, '3 of 4 blobs re-hashed and right'],
    [
      { blobs: 3, ok: 1, rested: 2 },
      {},
      '1 of 3 blobs re-hashed and right, 2 verified before and not yet due again',
    ],
    [
      { blobs: 3, rested: 3 },
      { mode: 'new' },
      '0 of 3 blobs re-hashed and right (only new ones), 3 verified before and not yet due again',
    ],
    [
      { blobs: 3, ok: 1, unverified: 2 },
      { mode: 'known-bad' },
      '1 of 3 blobs re-hashed and right (only known bad ones), 2 left unverified',
    ],
    [three, { points: 0 }, '3 of 3 blobs re-hashed and right; no recovery point says yet what must be there'],
  ])('with %o and %o: %s', (counts, more, detail) => {
    expect(judge(counts, more)).toEqual({ outcome: 'clean', detail });
  });
});

describe('a scan has found damage', () => {
  test.each<[Partial<ScanCounts>, string]>([
    [{ blobs: 3, ok: 2, 'digest-mismatch': 1 }, '1 damaged and 0 missing of 3 blobs'],
    [{ blobs: 3, ok: 1, 'digest-mismatch': 1, 'wrong-size': 1 }, '2 damaged and 0 missing of 3 blobs'],
    [
      { missing: 3 },
      '0 damaged and 3 missing of 0 blobs; no blob was scanned: nothing stands in what was asked for',
    ],
    [{ ...three, unsigned: 2 }, '2 change record(s) do not verify'],
    [
      { ...three, missing: 1, unsigned: 2 },
      '0 damaged and 1 missing of 3 blobs and 2 change record(s) do not verify',
    ],
  ])('with %o: %s', (counts, detail) => {
    expect(judge(counts)).toEqual({ outcome: 'damaged', detail });
  });

  test.each<[Partial<ScanCounts>, Partial<ScanVerdictFacts>]>([
    [{}, { failedShards: 1, incomplete: [failure] }],
    [{}, { empty: ['models'] }],
    [{}, { unreadPoints: ['a point'] }],
    [{}, { unreadStates: ['a state'] }],
    [{ unreadable: 1, blobs: 5 }, {}],
  ])('and says of it also what was not verified (%o, %o)', (counts, more) => {
    const doubt = judge({ ...three, ...counts }, more);
    expect(doubt.outcome).toBe('failed');
    const both = judge({ ...three, ...counts, 'digest-mismatch': 1 }, more);
    expect(both.outcome).toBe('damaged');
    expect(both.detail).toMatch(/^1 damaged and 0 missing of \d blobs; /);
    expect(both.detail).toContain(doubt.detail);
  });
});

describe('a scan that did not verify everything has failed', () => {
  test.each<[Partial<ScanCounts>, Partial<ScanVerdictFacts>, string]>([
    [
      three,
      { failedShards: 2, incomplete: [failure] },
      '2 shard(s) were not scanned to their end; files 7: no answer',
    ],
    [
      three,
      { empty: ['models', 'images'] },
      'nothing was found in models, images: an empty store is no clean store',
    ],
    [{}, {}, 'no blob was scanned: nothing stands in what was asked for'],
    [{ blobs: 3, ok: 1, unreadable: 1, unstable: 1 }, {}, '2 of 3 blobs could not be read'],
    [
      three,
      { unreadPoints: ['a', 'b'] },
      '2 recovery point document(s) cannot be read, so what they refer to was not looked for: a, b',
    ],
    [
      three,
      { unreadStates: ['a is damaged', 'b is damaged'] },
      '2 document(s) of earlier scans cannot be read, so what they had seen was not looked for: a is damaged',
    ],
  ])('with %o and %o: %s', (counts, more, detail) => {
    expect(judge(counts, more)).toEqual({ outcome: 'failed', detail });
  });
});
