/**
 * Files of public keys: a key document, a bare public key (JWK), or several of either in an array or a key set (RFC 7517).
 * What such a file says of a key's validity is believed; its id is not, it is computed.
 */
import { z } from 'zod';
import { keyWithdrawal, publicKey, signingKeyFile } from '../contracts/signing.ts';
import { Failure } from '../policy/failure.ts';
import { thumbprintOf } from '../policy/signing-keys.ts';
import type { TrustedKey } from '../verification/signature.ts';

/** The keys that a person trusts; throws `bad-input` naming the file. */
export function givenKeys(text: string, file: string): TrustedKey[] {
  const value = jsonIn(text);
  const several = Array.isArray(value) ? value : (value as { keys?: unknown } | undefined)?.keys;
  const keys = (Array.isArray(several) ? several : [value]).map((one: unknown) => keyOf(one, file));
  return keys.map((key) => {
    if (typeof key !== 'string') return key;
    throw new Failure(
      'bad-input',
      `${file} ${key}.`,
      'Give the answer of "lifeboat report --format key", or the public key (JWK) from the key vault; several as an array.',
    );
  });
}

/** The key in a file that holds one, or what is wrong with it. */
export const keyIn = (text: string, file: string): TrustedKey | string => keyOf(jsonIn(text), file);

/** A key with what a document beside it says of its end; what is wrong with that document instead. */
export function withdrawnBy(key: TrustedKey, text: string): TrustedKey | string {
  const read = keyWithdrawal.safeParse(jsonIn(text));
  if (!read.success) return 'says that the key was withdrawn, and cannot be read';
  const { at, because } = read.data;
  return key.about === undefined ? key : { ...key, about: { ...key.about, withdrawn: { at, because } } };
}

function keyOf(value: unknown, file: string): TrustedKey | string {
  if (value === undefined) return 'is no JSON';
  const document = signingKeyFile.safeParse(value);
  if (document.success) {
    const { keyId, jwk } = document.data;
    return keyId === thumbprintOf(jwk)
      ? { jwk, file, about: document.data }
      : `names another key (${keyId}) than it holds (${thumbprintOf(jwk)})`;
  }
  // A JWK may say more than the public half.
  const bare = z.object(publicKey.shape).safeParse(value);
  return bare.success ? { jwk: bare.data, file, about: undefined } : 'holds no public key of the curve P-384';
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
