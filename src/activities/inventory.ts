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
import {
  helds,
  InventoryReader,
  type Held,
  type InventoryPlace,
  type InventoryRun,
} from './inventory-reader.ts';
import { plainSum, resumableSum } from './line-sum.ts';

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

/** How an inventory is read: from where on, and whether it may be put down in the middle. */
export interface InventoryReading {
  readonly path: string;
  readonly algorithm: HashAlgorithm;
  /** What was recorded of it. */
  readonly expected: InventorySum;
  readonly isResumable: boolean;
  readonly from?: InventoryPlace | undefined;
}

/** An inventory, run by run; throws `bad-document` at its end if it is not what was recorded. */
export class InventoryRuns {
  readonly #reader: InventoryReader;
  readonly #pieces: AsyncIterator<unknown>;
  readonly #reading: InventoryReading;
  #place: InventoryPlace | undefined;

  private constructor(reading: InventoryReading, reader: InventoryReader, pieces: AsyncIterator<unknown>) {
    this.#reading = reading;
    this.#reader = reader;
    this.#pieces = pieces;
  }

  static async open(vault: VaultStreams, reading: InventoryReading): Promise<InventoryRuns> {
    const { path, algorithm, isResumable, from } = reading;
    const sum = isResumable ? await resumableSum(from?.sum) : plainSum();
    const digestBytes = digestBytesOf(algorithm);
    const reader = new InventoryReader(digestBytes, (how) => damaged(path, how), sum, from);
    const stream = await vault.open(path, from?.offset);
    return new InventoryRuns(reading, reader, stream[Symbol.asyncIterator]());
  }

  /** The next addresses; undefined once all were given and are known to be right. */
  async next(): Promise<InventoryRun | undefined> {
    for (;;) {
      if (this.#reading.isResumable) this.#place = this.#reader.place();
      const piece = await this.#pieces.next();
      if (piece.done === true) break;
      const run = this.#reader.push(piece.value as Buffer);
      if (run.length > 0) return run;
    }
    this.#reader.end(this.#reading.expected);
    return undefined;
  }

  /** The place before the newest run; throws a RangeError where the inventory is not to be put down. */
  place(): InventoryPlace {
    if (this.#place === undefined) throw new RangeError(`${this.#reading.path} was not to be put down`);
    return this.#place;
  }

  /** Lets go of what was not read. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }
}

/** Reads an inventory back address by address; throws `bad-document` at the end if it is not what was recorded. */
export async function* readInventory(
  vault: VaultStreams,
  path: string,
  algorithm: HashAlgorithm,
  expected: InventorySum,
): AsyncGenerator<InventoryEntry> {
  const digestBytes = digestBytesOf(algorithm);
  const runs = await InventoryRuns.open(vault, { path, algorithm, expected, isResumable: false });
  try {
    for (let run = await runs.next(); run !== undefined; run = await runs.next())
      for (let index = 0; index < run.length; index += 1) {
        const digest = run.digests.subarray(index * digestBytes, (index + 1) * digestBytes);
        yield {
          address: addressFromDigest(algorithm, digest),
          held: helds[run.held[index] ?? 0] ?? 'both',
        };
      }
  } finally {
    await runs.close();
  }
}

function damaged(path: string, how: string): Failure {
  return new Failure(
    'bad-document',
    `the inventory ${path} is damaged: ${how}`,
    'It was changed outside Lifeboat. Restore it from an earlier version of the blob, or drill another point.',
  );
}
