/**
 * Which version of a key signs, and what a key's id is. A version that is disabled, not valid yet or no longer valid
 * never signs; the id is made of the public half alone, so that a name cannot be given to another key.
 */
import { createHash } from 'node:crypto';
import { DateTime } from 'luxon';
import { canonicalJson } from './canonical-json.ts';

/** What a key vault tells of a version, its instants in seconds since 1970. */
export interface KeyVersion {
  readonly version: string;
  readonly enabled: boolean;
  readonly createdSeconds: number;
  readonly notBeforeSeconds: number | undefined;
  readonly expiresSeconds: number | undefined;
}

/** The newest version that may sign at `now`; undefined if none may. */
export function chooseVersion(versions: readonly KeyVersion[], now: DateTime): KeyVersion | undefined {
  const at = now.toSeconds();
  return versions
    .filter(
      (one) => one.enabled && (one.notBeforeSeconds ?? 0) <= at && at < (one.expiresSeconds ?? Infinity),
    )
    .toSorted((a, b) => b.createdSeconds - a.createdSeconds)[0];
}

/** The RFC 7638 thumbprint (SHA-256) of a public key on an elliptic curve. */
export function thumbprintOf({
  kty,
  crv,
  x,
  y,
}: Readonly<Record<'kty' | 'crv' | 'x' | 'y', string>>): string {
  return createHash('sha256').update(canonicalJson({ kty, crv, x, y })).digest('base64url');
}
