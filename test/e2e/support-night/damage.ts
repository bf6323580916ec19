/** Ways to damage what a system consists of. Each returns what puts it right again. */
import { open, readdir, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ServerFiles } from '../support/control.ts';
import type { Night } from './night.ts';

export interface Damaged {
  /** The name by which the product must name it. */
  readonly name: string;
  readonly putRight: () => Promise<void>;
}

/** Deletes a blob that rows of the database refer to. */
export async function deleteBlob(night: Night): Promise<Damaged> {
  const { name, content } = await someBlob(night);
  const blob = containerOf(night).getBlockBlobClient(name);
  await blob.delete({ deleteSnapshots: 'include' });
  return { name, putRight: async () => void (await blob.uploadData(content)) };
}

/** Flips one bit of a blob that rows of the database refer to. */
export async function flipBlob(night: Night): Promise<Damaged> {
  const { name, content } = await someBlob(night);
  const blob = containerOf(night).getBlockBlobClient(name);
  const flipped = Buffer.from(content);
  flipped[flipped.length >> 1]! ^= 1;
  await blob.uploadData(flipped);
  return { name, putRight: async () => void (await blob.uploadData(content)) };
}

/** Takes away the first WAL segment that a restore of the newest backup must read. */
export async function hideWalSegment(night: Night): Promise<Damaged> {
  const { archiveDir, backups } = await night.files();
  const name = firstSegment(newest(backups));
  const file = path.join(archiveDir, name);
  await rename(file, `${file}.aside`);
  return { name, putRight: () => rename(`${file}.aside`, file) };
}

/** Flips one bit in the largest table file of the newest backup. */
export async function flipBaseBackup(night: Night): Promise<Damaged> {
  const dataDir = path.join(newest((await night.files()).backups).dir, 'data');
  const names = await readdir(path.join(dataDir, 'base'), { recursive: true });
  const sized = await Promise.all(
    names.map(async (name) => ({ name, size: (await stat(path.join(dataDir, 'base', name))).size })),
  );
  const name = path.join('base', sized.toSorted((a, b) => b.size - a.size)[0]!.name);
  await flipBit(path.join(dataDir, name));
  return { name, putRight: () => flipBit(path.join(dataDir, name)) };
}

type Backup = ServerFiles['backups'][number];

function newest(backups: readonly Backup[]): Backup {
  return backups.toSorted((a, b) => Date.parse(a.restorableFrom) - Date.parse(b.restorableFrom)).at(-1)!;
}

/** WAL segments are of 1 MiB: 4,096 to each of the names' middle numbers. */
function firstSegment({ walTimeline, walStart }: Backup): string {
  const number = BigInt(walStart);
  const parts = [BigInt(walTimeline), number / 4096n, number % 4096n];
  return parts.map((part) => part.toString(16).toUpperCase().padStart(8, '0')).join('');
}

async function flipBit(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const middle = (await handle.stat()).size >> 1;
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, middle);
    await handle.write(Buffer.of(buffer[0]! ^ 1), 0, 1, middle);
  } finally {
    await handle.close();
  }
}

const containerOf = ({ outsider, place }: Night) => outsider.container(place.account, place.container);

/** A blob that the newest recovery point's inventory names, so that rows refer to it. */
async function someBlob(night: Night): Promise<{ name: string; content: Buffer }> {
  const inventories = await night.outsider.vaultTexts(night.place.system, 'inventories');
  const [, text] = [...inventories].findLast(([name]) => name.endsWith('.txt')) ?? [];
  const digest = /\b[0-9a-f]{64}\b/.exec(text ?? '')?.[0];
  if (digest === undefined) throw new Error(`no inventory names a blob: ${text?.slice(0, 300)}`);
  for await (const { name } of containerOf(night).listBlobsFlat())
    if (name.endsWith(digest))
      return { name, content: await containerOf(night).getBlobClient(name).downloadToBuffer() };
  throw new Error(`no blob has the digest ${digest}`);
}
