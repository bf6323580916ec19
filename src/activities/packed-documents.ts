/**
 * Packed documents in the vault: a JSON header and items of one fixed length. First line: the header. Second line: the
 * SHA-256 of the first, in hex, so that a header can be trusted by itself. Then the items. Then 32 bytes: the SHA-256 of
 * everything before them. Invariant: what is not exactly what was written is `bad-document` and never used; while the
 * items are streamed the caller holds them back until the end was reached.
 */
import { createHash, hash } from 'node:crypto';
import type { z } from 'zod';
import { canonicalJson } from '../policy/canonical-json.ts';
import { Failure } from '../policy/failure.ts';
import type { Vault, VaultStreams } from '../ports/vault.ts';

const checksumBytes = 32;
/** A header lists at most the recovery points of a store. */
const headerBytesAtMost = 1024 * 1024;
const nothing = Buffer.alloc(0);
const newline = 0x0a;
const writeAttempts = 10;
/** Room for the items of nearly every document. */
const firstRoom = 4 * 1024 * 1024;

/** What every header says. */
export interface PackedHeader {
  readonly scan: string;
  readonly count: number;
}

/** How a kind of document is read. */
export interface PackedKind<H extends PackedHeader> {
  readonly schema: z.ZodType<H>;
  /** Bytes of one item. */
  readonly itemBytes: number;
  /** What is wrong with a header where it stands; undefined: nothing. */
  problemOf(header: H): string | undefined;
}

/** The bytes of a document; `header` is checked by its kind on the way out as well. */
export function packDocument<H extends PackedHeader>(
  kind: PackedKind<H>,
  header: H,
  items: Uint8Array,
): Buffer<ArrayBuffer> {
  const problem = kind.problemOf(header);
  if (problem !== undefined || header.count * kind.itemBytes !== items.length)
    throw new RangeError(problem ?? `${items.length} bytes are not ${header.count} items`);
  const line = `${canonicalJson(kind.schema.parse(header))}\n`;
  const lines = Buffer.from(`${line}${sha256(Buffer.from(line)).toString('hex')}\n`);
  const bytes = Buffer.allocUnsafeSlow(lines.length + items.length + checksumBytes);
  bytes.set(lines);
  bytes.set(items, lines.length);
  bytes.set(sha256(bytes.subarray(0, -checksumBytes)), bytes.length - checksumBytes);
  return bytes;
}

const sha256 = (bytes: Uint8Array): Buffer => hash('sha256', bytes, 'buffer');

/** Takes a document's bytes piece by piece, and gives its items whole. */
class PackedReader<H extends PackedHeader> {
  readonly #path: string;
  readonly #kind: PackedKind<H>;
  readonly #onItems: (items: Uint8Array, header: H) => void;
  readonly #digest = createHash('sha256');
  /** What came and was not given out: first lines, the beginning of an item, or the end. */
  #pending: Buffer = nothing;
  #items = 0;
  header: H | undefined;

  constructor(path: string, kind: PackedKind<H>, onItems: (items: Uint8Array, header: H) => void) {
    this.#path = path;
    this.#kind = kind;
    this.#onItems = onItems;
  }

  push(chunk: Buffer): void {
    if (this.header !== undefined) return this.#take(chunk, this.header);
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    this.header = this.#readHeader();
    if (this.header === undefined) return;
    const rest = this.#pending;
    this.#pending = nothing;
    this.#take(rest, this.header);
  }

  /** The header, once everything is known to be right. */
  end(): H {
    if (this.header === undefined) throw damaged(this.#path, 'it was cut in its first lines');
    if (this.#items < this.header.count || this.#pending.length < checksumBytes)
      throw damaged(this.#path, 'its end is missing: it was cut');
    if (this.#pending.length > checksumBytes) throw damaged(this.#path, 'bytes follow its end');
    if (!this.#digest.digest().equals(this.#pending))
      throw damaged(this.#path, 'its checksum is not that of its content');
    return this.header;
  }

  /** Gives out the whole items in what came. Only the item that began before is put together: no chunk is copied. */
  #take(chunk: Buffer, header: H): void {
    const { itemBytes } = this.#kind;
    let from = 0;
    if (this.#pending.length > 0 && this.#items < header.count) {
      from = Math.min(itemBytes - this.#pending.length, chunk.length);
      this.#pending = Buffer.concat([this.#pending, chunk.subarray(0, from)]);
      if (this.#pending.length < itemBytes) return;
      this.#give(this.#pending, header);
      this.#pending = nothing;
    }
    const whole = Math.min(Math.floor((chunk.length - from) / itemBytes), header.count - this.#items);
    const end = from + whole * itemBytes;
    if (whole > 0) this.#give(chunk.subarray(from, end), header);
    this.#pending = Buffer.concat([this.#pending, chunk.subarray(end)]);
  }

  #give(items: Buffer, header: H): void {
    this.#digest.update(items);
    this.#onItems(items, header);
    this.#items += items.length / this.#kind.itemBytes;
  }

  #readHeader(): H | undefined {
    const first = this.#pending.indexOf(newline);
    const second = first < 0 ? -1 : this.#pending.indexOf(newline, first + 1);
    if (second < 0) {
      if (this.#pending.length > headerBytesAtMost) throw damaged(this.#path, 'its first lines do not end');
      return undefined;
    }
    const line = this.#pending.subarray(0, first + 1);
    if (this.#pending.toString('latin1', first + 1, second) !== sha256(line).toString('hex'))
      throw damaged(this.#path, 'its first line is not what was written');
    const header = this.#parse(line.toString('utf8'));
    this.#digest.update(this.#pending.subarray(0, second + 1));
    this.#pending = this.#pending.subarray(second + 1);
    return header;
  }

  #parse(line: string): H {
    const result = this.#kind.schema.safeParse(jsonIn(line));
    const [issue] = result.error?.issues ?? [];
    if (!result.success)
      throw damaged(
        this.#path,
        `${issue?.path.join('.') || '(first line)'}: ${issue?.message ?? 'is not of its schema'}`,
      );
    const problem = this.#kind.problemOf(result.data);
    if (problem !== undefined) throw damaged(this.#path, problem);
    return result.data;
  }
}

/** The value of a JSON text; undefined if it is none. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Reads a document through; `onItems` is given whole items, to be used only once this has returned. */
export async function readPacked<H extends PackedHeader>(
  vault: VaultStreams,
  path: string,
  kind: PackedKind<H>,
  onItems: (items: Uint8Array, header: H) => void,
): Promise<H> {
  const reader = new PackedReader(path, kind, onItems);
  for await (const chunk of await vault.open(path)) reader.push(chunk as Buffer);
  return reader.end();
}

/** Reads those items that `pick` picks out of whole ones, to be held in memory: all of them in one piece. */
export async function readPackedItems<H extends PackedHeader>(
  vault: VaultStreams,
  path: string,
  kind: PackedKind<H>,
  pick: (items: Uint8Array) => Uint8Array,
): Promise<{ readonly header: H; readonly items: Uint8Array }> {
  let [all, used] = [new Uint8Array(0), 0];
  const header = await readPacked(vault, path, kind, (items, { count }) => {
    const picked = pick(items);
    if (used + picked.length > all.length) {
      const most = count * kind.itemBytes;
      const wider = new Uint8Array(Math.min(most, Math.max(2 * (used + picked.length), firstRoom)));
      wider.set(all.subarray(0, used));
      all = wider;
    }
    all.set(picked, used);
    used += picked.length;
  });
  return { header, items: all.subarray(0, used) };
}

/** Reads no more than a document's header, which is right by itself. */
export async function readPackedHeader<H extends PackedHeader>(
  vault: VaultStreams,
  path: string,
  kind: PackedKind<H>,
): Promise<H> {
  const reader = new PackedReader(path, kind, () => undefined);
  for await (const chunk of await vault.open(path)) {
    reader.push(chunk as Buffer);
    if (reader.header !== undefined) return reader.header;
  }
  return reader.end();
}

/**
 * Writes a document, in place of the one that stands there unless that is of a newer scan; a damaged one is replaced.
 * Returns `newer-stands` if nothing was written for that reason.
 */
export async function writePacked<H extends PackedHeader>(
  vault: Vault,
  path: string,
  kind: PackedKind<H>,
  header: H,
  items: Uint8Array,
): Promise<'written' | 'newer-stands'> {
  const bytes = packDocument(kind, header, items);
  const how = await place(vault, path, kind, header, bytes);
  // The memory goes back at once: what waits for the garbage collector adds up, shard after shard.
  bytes.buffer.transfer(0);
  return how;
}

async function place<H extends PackedHeader>(
  vault: Vault,
  path: string,
  kind: PackedKind<H>,
  header: H,
  bytes: Buffer,
): Promise<'written' | 'newer-stands'> {
  for (let attempt = 0; attempt < writeAttempts; attempt += 1) {
    const standing = await vault.read(path);
    if (standing === undefined) {
      if (await vault.create(path, bytes, 'application/octet-stream')) return 'written';
      continue;
    }
    // An earlier attempt may have arrived although its answer was lost.
    if (standing.bytes.equals(bytes)) return 'written';
    if ((scanOf(path, kind, standing.bytes) ?? '') > header.scan) return 'newer-stands';
    if (await vault.replace(path, standing.version, bytes)) return 'written';
  }
  throw new Failure(
    'cannot-record',
    `${path} is changed by others without pause`,
    'It is tried again by itself.',
  );
}

/** The scan that wrote a document; undefined if it is damaged. */
function scanOf<H extends PackedHeader>(
  path: string,
  kind: PackedKind<H>,
  bytes: Buffer,
): string | undefined {
  const reader = new PackedReader(path, kind, () => undefined);
  try {
    reader.push(bytes);
    return reader.end().scan;
  } catch (thrown) {
    if (thrown instanceof Failure && thrown.code === 'bad-document') return undefined;
    throw thrown;
  }
}

/** Where the items begin in a document with this header. */
export const firstItemAt = (header: PackedHeader): number =>
  Buffer.byteLength(canonicalJson(header)) + 2 + 2 * checksumBytes;

/** A document that is not what was written. */
export function damaged(path: string, how: string): Failure {
  return new Failure(
    'bad-document',
    `${path} in the vault is damaged: ${how}`,
    'It was changed outside Lifeboat. Restore it from an earlier version of the blob, or remove it: a full scan makes it anew.',
  );
}
