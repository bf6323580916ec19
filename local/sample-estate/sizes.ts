/**
 * Decides how large the sample's blobs are: log-uniform from 1 KiB up to a bound that meets the budget, plus a thin
 * tail that halves from 4 MiB downwards and the extremes. Invariant: two blobs of exactly 1 KiB and one of exactly
 * 8 MiB are there at every scale, and the multiset of sizes does not depend on the seed, only their order does.
 */
import type { Random } from './random.ts';

/** The smallest blob of the sample, in bytes. */
export const smallestBlobBytes = 1024;
/** The largest blob of the sample, in bytes. */
export const largestBlobBytes = 8 * 1024 * 1024;

const extremes = [smallestBlobBytes, smallestBlobBytes, largestBlobBytes];
const tail = [0.5, 0.25, 0.125, 0.0625].map((share) => largestBlobBytes * share);
/** At most this share of the budget goes into the tail. */
const tailShare = 0.25;
const leastMeanBytes = 12_000;

/** Sizes in bytes of `count` blobs (at least the extremes) that together come close to `totalBytes`, in random order. */
export function planSizes(random: Random, count: number, totalBytes: number): number[] {
  const budget = Math.max(0, totalBytes - sum(extremes));
  const tails = Array.from({ length: Math.floor((budget * tailShare) / sum(tail)) }, () => tail).flat();
  const rest = Math.max(0, count - extremes.length - tails.length);
  const bulk = bulkSizes(rest, Math.max(budget - sum(tails), rest * leastMeanBytes));
  return random.shuffle([...extremes, ...tails, ...bulk]);
}

/** Log-uniform sizes from the smallest to the upper bound that makes their sum the budget. */
function bulkSizes(count: number, budget: number): number[] {
  let low = smallestBlobBytes;
  let high = largestBlobBytes;
  for (let round = 0; round < 40; round++) {
    const middle = (low + high) / 2;
    if (sum(logUniform(count, middle)) > budget) high = middle;
    else low = middle;
  }
  return logUniform(count, low);
}

function logUniform(count: number, largest: number): number[] {
  const span = Math.log(largest / smallestBlobBytes);
  return Array.from({ length: count }, (_, index) =>
    Math.round(smallestBlobBytes * Math.exp((span * (index + 0.5)) / count)),
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
