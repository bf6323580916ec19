/**
 * What is known of many blobs, added up: counts, bytes, scrub debt (the age of the oldest unverified byte) and coverage
 * (the share that was verified within the last cycle). A blob that was never verified is as old as itself; one that is
 * missing has no bytes to verify and is counted by itself.
 */
import type { ScrubRecords } from './scrub-records.ts';

/** What scrub records come to. Blobs that are missing are counted as such and nowhere else. */
export interface ScrubTotals {
  readonly blobs: number;
  readonly bytes: number;
  /** Those verified since the time that was asked for, right or wrong. */
  readonly verifiedBlobs: number;
  readonly verifiedBytes: number;
  readonly bad: number;
  readonly unread: number;
  readonly missing: number;
  /** When the oldest was last verified, or made if never; seconds since 1970, undefined if there is none. */
  readonly oldest: number | undefined;
}

/** Adds up records; `since` (seconds since 1970) is where the last cycle began. */
export function totalsOf(records: ScrubRecords, since: number): ScrubTotals {
  let [blobs, bytes, verifiedBlobs, verifiedBytes, oldest] = [0, 0, 0, 0, Number.POSITIVE_INFINITY];
  const states = { unread: 0, ok: 0, bad: 0, missing: 0 };
  for (let index = 0; index < records.length; index += 1) {
    const state = records.stateAt(index);
    states[state] += 1;
    if (state === 'missing') continue;
    const [size, verifiedAt] = [records.sizeAt(index), records.verifiedAt(index)];
    blobs += 1;
    bytes += size;
    oldest = Math.min(oldest, verifiedAt === 0 ? records.createdAt(index) : verifiedAt);
    if (verifiedAt === 0 || verifiedAt < since) continue;
    verifiedBlobs += 1;
    verifiedBytes += size;
  }
  const { bad, unread, missing } = states;
  return {
    blobs,
    bytes,
    verifiedBlobs,
    verifiedBytes,
    bad,
    unread,
    missing,
    oldest: blobs > 0 ? oldest : undefined,
  };
}

/** The sum of two totals. */
export function addTotals(a: ScrubTotals, b: ScrubTotals): ScrubTotals {
  const oldest =
    a.oldest === undefined || b.oldest === undefined ? (a.oldest ?? b.oldest) : Math.min(a.oldest, b.oldest);
  return {
    blobs: a.blobs + b.blobs,
    bytes: a.bytes + b.bytes,
    verifiedBlobs: a.verifiedBlobs + b.verifiedBlobs,
    verifiedBytes: a.verifiedBytes + b.verifiedBytes,
    bad: a.bad + b.bad,
    unread: a.unread + b.unread,
    missing: a.missing + b.missing,
    oldest,
  };
}

/** The scrub debt in seconds: the age of the oldest unverified byte; 0 where there is nothing to verify. */
export function debtSeconds(totals: ScrubTotals, now: number): number {
  return totals.oldest === undefined ? 0 : Math.max(0, now - totals.oldest);
}

/** The share of blobs and of bytes that was verified within the last cycle, 0 to 1; 1 where there is nothing to verify. */
export function coverageOf(totals: ScrubTotals): { readonly blobs: number; readonly bytes: number } {
  const share = (part: number, whole: number): number => (whole === 0 ? 1 : part / whole);
  return {
    blobs: share(totals.verifiedBlobs, totals.blobs),
    bytes: share(totals.verifiedBytes, totals.bytes),
  };
}
