/**
 * Arithmetic of write-ahead-log positions and segment files. A segment is named by its timeline and its number; the
 * position (LSN) of a record says which segment holds it.
 */

/** Size of a segment of the embedded clusters: small, so that few bytes are copied when a segment is closed early. */
export const walSegmentBytes = 1024 * 1024;

const segmentsPerFile = 0x1_0000_0000n / BigInt(walSegmentBytes);

/** A position in the write-ahead log (`16/B374D848`) as a number. */
export function parseLsn(text: string): bigint {
  const [high, low] = text.split('/');
  if (high === undefined || low === undefined) throw new Error(`Not a WAL position: ${text}`);
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}

/** A position as PostgreSQL writes it. */
export function formatLsn(lsn: bigint): string {
  return [lsn >> 32n, lsn & 0xffff_ffffn].map((part) => part.toString(16).toUpperCase()).join('/');
}

/** The number of the segment that holds a position. */
export function segmentNumber(lsn: bigint): bigint {
  return lsn / BigInt(walSegmentBytes);
}

/** The position at which a segment begins. */
export function segmentStart(number: bigint): bigint {
  return number * BigInt(walSegmentBytes);
}

/** The file name of a segment on a timeline. */
export function segmentName(timeline: number, number: bigint): string {
  return [BigInt(timeline), number / segmentsPerFile, number % segmentsPerFile]
    .map((part) => part.toString(16).toUpperCase().padStart(8, '0'))
    .join('');
}

/** The timeline and number in a segment's file name; undefined for other files (history, backup labels). */
export function parseSegmentName(name: string): { timeline: number; number: bigint } | undefined {
  const match = /^([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})$/.exec(name);
  if (match === null) return undefined;
  const [timeline, high, low] = match.slice(1).map((part) => BigInt(`0x${part}`)) as [bigint, bigint, bigint];
  return { timeline: Number(timeline), number: high * segmentsPerFile + low };
}
