/**
 * The signed change records of Cloud Storage: each create, update or delete of an object is a compact JWS (ES384)
 * whose header carries the signer's certificate chain (`x5c`: device, intermediate) and whose payload names the
 * SHA-256 of the previous record's text. Invariant: sequences start at 1 and have no gap.
 */
import { createHash, createPrivateKey, sign, type KeyObject } from 'node:crypto';

/** What happens to an object. A delete takes back every address that the object's earlier records brought in. */
export type ChangeOperation = 'create' | 'update' | 'delete';

/** What is signed. Digests are lower-case hexadecimal SHA-256; address is null and size 0 for a delete. */
export interface ChangePayload {
  readonly sequence: number;
  readonly object: string;
  readonly operation: ChangeOperation;
  readonly address: string | null;
  readonly size: number;
  /** ISO-8601 UTC. */
  readonly at: string;
  /** Hash of the previous record's text; null in the first record. */
  readonly previous: string | null;
}

/** Signs change records in the name of one device. */
export interface ChangeSigner {
  sign(payload: ChangePayload): string;
}

/** The `typ` of every change record's header. */
export const changeRecordType = 'change-record+jws';

/** Makes a device's signer from its private key (PKCS #8 PEM) and its chain (certificates in base64 DER, device first). */
export function createChangeSigner(privateKeyPem: string, chain: readonly string[]): ChangeSigner {
  const key: KeyObject = createPrivateKey(privateKeyPem);
  const header = encode({ alg: 'ES384', typ: changeRecordType, x5c: chain });
  return {
    sign: (payload) => {
      const input = `${header}.${encode(payload)}`;
      const signature = sign('sha384', Buffer.from(input, 'ascii'), { key, dsaEncoding: 'ieee-p1363' });
      return `${input}.${signature.toString('base64url')}`;
    },
  };
}

/** The hash by which the next record refers to this one. */
export function hashChangeRecord(jws: string): Buffer {
  return createHash('sha256').update(jws, 'ascii').digest();
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
}
