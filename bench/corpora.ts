/**
 * The blobs that are measured with: the same bytes on every machine, from a cipher's key stream, each named by its
 * SHA-256. A corpus is made once in a folder and found again by the next run; its names file, written last, vouches for
 * the rest.
 */
import { createCipheriv, hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { nameOf } from './layout.ts';

/** The time at which every blob was made: the servers' ETags are made of it. */
export const madeAt = new Date('2026-06-01T10:00:00Z');

const kibibyte = 1_024;
const mebibyte = 1_024 * kibibyte;

/** Blobs as files. */
export interface CorpusPlan {
  readonly name: string;
  readonly blobs: number;
  readonly smallestBytes: number;
  readonly largestBytes: number;
}

export interface Corpus {
  /** Lines of `sha256sum`, in the order of names. */
  readonly namesFile: string;
  /** Under which the names are paths. */
  readonly folder: string;
  readonly blobs: number;
  readonly bytes: number;
}

/** The two corpora of files, with a part of their blobs (0 to 1). */
export const fileCorpora = (scale: number): Readonly<Record<'small' | 'large', CorpusPlan>> => ({
  small: {
    name: 'small',
    blobs: Math.ceil(20_000 * scale),
    ...{ smallestBytes: 4 * kibibyte, largestBytes: 64 * kibibyte },
  },
  large: {
    name: 'large',
    blobs: Math.ceil(100 * scale),
    ...{ smallestBytes: 32 * mebibyte, largestBytes: 32 * mebibyte },
  },
});

/** The corpus in a folder below this one; made if it is not there. */
export async function makeCorpus(parent: string, plan: CorpusPlan): Promise<Corpus> {
  const home = join(parent, `${plan.name}-${plan.blobs}`);
  const folder = join(home, 'blobs');
  const namesFile = join(home, 'names.sha256');
  const totalFile = join(home, 'bytes');
  if (!existsSync(namesFile)) {
    await rm(home, { recursive: true, force: true });
    const { names, bytes } = await writeBlobs(folder, plan);
    await writeFile(totalFile, `${bytes}\n`);
    await writeFile(`${namesFile}.aside`, names.map((hex) => `${hex}  ${nameOf(hex)}\n`).join(''));
    await rename(`${namesFile}.aside`, namesFile);
  }
  return { namesFile, folder, blobs: plan.blobs, bytes: Number(await readFile(totalFile, 'utf8')) };
}

async function writeBlobs(folder: string, plan: CorpusPlan): Promise<{ names: string[]; bytes: number }> {
  const names: string[] = [];
  let bytes = 0;
  const zeros = Buffer.alloc(plan.largestBytes);
  for (let index = 0; index < plan.blobs; index += 1) {
    const content = contentOf(index, plan, zeros);
    const hex = hash('sha256', content);
    const path = join(folder, nameOf(hex));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    await utimes(path, madeAt, madeAt);
    names.push(hex);
    bytes += content.length;
  }
  return { names: names.toSorted(), bytes };
}

/** The content of a blob, by its index and by nothing else of its corpus than the sizes. */
function contentOf(index: number, { smallestBytes, largestBytes }: CorpusPlan, zeros: Buffer): Buffer {
  const seed = Buffer.alloc(16);
  seed.writeUInt32BE(index);
  seed.writeUInt32BE(largestBytes, 4);
  const drawn = Buffer.from(hash('sha256', seed), 'hex').readUInt32BE() / 2 ** 32;
  const size = smallestBytes + Math.floor(drawn * (largestBytes - smallestBytes + 1));
  return createCipheriv('aes-128-ctr', Buffer.alloc(16), seed).update(zeros.subarray(0, size));
}
