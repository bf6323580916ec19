/**
 * The vault: one container of plain documents. What an implementation must guarantee:
 * - a write is whole or not at all, and durable when the call returns;
 * - `create` succeeds for exactly one of several concurrent callers;
 * - `replace` succeeds only if nobody wrote since the version that was read;
 * - a read after a write returns that write (strong consistency, as Azure Blob Storage gives);
 * - `list` follows every continuation token, empty pages too, or throws: it never returns a part as the whole.
 * Every method throws a `Failure` (`unavailable`, `access-denied`, `cannot-record`) where it cannot keep that.
 */
import type { DateTime } from 'luxon';
import type { Readable } from 'node:stream';

/** A document's bytes and the version (ETag) that they are. */
export interface VaultDocument {
  readonly bytes: Buffer;
  readonly version: string;
}

export interface Vault {
  /** The document; undefined only if it certainly does not exist. */
  read(path: string): Promise<VaultDocument | undefined>;
  /** Writes a new document; `false` if one stands there already, which is left as it is. */
  create(path: string, bytes: Buffer, mediaType: string): Promise<boolean>;
  /** Replaces the version that was read; `false` if it is no longer the current one. */
  replace(path: string, version: string, bytes: Buffer): Promise<boolean>;
  /** The names under a prefix, in order. */
  list(prefix: string): AsyncIterable<string>;
}

/** Documents that are too large to hold: written and read as streams. */
export interface VaultStreams {
  /** Writes a new document from a stream; `false` if one stands there already. */
  createFrom(path: string, content: Readable, mediaType: string): Promise<boolean>;
  /** The document's bytes, from one of them on if it is named; throws `not-found` if there is none. */
  open(path: string, from?: number): Promise<Readable>;
}

/** A document as a listing tells of it: its path, its version, and when it was written last, by the store's clock. */
export interface StoredDocument {
  readonly path: string;
  readonly version: string;
  readonly writtenAt: DateTime;
}

/** What only the retention of the vault's own documents, and their guarded remover, may hold. */
export interface VaultDeleter {
  /** What lies under a prefix, in the order of the paths: all of it, or it throws. */
  listStored(prefix: string): AsyncIterable<StoredDocument>;
  /** Deletes a document as it was read; `false` if it is another one by now. There may be none any more. */
  deleteVersion(path: string, version: string): Promise<boolean>;
  /** Deletes a document; once it returns there is none, whether there was one before or not. */
  delete(path: string): Promise<void>;
}

/** Append-only logs in numbered segments. */
export interface VaultLogs {
  /**
   * Appends lines at the end of the newest segment of a log, all of them or none, in this order. A new segment begins
   * with each UTC day and before the store's limit of blocks. Throws `cannot-record` if it cannot: what was to be
   * recorded must then not be done.
   */
  append(segments: string, lines: readonly string[]): Promise<void>;
}
