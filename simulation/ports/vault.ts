/**
 * The vault in memory, with the guarantees of src/ports/vault.ts. Documents outlive every process; whoever watches
 * hears of every write, so that what must hold is judged at the moment of the write.
 */
import { Readable } from 'node:stream';
import { Failure } from '../../src/policy/failure.ts';
import type {
  StoredDocument,
  Vault,
  VaultDeleter,
  VaultDocument,
  VaultLogs,
  VaultStreams,
} from '../../src/ports/vault.ts';
import { utc } from '../world/provider-model.ts';
import { lastLineOf } from '../../src/policy/log-lines.ts';
import type { SegmentEnd } from '../../src/ports/log-segments.ts';
import type { Life } from '../engine/life.ts';
import type { Faults } from '../faults.ts';

interface Held {
  bytes: Buffer;
  version: string;
  /** True time. */
  writtenAt: number;
  /** The bytes as text. */
  text?: string;
  /** A segment of a log: its bytes are put together when somebody reads them. */
  lines?: string[];
  /** A segment that is written at its end alone. */
  pieces?: Buffer[];
  size?: number;
}

/** Hears of a write: the path, what is written, and what stood there before. */
export type VaultWatcher = (path: string, text: string, before: string | undefined) => void;
/** Hears of a deletion: the path. */
export type RemovalWatcher = (path: string) => void;
/** Hears of lines appended to a log. */
export type LogWatcher = (segments: string, lines: readonly string[]) => void;

/** What the vault holds. */
export class VaultContents {
  readonly #documents = new Map<string, Held>();
  /** Names in order, by collection: all that is listed at once lies in one. */
  readonly #names = new Map<string, string[]>();
  readonly #now: () => number;
  #versions = 0;
  onWrite: VaultWatcher = () => undefined;
  onRemove: RemovalWatcher = () => undefined;
  onAppend: LogWatcher = () => undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  get(path: string): VaultDocument | undefined {
    const held = this.#documents.get(path);
    if (held?.lines !== undefined) held.bytes = Buffer.from(held.lines.map((line) => `${line}\n`).join(''));
    if (held?.pieces !== undefined) held.bytes = Buffer.concat(held.pieces);
    return held;
  }

  /** Version and time of what a listing found. */
  stored(path: string): Omit<StoredDocument, 'path'> {
    const { version, writtenAt } = this.#documents.get(path) as Held;
    return { version, writtenAt: utc(writtenAt) };
  }

  text(path: string): string | undefined {
    return this.#documents.get(path)?.text ?? this.get(path)?.bytes.toString('utf8');
  }

  put(path: string, given: Buffer): void {
    // As a store does: what the writer does with its memory afterwards is its own business.
    const bytes = Buffer.from(given);
    const before = this.#documents.get(path);
    const text = bytes.toString('utf8');
    // One text for all who read it: it is found among the remembered ones without being looked at again.
    bytes.toString = () => text;
    this.onWrite(path, text, before?.text);
    const [version, writtenAt] = [`v${(this.#versions += 1)}`, this.#now()];
    if (before === undefined) {
      this.#documents.set(path, { bytes, version, writtenAt, text });
      this.#enter(path);
    } else Object.assign(before, { bytes, version, writtenAt, text });
  }

  remove(path: string): void {
    if (!this.#documents.has(path)) return;
    this.onRemove(path);
    this.#documents.delete(path);
    const names = this.#names.get(collectionOf(path)) ?? [];
    names.splice(placeOf(names, path), 1);
  }

  append(segments: string, day: string, lines: readonly string[]): void {
    this.onAppend(segments, lines);
    const path = `${segments}${day}-0.jsonl`;
    const held = this.#documents.get(path);
    if (held?.lines === undefined) {
      const bytes = Buffer.alloc(0);
      this.#documents.set(path, { bytes, version: 'log', writtenAt: this.#now(), lines: [...lines] });
      this.#enter(path);
    } else held.lines.push(...lines);
  }

  /** Makes an empty segment, unless one stands there. */
  begin(path: string): void {
    if (this.#documents.has(path)) return;
    const bytes = Buffer.alloc(0);
    this.#documents.set(path, { bytes, version: 'segment', writtenAt: this.#now(), pieces: [], size: 0 });
    this.#enter(path);
  }

  /** Appends right there; `false` if the segment does not end there. */
  appendAt(path: string, position: number, bytes: Buffer): boolean {
    const held = this.#documents.get(path);
    if (held?.pieces === undefined) throw new Failure('not-found', `vault: ${path}`, 'It was never begun.');
    if (held.size !== position) return false;
    this.onAppend(path.slice(0, path.lastIndexOf('/') + 1), bytes.toString('utf8').trimEnd().split('\n'));
    held.pieces.push(bytes);
    held.size = position + bytes.length;
    held.writtenAt = this.#now();
    return true;
  }

  endOf(path: string): SegmentEnd | undefined {
    const held = this.#documents.get(path);
    if (held?.pieces === undefined) return undefined;
    const { pieces, size = 0 } = held;
    // Whoever appends a piece of several lines begins with a whole one.
    return { bytes: size, appends: pieces.length, lastLine: lastLineOf(pieces.at(-1) ?? held.bytes, true) };
  }

  sizeOf(path: string): number {
    const held = this.#documents.get(path);
    return held?.size ?? held?.bytes.length ?? 0;
  }

  list(prefix: string): string[] {
    const names = this.#names.get(collectionOf(prefix)) ?? [];
    const from = placeOf(names, prefix);
    let to = from;
    while (to < names.length && (names[to] as string).startsWith(prefix)) to += 1;
    return names.slice(from, to);
  }

  #enter(path: string): void {
    const names = this.#names.get(collectionOf(path)) ?? [];
    this.#names.set(collectionOf(path), names);
    names.splice(placeOf(names, path), 0, path);
  }
}

/** `v1/<system>/<region>/<collection>`; what is of a region and no system lies in `v1/_<what>/<region>`. */
function collectionOf(path: string): string {
  let end = -1;
  const depth = path.startsWith('v1/_') ? 3 : 4;
  for (let slashes = 0; slashes < depth; slashes += 1) {
    end = path.indexOf('/', end + 1);
    if (end < 0) return path;
  }
  return path.slice(0, end);
}

/** Where a name stands, or would. */
function placeOf(names: readonly string[], name: string): number {
  let [low, high] = [0, names.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((names[middle] as string) < name) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The vault as one process reaches it. */
export function vaultOf(
  life: Life,
  faults: Faults,
  contents: VaultContents,
  today: () => string,
): Vault & VaultStreams & VaultDeleter & VaultLogs {
  const create = (path: string, bytes: Buffer): boolean => {
    if (contents.get(path) !== undefined) return false;
    contents.put(path, bytes);
    return true;
  };
  return {
    read: (path) =>
      life.call(`read ${path}`, 'read', () => {
        const held = contents.get(path);
        return held === undefined ? undefined : { bytes: held.bytes, version: held.version };
      }),
    create: (path, bytes) => life.call(`create ${path}`, 'effect', () => create(path, bytes)),
    replace: (path, version, bytes) =>
      life.call(`replace ${path}`, 'effect', () => {
        if (contents.get(path)?.version !== version) return false;
        contents.put(path, bytes);
        return true;
      }),
    list: (prefix) => listed(life, faults, `list ${prefix}`, () => contents.list(prefix)),
    async createFrom(path, content) {
      const chunks: Buffer[] = [];
      for await (const chunk of content) chunks.push(chunk as Buffer);
      return life.call(`create ${path}`, 'effect', () => create(path, Buffer.concat(chunks)));
    },
    open: (path, from) =>
      life.call(`open ${path}`, 'read', () => {
        const found = contents.get(path);
        if (found === undefined) throw new Failure('not-found', `vault: ${path}`, 'It was never written.');
        return Readable.from([found.bytes.subarray(from)], { objectMode: false });
      }),
    listStored: (prefix) =>
      listed(life, faults, `list ${prefix}`, () =>
        contents.list(prefix).map((path) => ({ path, ...contents.stored(path) })),
      ),
    deleteVersion: (path, version) =>
      life.call(`delete ${path}`, 'effect', () => {
        const held = contents.get(path);
        if (held !== undefined && held.version !== version) return false;
        contents.remove(path);
        return true;
      }),
    delete: (path) => life.call(`delete ${path}`, 'effect', () => contents.remove(path)),
    append: (segments, lines) =>
      life.call(`append ${segments}`, 'effect', () => contents.append(segments, today(), lines)),
  };
}

/** A listing that follows every page or breaks off with an error, having given a part. */
export async function* listed<T>(
  life: Life,
  faults: Faults,
  label: string,
  items: () => readonly T[],
): AsyncGenerator<T> {
  const all = await life.call(label, 'read', items);
  if (!faults.happens('partial')) return yield* all;
  yield* all.slice(0, all.length >> 1);
  throw new Failure('unavailable', `${label} broke off`, 'It passes.');
}
