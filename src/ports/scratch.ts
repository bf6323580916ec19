/**
 * Containers of Lifeboat's own, in the account of the vault: drills write blobs into them, and they are removed as a
 * whole. What an implementation must guarantee:
 * - no container but one whose name begins with `scratch-` is made, written, read, listed or removed;
 * - a write happens only if the blob is still as the caller says, decided by the store; a stream that fails is not
 *   committed;
 * - a listing is complete or throws, and absence is reported on the store's own word alone.
 */
import type { DateTime } from 'luxon';
import type { Readable } from 'node:stream';
import type { Expected } from './blob-copies.ts';
import type { BlobContent } from './content-store.ts';

/** What says whose a container is. */
export interface ScratchMarks {
  readonly system: string;
  readonly region: string;
  readonly drill: string;
  /** From when on it has leaked, whatever became of its drill; ISO 8601. */
  readonly expires: string;
}

export interface ScratchFacts {
  readonly container: string;
  /** Left out where it bears no marks of Lifeboat. */
  readonly marks: ScratchMarks | undefined;
  readonly changedAt: DateTime | undefined;
}

export interface ScratchStore {
  /** Makes a container; one that the same drill made already is found again. Throws `conflict` if it is another's. */
  create(container: string, marks: ScratchMarks): Promise<void>;
  /** Writes a blob if it is as expected; its version, or undefined if it is not and nothing was written. */
  put(container: string, name: string, expected: Expected, content: Readable): Promise<string | undefined>;
  open(container: string, name: string): Promise<BlobContent | undefined>;
  list(): Promise<readonly ScratchFacts[]>;
}

/** What only the guarded deleter may hold. */
export interface ScratchDeleter {
  /** Removes a container with all that is in it; `false` if there is none. */
  remove(container: string): Promise<boolean>;
}
