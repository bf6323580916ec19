/** The key that signs the embedded stack's tokens: made once, kept in a private file, ES256. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** A signing key with its public half. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** Reads the signing key from `file`, or makes it. */
export async function ensureSigningKey(file: string): Promise<SigningKey> {
  const privateKey = (await readKey(file)) ?? (await makeKey(file));
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

async function readKey(file: string): Promise<KeyObject | undefined> {
  try {
    return createPrivateKey(await readFile(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`The token signing key ${file} is not readable. Remove it, then start again.`, {
      cause: error,
    });
  }
}

async function makeKey(file: string): Promise<KeyObject> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(`${file}.new`, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  await rename(`${file}.new`, file);
  return privateKey;
}
