/**
 * The blob inventory of a recovery point: which addresses of a store the rows of a database referred to, as text that
 * any tool can read. First line: what it is, as JSON. Then one address a line in hex, sorted; `<` before an address
 * that only the earlier of two snapshots had, `>` before one that only the later had. Last line: count and digest over
 * the address lines, so that a cut or changed inventory is recognised.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { digestBytesOf, type HashAlgorithm } from '../policy/address-encoding.ts';
import { addressFromDigest, hexOf, type ContentAddress } from '../policy/content-address.ts';
import { Failure } from '../policy/failure.ts';
import type { VaultStreams } from '../ports/vault.ts';
import { helds, InventoryReader, type Held, type InventoryRun } from './inventory-reader.ts';

export interface InventoryEntry {
  readonly address: ContentAddress;
  readonly held: Held;
}

/** How many addresses, and the digest over their lines. */
export interface InventorySum {
  readonly addresses: number;
  readonly digest: string;
}

const marks: Record<Held, string> = { both: '', before: '<', after: '>' };
const chunkCharacters = 64 * 1024;

/** Merges two sorted streams of addresses into one inventory. */
export async function* mergeSnapshots(
  before: AsyncIterable<ContentAddress>,
  after: AsyncIterable<ContentAddress>,
): AsyncGenerator<InventoryEntry> {
  const [left, right] = [before[Symbol.asyncIterator](), after[Symbol.asyncIterator]()];
  let [a, b] = [await left.next(), await right.next()];
  while (!a.done || !b.done) {
    if (!a.done && (b.done || a.value < b.value)) {
      yield { address: a.value, held: 'before' };
      a = await left.next();
    } else if (!b.done && (a.done || b.value < a.value)) {
      yield { address: b.value, held: 'after' };
      b = await right.next();
    } else {
      yield { address: a.value as ContentAddress, held: 'both' };
      [a, b] = [await left.next(), await right.next()];
    }
  }
}

/** Writes an inventory as a stream, in constant memory. The path must be new: an inventory is never overwritten. */
export async function writeInventory(
  vault: VaultStreams,
  path: string,
  about: Record<string, unknown>,
  entries: AsyncIterable<InventoryEntry>,
): Promise<InventorySum> {
  const digest = createHash('sha256');
  let addresses = 0;
  async function* text(): AsyncGenerator<Buffer> {
    yield Buffer.from(`${JSON.stringify({ schema: 'lifeboat/inventory/v1', ...about })}\n`);
    let chunk = '';
    for await (const { address, held } of entries) {
      addresses += 1;
      chunk += `${marks[held]}${hexOf(address)}\n`;
      if (chunk.length < chunkCharacters) continue;
      digest.update(chunk);
      yield Buffer.from(chunk);
      chunk = '';
    }
    digest.update(chunk);
    yield Buffer.from(
      `${chunk}${JSON.stringify({ addresses, digest: `sha256-${digest.copy().digest('hex')}` })}\n`,
    );
  }
  const written = await vault.createFrom(
    path,
    Readable.from(text(), { objectMode: false }),
    'text/plain; charset=utf-8',
  );
  if (!written)
    throw new Failure(
      'conflict',
      `${path} exists already`,
      'Inventories are never overwritten; the snapshot is taken again under a new name.',
    );
  return { addresses, digest: `sha256-${digest.digest('hex')}` };
}

/** Reads an inventory back in runs; throws `bad-document` at the end if it is not what was recorded. */
export async function* readRuns(
  vault: VaultStreams,
  path: string,
  algorithm: HashAlgorithm,
  expected: InventorySum,
): AsyncGenerator<InventoryRun> {
  const reader = new InventoryReader(digestBytesOf(algorithm), (how) => damaged(path, how));
  for await (const piece of await vault.open(path)) {
    const run = reader.push(piece as Buffer);
    if (run.length > 0) yield run;
  }
  reader.end(expected);
}

/** Reads an inventory back address by address, likewise. */
export async function* readInventory(
  vault: VaultStreams,
  path: string,
  algorithm: HashAlgorithm,
  expected: InventorySum,
): AsyncGenerator<InventoryEntry> {
  const digestBytes = digestBytesOf(algorithm);
  for await (const { digests, held, length } of readRuns(vault, path, algorithm, expected))
    for (let index = 0; index < length; index += 1) {
      const digest = digests.subarray(index * digestBytes, (index + 1) * digestBytes);
      yield { address: addressFromDigest(algorithm, digest), held: helds[held[index] ?? 0] ?? 'both' };
    }
}

function damaged(path: string, how: string): Failure {
  return new Failure(
    'bad-document',
    `the inventory ${path} is damaged: ${how}`,
    'It was changed outside Lifeboat. Restore it from an earlier version of the blob, or drill another point.',
  );
}
