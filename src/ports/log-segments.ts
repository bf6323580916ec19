/**
 * The segments of logs, each written at its end alone. What an implementation must guarantee:
 * - an append is whole or not at all, durable when the call returns, and happens only at the position that it names: of
 *   several writers who name the same one, exactly one succeeds;
 * - a read after an append returns it; a listing is complete, or throws;
 * - nothing that stands there is ever written over.
 * Every method throws a `Failure` (`unavailable`, `access-denied`, `not-found`) where it cannot keep that.
 */
import type { Readable } from 'node:stream';

export interface ListedSegment {
  readonly path: string;
  readonly bytes: number;
}

/** Where a segment ends. */
export interface SegmentEnd {
  readonly bytes: number;
  /** How often it was appended to: a store takes no more than so many. */
  readonly appends: number;
  /** What stands behind its last line feed but one; undefined if it is empty. */
  readonly lastLine: Buffer | undefined;
}

export interface LogSegments {
  /** The segments under a prefix, in the order of their paths. */
  listSegments(prefix: string): AsyncIterable<ListedSegment>;
  /** Where a segment ends; undefined only if there certainly is none. */
  endOf(path: string): Promise<SegmentEnd | undefined>;
  /**
   * A segment's bytes, from one of them on if it is named; throws `not-found` if there is none. A store refuses a byte that
   * is not there, the one behind the end among them: whoever has read to the end asks for no more.
   */
  open(path: string, from?: number): Promise<Readable>;
  /** Makes an empty segment; one that stands there is left as it is. */
  begin(path: string): Promise<void>;
  /** Appends behind so many bytes; `false` if the segment does not end there. */
  appendAt(path: string, position: number, bytes: Buffer): Promise<boolean>;
}
