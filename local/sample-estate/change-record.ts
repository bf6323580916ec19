/**
 * The signed change records of Cloud Storage: each create, update or delete of an object is a compact JWS (ES384)
 * whose header carries the signer's certificate chain (`x5c`: device, intermediate) and whose payload names the
 * SHA-256 of the previous record's text. Invariant: sequences start at 1 and have no gap.
 */
import { createHash, createPrivateKey, sign, type KeyObject } from 'node:crypto';
import type { ChangePayload } from '../../src/policy/change-records.ts';

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
