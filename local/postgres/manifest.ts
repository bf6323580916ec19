/**
 * The manifest of a base backup: which files it holds, with size and SHA-256, and from which WAL position it can be
 * used. A copy that is made along the manifest is a verified copy: what is missing or altered stops it.
 */
import { createHash } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import pMap from 'p-map';
import { giveTo, listFolders, type Account } from './account.ts';

/** One file of a base backup. */
export interface ManifestFile {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/** A base backup does not match its manifest. */
export class DamagedBackup extends Error {
  override readonly name = 'DamagedBackup';
}

interface ManifestDocument {
  readonly Files: readonly {
    readonly Path?: string;
    readonly 'Encoded-Path'?: string;
    readonly Size: number;
    readonly Checksum: string;
  }[];
  readonly 'Manifest-Checksum': string;
}

const copyBufferBytes = 1024 * 1024;
const concurrentCopies = 4;

/** Reads a manifest after checking the checksum that it carries over itself. */
export function parseManifest(manifest: string): readonly ManifestFile[] {
  const own = manifest.slice(0, manifest.lastIndexOf('"Manifest-Checksum"'));
  const document = parseDocument(manifest);
  if (createHash('sha256').update(own).digest('hex') !== document['Manifest-Checksum']) {
    throw new DamagedBackup('the manifest does not match its own checksum');
  }
  return document.Files.map((file) => ({
    path: file.Path ?? Buffer.from(file['Encoded-Path'] ?? '', 'hex').toString(),
    size: file.Size,
    sha256: file.Checksum,
  }));
}

function parseDocument(manifest: string): ManifestDocument {
  try {
    return JSON.parse(manifest) as ManifestDocument;
  } catch (error) {
    throw new DamagedBackup('the manifest is not readable', { cause: error });
  }
}

/** Copies a base backup for `account`, comparing every file with the manifest on the way; returns the bytes copied. */
export async function copyVerified(
  files: readonly ManifestFile[],
  from: string,
  to: string,
  account: Account | undefined,
): Promise<number> {
  await makeFolders(from, to, account);
  await pMap(files, (file) => copyFileVerified(file, from, to, account), { concurrency: concurrentCopies });
  return files.reduce((sum, file) => sum + file.size, 0);
}

async function makeFolders(from: string, to: string, account: Account | undefined): Promise<void> {
  for (const folder of ['', ...(await listFolders(from))]) {
    const target = path.join(to, folder);
    await mkdir(target, { recursive: true, mode: 0o700 });
    await giveTo(account, target);
  }
}

async function copyFileVerified(
  file: ManifestFile,
  from: string,
  to: string,
  account: Account | undefined,
): Promise<void> {
  const source = await open(path.join(from, file.path), 'r').catch((error: NodeJS.ErrnoException) => {
    throw new DamagedBackup(`the file ${file.path} cannot be read (${error.code})`, { cause: error });
  });
  await using _source = source;
  await using target = await open(path.join(to, file.path), 'w', 0o600);
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(Math.min(copyBufferBytes, file.size + 1));
  let copied = 0;
  for (;;) {
    const { bytesRead } = await source.read(buffer, 0, buffer.length, copied);
    if (bytesRead === 0) break;
    const piece = buffer.subarray(0, bytesRead);
    hash.update(piece);
    await target.write(piece);
    copied += bytesRead;
  }
  if (account !== undefined) await target.chown(account.uid, account.gid);
  if (copied !== file.size)
    throw new DamagedBackup(`the file ${file.path} has ${copied} bytes instead of ${file.size}`);
  if (hash.digest('hex') !== file.sha256) throw new DamagedBackup(`the file ${file.path} has other content`);
}
