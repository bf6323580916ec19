/**
 * The keys of the stand-in, in one private file that is replaced as a whole: a kill leaves what was there before or
 * after. A key has versions; the newest one is the last.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const keyVersion = z.object({
  version: z.string(),
  created: z.int(),
  enabled: z.boolean(),
  nbf: z.int().optional(),
  exp: z.int().optional(),
  privateKey: z.string(),
});
export type KeyVersion = z.infer<typeof keyVersion>;
const state = z.record(z.string(), z.array(keyVersion).min(1));

/** What may be set on a version. */
export type Attributes = Partial<Pick<KeyVersion, 'enabled' | 'nbf' | 'exp'>>;

export class KeyStore {
  readonly #file: string;
  #keys: z.infer<typeof state>;

  /** Reads the keys, and makes those that are missing. */
  constructor(folder: string, names: readonly string[]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#file = path.join(folder, 'keys.json');
    this.#keys = readState(this.#file);
    for (const name of names) if (this.#keys[name] === undefined) this.rotate(name);
  }

  /** The versions of a key, the oldest first; undefined if there is no such key. */
  versions(name: string): readonly KeyVersion[] | undefined {
    return this.#keys[name];
  }

  /** Makes a new version, which is the current one from now on; returns its name. */
  rotate(name: string): string {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const made: KeyVersion = {
      version: randomBytes(16).toString('hex'),
      created: Math.floor(Date.now() / 1000),
      enabled: true,
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
    this.#save({ ...this.#keys, [name]: [...(this.#keys[name] ?? []), made] });
    return made.version;
  }

  /** Sets attributes of a version; `false` if there is none of that name. */
  change(name: string, version: string, attributes: Attributes): boolean {
    const all = this.#keys[name] ?? [];
    if (!all.some((one) => one.version === version)) return false;
    const changed = all.map((one) => (one.version === version ? { ...one, ...attributes } : one));
    this.#save({ ...this.#keys, [name]: changed });
    return true;
  }

  #save(keys: z.infer<typeof state>): void {
    writeFileSync(`${this.#file}.new`, JSON.stringify(keys), { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
    this.#keys = keys;
  }
}

/** The public half of a version, as Key Vault writes it. */
export function publicHalf({ privateKey }: KeyVersion): Record<string, unknown> {
  const { kty, crv, x, y } = createPublicKey(createPrivateKey(privateKey)).export({ format: 'jwk' });
  return { kty, crv, x, y };
}

function readState(file: string): z.infer<typeof state> {
  try {
    return state.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Error(`The keys in ${file} are not readable. Restore the file, or start over.`, {
      cause: error,
    });
  }
}
