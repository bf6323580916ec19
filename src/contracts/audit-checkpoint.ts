/** Reads a signed checkpoint: its form, its scope, and its signature by a key that is given. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { canonicalJson } from '../policy/canonical-json.ts';
import { isSignedBy, parseCompactJws } from '../policy/jws.ts';
import { auditCheckpoint, checkpointHeader, type AuditCheckpoint } from './audit.ts';
import type { PublicKey } from './signing.ts';

export interface ReadCheckpoint {
  readonly checkpoint: AuditCheckpoint;
  readonly keyId: string;
  readonly signedAtSeconds: number;
}

/** Takes the line of a checkpoint apart; a text if it is none of this scope, saying why. Its signature is not verified. */
export function readCheckpoint(
  text: string,
  scope: { readonly system: string; readonly region: string },
): ReadCheckpoint | string {
  const jws = parseCompactJws(text);
  if (typeof jws === 'string') return jws;
  const header = checkpointHeader.safeParse(jws.header);
  if (!header.success || canonicalJson(jws.header) !== jws.headerText)
    return 'its header is not that of a checkpoint';
  const payload = auditCheckpoint.safeParse(jsonIn(jws.payload));
  if (!payload.success || canonicalJson(payload.data) !== jws.payload) return 'its content is no checkpoint';
  const { system, region } = payload.data;
  if (system !== scope.system || region !== scope.region)
    return `it is a checkpoint of ${system} in ${region}`;
  return { checkpoint: payload.data, keyId: header.data.kid, signedAtSeconds: header.data.iat };
}

/** A public key to verify by; undefined if it is a point that is not on the curve. */
export function keyObjectOf(jwk: PublicKey): KeyObject | undefined {
  try {
    return createPublicKey({ key: { ...jwk }, format: 'jwk' });
  } catch {
    return undefined;
  }
}

/** Whether the line of a checkpoint is signed by a key. */
export const isCheckpointBy = (text: string, key: KeyObject | undefined): boolean =>
  key !== undefined && isSignedBy(text, key);

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
