/**
 * The blob inventory of a recovery point: which addresses of a store the rows of a database referred to, as text that
 * any tool can read. First line: what it is, as JSON. Then one address a line in hex, sorted; `<` before an address
 * that only the earlier of two snapshots had, `>` before one that only the later had. Last line: count and digest over
 * the address lines, so that a cut or changed inventory is recognised.
 */
import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { addressFromHex, hexOf, type ContentAddress, type HashAlgorithm } from '../policy/content-address.ts';
import { Failure } from '../policy/failure.ts';
import type { VaultStreams } from '../ports/vault.ts';

/** When an address was referred to: in both snapshots (or the only one), only before, or only after the instant. */
export type Held = 'both' | 'before' | 'after';

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
const heldBy: Record<string, Held> = { '<': 'before', '>': 'after' };
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

/** Reads an inventory back; throws `bad-document` at the end if it is not what was recorded. */
export async function* readInventory(
  vault: VaultStreams,
  path: string,
  algorithm: HashAlgorithm,
  expected: InventorySum,
): AsyncGenerator<InventoryEntry> {
  const digest = createHash('sha256');
  let addresses = 0;
  let last = '';
  for await (const line of createInterface({
    input: await vault.open(path),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    last = line;
    if (line.startsWith('{')) continue;
    digest.update(`${line}\n`);
    addresses += 1;
    const held = heldBy[line[0] ?? ''] ?? 'both';
    const address = addressFromHex(algorithm, held === 'both' ? line : line.slice(1));
    if (address === undefined) throw damaged(path, `line ${addresses + 1} is no address`);
    yield { address, held };
  }
  if (!last.startsWith('{')) throw damaged(path, 'its last line is missing: it was cut');
  if (addresses !== expected.addresses || `sha256-${digest.digest('hex')}` !== expected.digest)
    throw damaged(path, 'its addresses are not those that were recorded');
}

function damaged(path: string, how: string): Failure {
  return new Failure(
    'bad-document',
    `the inventory ${path} is damaged: ${how}`,
    'It was changed outside Lifeboat. Restore it from an earlier version of the blob, or drill another point.',
  );
}
