/**
 * Content addressing of the sample: a blob's address is the SHA-256 of the bytes as stored, and its name follows the
 * system's layout. Invariant: equal bytes have equal names, so that putting a blob twice changes nothing.
 */
import { createHash } from 'node:crypto';

/** Bytes ready to be stored, with what a row says about them. */
export interface GeneratedBlob {
  readonly bytes: Buffer;
  readonly mediaType: string;
  /** File name extension without the dot. */
  readonly extension: string;
}

/** A blob that is in the store: what rows may refer to. */
export interface StoredBlob {
  readonly digest: Buffer;
  readonly hex: string;
  readonly size: number;
  readonly mediaType: string;
  readonly extension: string;
}

/** Describes the bytes by their address. */
export function addressOf(blob: GeneratedBlob): StoredBlob {
  const digest = createHash('sha256').update(blob.bytes).digest();
  return {
    digest,
    hex: digest.toString('hex'),
    size: blob.bytes.length,
    mediaType: blob.mediaType,
    extension: blob.extension,
  };
}
