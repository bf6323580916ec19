/** Scratch containers in memory: marks, blobs, conditional writes; every effect is counted. */
import { Readable } from 'node:stream';
import type { DateTime } from 'luxon';
import { Failure } from '../../src/policy/failure.ts';
import type { Expected } from '../../src/ports/blob-copies.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { BlobContent } from '../../src/ports/content-store.ts';
import type { ScratchDeleter, ScratchFacts, ScratchMarks, ScratchStore } from '../../src/ports/scratch.ts';
import { Faults } from './faults.ts';

interface Held {
  readonly bytes: Buffer;
  readonly version: string;
}
interface Container {
  readonly marks: ScratchMarks;
  readonly changedAt: DateTime;
  readonly blobs: Map<string, Held>;
}

export class MemoryScratch implements ScratchStore, ScratchDeleter {
  readonly faults = new Faults();
  /** What took effect: `create …`, `put …`, `remove …`. */
  readonly effects: string[] = [];
  readonly #clock: Clock;
  readonly #containers = new Map<string, Container>();
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  standing(): string[] {
    return [...this.#containers.keys()];
  }

  /** What a listing shows. */
  facts(): ScratchFacts[] {
    return [...this.#containers].map(([container, { marks, changedAt }]) => ({
      container,
      marks,
      changedAt,
    }));
  }

  /** Changes what a blob holds, as damage does. */
  damage(container: string, name: string, change: (bytes: Buffer) => Buffer): void {
    const held = this.#containers.get(container)?.blobs.get(name);
    if (held === undefined) throw new Error(`there is no blob ${name}`);
    this.#containers.get(container)?.blobs.set(name, { ...held, bytes: change(held.bytes) });
  }

  create(container: string, marks: ScratchMarks): Promise<void> {
    return this.faults.run(`create ${container}`, () => {
      const standing = this.#containers.get(container);
      if (standing?.marks.drill === marks.drill && standing.marks.system === marks.system) return;
      if (standing !== undefined) throw new Failure('conflict', `${container} exists`, 'It is another one.');
      this.effects.push(`create ${container}`);
      this.#containers.set(container, { marks, changedAt: this.#clock.now(), blobs: new Map() });
    });
  }

  async put(
    container: string,
    name: string,
    expected: Expected,
    content: Readable,
  ): Promise<string | undefined> {
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk as Buffer);
    return this.faults.run(`put ${name}`, () => {
      const { blobs } = this.#need(container);
      const held = blobs.get(name);
      if (expected === 'absent' ? held !== undefined : held?.version !== expected.version) return undefined;
      this.effects.push(`put ${name}`);
      const version = `"${(this.#count += 1)}"`;
      blobs.set(name, { bytes: Buffer.concat(chunks), version });
      return version;
    });
  }

  open(container: string, name: string): Promise<BlobContent | undefined> {
    return this.faults.run(`open ${name}`, () => {
      const bytes = this.#containers.get(container)?.blobs.get(name)?.bytes;
      if (bytes === undefined) return undefined;
      return { size: bytes.length, stream: Readable.from([bytes], { objectMode: false }) };
    });
  }

  list(): Promise<readonly ScratchFacts[]> {
    return this.faults.run('list', () => this.facts());
  }

  remove(container: string): Promise<boolean> {
    return this.faults.run(`remove ${container}`, () => {
      if (this.#containers.has(container)) this.effects.push(`remove ${container}`);
      return this.#containers.delete(container);
    });
  }

  #need(container: string): Container {
    const found = this.#containers.get(container);
    if (found !== undefined) return found;
    throw new Failure('not-found', `no container ${container}`, 'It is gone.');
  }
}
