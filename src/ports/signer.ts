/**
 * The signer of reports: a key whose private half nobody sees, in versions. What an implementation must guarantee:
 * - the private half never leaves where it is kept;
 * - `sign` answers with a signature of exactly these bytes by exactly that version (ECDSA over P-384 and SHA-384,
 *   R‖S, 96 bytes), or throws; two signatures of the same bytes may differ;
 * - the public half of a version and its id never change.
 * Every method throws a `Failure` (`unavailable`, `access-denied`, `refused`, `operation-failed`).
 */
import type { SigningKey } from '../contracts/signing.ts';

/** A version of the key, as the key vault tells of it now. */
export interface SigningKeyState {
  /** Its address, as in `SigningKey.source`. */
  readonly source: string;
  readonly enabled: boolean;
}

export interface Signer {
  /** The address of the key, without a version. */
  readonly key: string;
  /** The version to sign with now: the newest one that is enabled and valid. */
  currentKey(): Promise<SigningKey>;
  /** Signs by that version. */
  sign(key: SigningKey, bytes: Uint8Array): Promise<Buffer>;
  /** Every version that there is, none left out. */
  versions(): Promise<readonly SigningKeyState[]>;
}
