/**
 * Scrub records from several readings, made into one list in the order of digests. Invariant: every digest of a part is
 * in the result, once, as the last part that has it says.
 */
import { compareAt, recordBytes, ScrubRecords } from './scrub-records.ts';

/** Joins lists that are each in order. Where one begins behind the end of the one before it, nothing is compared. */
export function joinRecords(parts: readonly ScrubRecords[], digestBytes: number): ScrubRecords {
  const [only, ...more] = parts;
  if (only !== undefined && more.length === 0) return only;
  if (isInSequence(parts))
    return new ScrubRecords(Buffer.concat(parts.map((part) => part.bytes)), digestBytes);
  const half = parts.length >>> 1;
  const [earlier, later] = [parts.slice(0, half), parts.slice(half)];
  return joinTwo(joinRecords(earlier, digestBytes), joinRecords(later, digestBytes));
}

function isInSequence(parts: readonly ScrubRecords[]): boolean {
  const filled = parts.filter((part) => part.length > 0);
  return filled.every((part, index) => {
    const before = filled[index - 1];
    return (
      before === undefined ||
      compareAt(before.digestAt(before.length - 1), 0, part.bytes, 0, part.digestBytes) < 0
    );
  });
}

function joinTwo(earlier: ScrubRecords, later: ScrubRecords): ScrubRecords {
  const { digestBytes } = later;
  const room = recordBytes(digestBytes);
  const joined = new Uint8Array(earlier.bytes.length + later.bytes.length);
  let [a, b, used] = [0, 0, 0];
  while (a < earlier.bytes.length || b < later.bytes.length) {
    const order = orderAt(earlier.bytes, a, later.bytes, b, digestBytes);
    const [source, from] = order < 0 ? [earlier.bytes, a] : [later.bytes, b];
    joined.set(source.subarray(from, from + room), used);
    used += room;
    if (order <= 0) a += room;
    if (order >= 0) b += room;
  }
  return new ScrubRecords(joined.subarray(0, used), digestBytes);
}

function orderAt(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number, digestBytes: number): number {
  if (aAt >= a.length) return 1;
  return bAt >= b.length ? -1 : compareAt(a, aAt, b, bAt, digestBytes);
}

/** The records without those of missing blobs: what a scanner is to know. One that comes back is unknown to it. */
export function withoutMissing(records: ScrubRecords): ScrubRecords {
  const room = recordBytes(records.digestBytes);
  const runs: Uint8Array[] = [];
  let from = 0;
  for (let index = 0; index < records.length; index += 1) {
    if (records.stateAt(index) !== 'missing') continue;
    runs.push(records.bytes.subarray(from * room, index * room));
    from = index + 1;
  }
  if (from === 0) return records;
  runs.push(records.bytes.subarray(from * room));
  return new ScrubRecords(Buffer.concat(runs), records.digestBytes);
}
