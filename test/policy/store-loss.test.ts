import { expect, test } from 'vitest';
import { fullSeconds, rebuiltSentence, storeLossProblem } from '../../src/policy/store-loss.ts';

test('only what has a replica can be rebuilt', () => {
  const files = { id: 'files', redundancy: 'geo' };
  expect(storeLossProblem({ blobStores: [files] })).toBeUndefined();
  expect(storeLossProblem({ blobStores: [] })).toMatch(/no blob store/);
  expect(storeLossProblem({ blobStores: [files, { id: 'other', redundancy: 'zone' }] })).toBe(
    'no replica is kept of blob store other: it could not be rebuilt from anything',
  );
});

test('the whole store is reckoned from the sample, and the formula is shown', () => {
  const rebuilt = { store: 'files', blobs: 100, ofBlobs: 1_000, bytes: 50_000_000, milliseconds: 2_000 };
  expect(fullSeconds(rebuilt)).toBe(20);
  expect(rebuiltSentence(rebuilt)).toBe(
    'files: 100 of 1000 blobs rebuilt, 50000000 bytes in 2.0 s (25.0 MB/s); the whole store: 2.0 s × 1000 ÷ 100 = 20.0 s',
  );
  const nothing = { ...rebuilt, blobs: 0 };
  expect(fullSeconds(nothing)).toBeUndefined();
  expect(rebuiltSentence(nothing)).toMatch(/cannot be said$/);
});
