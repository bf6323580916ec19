/**
 * The vault in memory, with the guarantees that src/ports/vault.ts states: whole writes, one winner of concurrent
 * creates, replace under the version that was read, complete and ordered lists, appends that never tear.
 */
import { Readable } from 'node:stream';
import { Failure } from '../../src/policy/failure.ts';
import { lastLineOf } from '../../src/policy/log-lines.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { ListedSegment, LogSegments, SegmentEnd } from '../../src/ports/log-segments.ts';
import type {
  StoredDocument,
  Vault,
  VaultDeleter,
  VaultDocument,
  VaultLogs,
  VaultStreams,
} from '../../src/ports/vault.ts';
import { Faults } from './faults.ts';

type Held = VaultDocument & Pick<StoredDocument, 'writtenAt'> & { readonly appends?: number };

export class MemoryVault implements Vault, VaultStreams, VaultDeleter, VaultLogs, LogSegments {
  readonly faults = new Faults();
  /** How many bytes come at once where a document is streamed. */
  pieceBytes = Number.POSITIVE_INFINITY;
  readonly #documents = new Map<string, Held>();
  readonly #clock: Clock;
  readonly #linesPerSegment: number;
  #versions = 0;

  constructor(clock: Clock, linesPerSegment = 40_000) {
    this.#clock = clock;
    this.#linesPerSegment = linesPerSegment;
  }

  read(path: string): Promise<VaultDocument | undefined> {
    return this.faults.run(`read ${path}`, () => this.#documents.get(path));
  }

  create(path: string, bytes: Buffer, _mediaType: string): Promise<boolean> {
    return this.faults.run(`create ${path}`, () => this.#createNow(path, bytes));
  }

  replace(path: string, version: string, bytes: Buffer): Promise<boolean> {
    return this.faults.run(`replace ${path}`, () => {
      if (this.#documents.get(path)?.version !== version) return false;
      this.put(path, bytes);
      return true;
    });
  }

  async *list(prefix: string): AsyncIterable<string> {
    const names = await this.faults.run(`list ${prefix}`, () =>
      [...this.#documents.keys()].filter((name) => name.startsWith(prefix)).toSorted(),
    );
    yield* names;
  }

  async createFrom(path: string, content: Readable, _mediaType: string): Promise<boolean> {
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk as Buffer);
    return this.faults.run(`createFrom ${path}`, () => this.#createNow(path, Buffer.concat(chunks)));
  }

  open(path: string, from = 0): Promise<Readable> {
    return this.faults.run(`open ${path}`, () => {
      const found = this.#documents.get(path);
      if (found === undefined) throw new Failure('not-found', `vault: ${path}`, 'It was never written.');
      if (from > 0 && from >= found.bytes.length)
        throw new Failure(
          'operation-failed',
          `vault: ${path}: HTTP 416 InvalidRange`,
          'Nothing stands there.',
        );
      return Readable.from(piecesOf(found.bytes.subarray(from), this.pieceBytes), { objectMode: false });
    });
  }

  async *listStored(prefix: string): AsyncIterable<StoredDocument> {
    const found = await this.faults.run(`listStored ${prefix}`, () =>
      this.paths(prefix).map((path) => {
        const { version, writtenAt } = this.#documents.get(path) as Held;
        return { path, version, writtenAt };
      }),
    );
    yield* found;
  }

  deleteVersion(path: string, version: string): Promise<boolean> {
    return this.faults.run(`delete ${path}`, () => {
      const standing = this.#documents.get(path);
      if (standing !== undefined && standing.version !== version) return false;
      this.remove(path);
      return true;
    });
  }

  delete(path: string): Promise<void> {
    return this.faults.run(`delete ${path}`, () => this.remove(path));
  }

  append(segments: string, lines: readonly string[]): Promise<void> {
    return this.faults.run(`append ${segments}`, () => {
      const day = this.#clock.now().toFormat('yyyy-MM-dd');
      for (let number = 0; ; number += 1) {
        const path = `${segments}${day}-${number}.jsonl`;
        const standing = this.#documents.get(path)?.bytes.toString() ?? '';
        if (standing.split('\n').length - 1 >= this.#linesPerSegment) continue;
        this.put(path, Buffer.from(standing + lines.map((line) => `${line}\n`).join('')));
        return;
      }
    });
  }

  async *listSegments(prefix: string): AsyncIterable<ListedSegment> {
    const found = await this.faults.run(`listSegments ${prefix}`, () =>
      this.paths(prefix).map((path) => ({ path, bytes: this.#documents.get(path)?.bytes.length ?? 0 })),
    );
    yield* found;
  }

  endOf(path: string): Promise<SegmentEnd | undefined> {
    return this.faults.run(`endOf ${path}`, () => {
      const found = this.#documents.get(path);
      if (found === undefined) return undefined;
      const { bytes, appends = 0 } = found;
      return { bytes: bytes.length, appends, lastLine: lastLineOf(bytes, true) };
    });
  }

  begin(path: string): Promise<void> {
    return this.faults.run(`begin ${path}`, () => void this.#createNow(path, Buffer.alloc(0)));
  }

  appendAt(path: string, position: number, bytes: Buffer): Promise<boolean> {
    return this.faults.run(`append ${path}`, () => {
      const standing = this.#documents.get(path);
      if (standing === undefined) throw new Failure('not-found', `vault: ${path}`, 'It was never begun.');
      if (standing.bytes.length !== position) return false;
      this.put(path, Buffer.concat([standing.bytes, bytes]), (standing.appends ?? 0) + 1);
      return true;
    });
  }

  /** Writes without conditions, as somebody with a storage explorer does. */
  put(path: string, bytes: Buffer | string, appends = 0): void {
    const version = `v${(this.#versions += 1)}`;
    const writtenAt = this.#clock.now();
    this.#documents.set(path, { bytes: Buffer.from(bytes), version, writtenAt, appends });
  }

  /** Removes a document, as somebody with a storage explorer does. */
  remove(path: string): void {
    this.#documents.delete(path);
  }

  /** Every path below a prefix. */
  paths(prefix = ''): string[] {
    return [...this.#documents.keys()].filter((name) => name.startsWith(prefix)).toSorted();
  }

  /** A document's text; throws if there is none. */
  text(path: string): string {
    const found = this.#documents.get(path);
    if (found === undefined) throw new Error(`there is no ${path}; there are ${this.paths().join(', ')}`);
    return found.bytes.toString();
  }

  /** A JSON document. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as `world.value`, the caller knows the shape.
  json<T>(path: string): T {
    return JSON.parse(this.text(path)) as T;
  }

  /** The entries of a log, in order. */
  entries<T>(segments: string): T[] {
    const lines = this.paths(segments).flatMap((path) => this.text(path).split('\n'));
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as T);
  }

  #createNow(path: string, bytes: Buffer): boolean {
    if (this.#documents.has(path)) return false;
    this.put(path, bytes);
    return true;
  }
}

function* piecesOf(bytes: Buffer, most: number): Generator<Buffer> {
  for (let from = 0; from < bytes.length; from += most) yield bytes.subarray(from, from + most);
}
