/** The key that signs the tokens of people and programs: RSA, as Entra ID has it; made once, kept in a private file. */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { calculateJwkThumbprint, exportJWK, type CryptoKey, type JWK, type KeyObject } from 'jose';

export interface LoginKey {
  readonly privateKey: CryptoKey | KeyObject;
  /** The public half, as it is published. */
  readonly jwk: JWK & { readonly kid: string };
}

/** Reads the key from `folder`, or makes it. */
export async function ensureLoginKey(folder: string): Promise<LoginKey> {
  const file = path.join(folder, 'signing.key');
  if (!existsSync(file)) makeKey(file);
  const privateKey = createPrivateKey(readFileSync(file));
  const jwk = await exportJWK(createPublicKey(privateKey));
  const kid = await calculateJwkThumbprint(jwk);
  return { privateKey, jwk: { ...jwk, kid, use: 'sig', alg: 'RS256' } };
}

function makeKey(file: string): void {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
