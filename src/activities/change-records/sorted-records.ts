/**
 * Sorts any number of records of one width in bounded memory: a buffer is sorted when it is full and appended to a
 * temporary file, and the runs are merged when they are read. Order: byte by byte over the whole record.
 * Invariant: the file's name is removed as soon as the file is open, so that nothing is left over however it ends.
 */
import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Memory of the buffer, and of each run while merging, in bytes. */
export interface SortLimits {
  readonly bufferBytes: number;
  readonly readBytes: number;
}

const defaultLimits: SortLimits = { bufferBytes: 4 * 1024 * 1024, readBytes: 32 * 1024 };

interface Run {
  readonly from: number;
  readonly to: number;
}

export class SortedRecords {
  readonly #width: number;
  readonly #limits: SortLimits;
  readonly #buffer: Buffer;
  readonly #capacity: number;
  /** A sorted run on its way to the file; made when there is one. */
  #run: Buffer | undefined;
  #used = 0;
  #file: FileHandle | undefined;
  #fileBytes = 0;
  readonly #runs: Run[] = [];

  constructor(width: number, limits: SortLimits = defaultLimits) {
    this.#width = width;
    this.#limits = limits;
    this.#capacity = Math.max(1, Math.floor(limits.bufferBytes / width));
    this.#buffer = Buffer.alloc(this.#capacity * width);
  }

  /** Adds a record, written by `fill` into the bytes that it is given (all zero before); wait for what it returns. */
  add(fill: (record: Buffer) => void): Promise<void> | undefined {
    if (this.#used === this.#capacity) return this.#spill().then(() => this.#put(fill));
    this.#put(fill);
    return undefined;
  }

  #put(fill: (record: Buffer) => void): void {
    const from = this.#used * this.#width;
    const record = this.#buffer.subarray(from, from + this.#width);
    record.fill(0);
    fill(record);
    this.#used += 1;
  }

  /** Every record in order; each is valid until the next one is asked for. Nothing may be added meanwhile. */
  async *sorted(): AsyncGenerator<Buffer> {
    const sources = this.#runs.map((run) => this.#readRun(run));
    const inMemory = this.#sortedBuffer();
    if (sources.length === 0) {
      yield* inMemory;
      return;
    }
    yield* merge([...sources, inMemory]);
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  /** The records of the buffer in order; the bytes stay where they are. */
  *#sortedBuffer(): Generator<Buffer> {
    for (const from of this.#order()) yield this.#buffer.subarray(from, from + this.#width);
  }

  /** Where the records of the buffer begin, in order. Compares in place: a view per comparison would fill the heap. */
  #order(): Uint32Array {
    const [bytes, width] = [this.#buffer, this.#width];
    const order = Uint32Array.from({ length: this.#used }, (_, index) => index * width);
    return order.toSorted((a, b) => bytes.compare(bytes, b, b + width, a, a + width));
  }

  async #spill(): Promise<void> {
    this.#file ??= await openNameless();
    this.#run ??= Buffer.alloc(this.#buffer.length);
    let at = 0;
    for (const from of this.#order()) at += this.#buffer.copy(this.#run, at, from, from + this.#width);
    const run = this.#run.subarray(0, at);
    await writeAll(this.#file, run, this.#fileBytes);
    this.#runs.push({ from: this.#fileBytes, to: this.#fileBytes + run.length });
    this.#fileBytes += run.length;
    this.#used = 0;
  }

  async *#readRun({ from, to }: Run): AsyncGenerator<Buffer> {
    const whole = Math.max(1, Math.floor(this.#limits.readBytes / this.#width)) * this.#width;
    const room = Buffer.alloc(Math.min(whole, to - from));
    for (let at = from; at < to; at += whole) {
      const chunk = room.subarray(0, Math.min(whole, to - at));
      await readAll(this.#file, chunk, at);
      for (let offset = 0; offset < chunk.length; offset += this.#width)
        yield chunk.subarray(offset, offset + this.#width);
    }
  }
}

interface Head {
  readonly record: Buffer;
  readonly source: AsyncIterator<Buffer> | Iterator<Buffer>;
}

/** Merges sorted sources by a heap of their first records. */
async function* merge(
  sources: readonly (AsyncIterator<Buffer> | Iterator<Buffer>)[],
): AsyncGenerator<Buffer> {
  const heap: Head[] = [];
  for (const source of sources) {
    const first = await source.next();
    if (first.done !== true) push(heap, { record: first.value, source });
  }
  for (let head = heap[0]; head !== undefined; head = heap[0]) {
    yield head.record;
    const next = await head.source.next();
    if (next.done !== true) sinkFirst(heap, { record: next.value, source: head.source });
    else {
      const last = heap.pop();
      if (last !== undefined && heap.length > 0) sinkFirst(heap, last);
    }
  }
}

function push(heap: Head[], head: Head): void {
  let at = heap.length;
  heap.push(head);
  for (let above = (at - 1) >> 1; at > 0 && isLess(head, heap[above]); above = (at - 1) >> 1) {
    heap[at] = heap[above] as Head;
    at = above;
  }
  heap[at] = head;
}

/** Puts a head in the first place and lets it sink to where it belongs. */
function sinkFirst(heap: Head[], head: Head): void {
  let at = 0;
  for (;;) {
    const [left, right] = [2 * at + 1, 2 * at + 2];
    const child = heap[left];
    if (child === undefined) break;
    const other = heap[right];
    const smaller = other !== undefined && isLess(other, child) ? right : left;
    if (!isLess(heap[smaller] as Head, head)) break;
    heap[at] = heap[smaller] as Head;
    at = smaller;
  }
  heap[at] = head;
}

const isLess = (a: Head, b: Head | undefined): boolean => b !== undefined && a.record.compare(b.record) < 0;

async function openNameless(): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-sort-'));
  try {
    return await open(join(folder, 'runs'), 'wx+', 0o600);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}

async function readAll(file: FileHandle | undefined, into: Buffer, at: number): Promise<void> {
  if (file === undefined) throw new Error('the sorted records were closed while they were read');
  for (let done = 0; done < into.length;) {
    const { bytesRead } = await file.read(into, done, into.length - done, at + done);
    if (bytesRead === 0)
      throw new Error('the temporary file of a sort is shorter than what was written to it');
    done += bytesRead;
  }
}
