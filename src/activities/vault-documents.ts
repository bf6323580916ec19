/** JSON documents in the vault, checked on the way in and out. Made once, or changed under the version that was read. */
import type { z } from 'zod';
import { Failure } from '../policy/failure.ts';
import { canonicalJson } from '../policy/canonical-json.ts';
import type { Vault } from '../ports/vault.ts';

const replaceAttempts = 10;

/** Reads a document; undefined if there is none, `bad-document` naming path and problem if it is not what it says. */
export async function readDocument<T>(
  vault: Vault,
  path: string,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  const found = await vault.read(path);
  return found === undefined ? undefined : parseDocument(found.bytes, path, schema);
}

/** Reads a document that must be there. */
export async function needDocument<T>(vault: Vault, path: string, schema: z.ZodType<T>): Promise<T> {
  const found = await readDocument(vault, path, schema);
  if (found !== undefined) return found;
  throw new Failure(
    'not-found',
    `the vault has no document ${path}`,
    'It was never written, or was removed outside Lifeboat.',
  );
}

/** Writes a new document; `false` if one stands there already. */
export function createDocument<T>(
  vault: Vault,
  path: string,
  schema: z.ZodType<T>,
  document: NoInfer<T>,
): Promise<boolean> {
  return vault.create(path, bytesOf(schema.parse(document)), 'application/json');
}

/** Writes a new document, or reads the one that came first: what every caller then goes on with. */
export async function createOrRead<T>(
  vault: Vault,
  path: string,
  schema: z.ZodType<T>,
  document: NoInfer<T>,
): Promise<T> {
  return (await createDocument(vault, path, schema, document)) ? document : needDocument(vault, path, schema);
}

/** Changes a document under the version that was read, again if somebody else was faster; undefined if there is none. */
export async function changeDocument<T>(
  vault: Vault,
  path: string,
  schema: z.ZodType<T>,
  change: (document: T) => T,
): Promise<T | undefined> {
  for (let attempt = 0; attempt < replaceAttempts; attempt += 1) {
    const found = await vault.read(path);
    if (found === undefined) return undefined;
    const changed = schema.parse(change(parseDocument(found.bytes, path, schema)));
    if (await vault.replace(path, found.version, bytesOf(changed))) return changed;
  }
  throw new Failure(
    'cannot-record',
    `${path} is changed by others without pause`,
    'It is tried again by itself.',
  );
}

/** A document's bytes: canonical JSON, so that the same facts are the same bytes, with a newline at the end. */
export function bytesOf(document: unknown): Buffer {
  return Buffer.from(`${canonicalJson(document)}\n`, 'utf8');
}

function parseDocument<T>(bytes: Buffer, path: string, schema: z.ZodType<T>): T {
  let document: unknown;
  try {
    document = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new Failure(
      'bad-document',
      `${path} in the vault is no JSON`,
      'It was changed outside Lifeboat. Restore it from an earlier version of the blob; nothing was changed now.',
    );
  }
  const result = schema.safeParse(document);
  if (result.success) return result.data;
  const [first] = result.error.issues;
  throw new Failure(
    'bad-document',
    `${path} in the vault: ${first?.path.join('.') || '(document)'}: ${first?.message ?? 'is not of its schema'}`,
    'It was written by another version or changed outside Lifeboat; nothing was changed now.',
  );
}
