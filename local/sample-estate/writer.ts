/**
 * Keeps a seeded system alive: every few seconds one more case with one to three blobs, as its users would add it.
 * Invariant: a blob is stored before the row that refers to it is committed, a case is one transaction, and no
 * failure leaves this class except from `writeOnce`: the loop logs it, reconnects and goes on with growing pauses.
 */
import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { addressOf, type GeneratedBlob, type StoredBlob } from './blobs.ts';
import { Random } from './random.ts';
import type { SeedTarget } from './seed.ts';
import { sampleSystems } from './systems/catalogue.ts';
import type { SystemName, Written } from './systems/system.ts';
import { LateError, openLike, watch, withDeadline, type WatchedConnection } from './watched-connection.ts';

/** What a writer writes to, and how often. */
export interface WriterOptions {
  readonly system: SystemName;
  readonly region: string;
  readonly seed: number;
  readonly stateDir: string;
  readonly target: SeedTarget;
  readonly everyMs: number;
  readonly log: (message: string) => void;
  /**
   * Opens a new connection after the target's was lost, for logins whose password changes. Default: the target's own
   * host, user and password again.
   */
  readonly connect?: () => Promise<Client>;
}

/** What a writer has done since it was made. */
export interface WriterStats {
  readonly cases: number;
  readonly rows: number;
  readonly blobs: number;
  readonly bytes: number;
  readonly failures: number;
  readonly reconnects: number;
  readonly lastWrittenAt: Date | undefined;
  readonly lastError: string | undefined;
}

const firstPauseMs = 250;
const longestPauseMs = 15_000;
const caseDeadlineMs = 30_000;

/** Adds cases to one system in one region until it is stopped. */
export class Writer {
  readonly #options: WriterOptions;
  readonly #random: Random;
  #connection: WatchedConnection | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  #failuresInRow = 0;
  #stats: WriterStats = {
    cases: 0,
    rows: 0,
    blobs: 0,
    bytes: 0,
    failures: 0,
    reconnects: 0,
    lastWrittenAt: undefined,
    lastError: undefined,
  };

  constructor(options: WriterOptions) {
    this.#options = options;
    // Every run of a writer adds other cases: the seed alone would repeat those of the run before.
    this.#random = new Random(`writer/${options.system}/${options.region}/${options.seed}/${randomUUID()}`);
    this.#connection = watch(options.target.database, false);
  }

  get stats(): WriterStats {
    return this.#stats;
  }

  /** Begins to write; does nothing when it has begun already. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#schedule(this.#options.everyMs);
  }

  /** Ends the loop, waits for a case that is being written and closes connections that the writer opened itself. */
  async stop(): Promise<void> {
    this.#running = false;
    clearTimeout(this.#timer);
    await this.#queue;
    await this.#drop();
  }

  /** Writes one case after any that is being written; throws when it could not be written. */
  writeOnce(): Promise<{ rows: number; blobs: number }> {
    const written = this.#queue.then(() => this.#write());
    this.#queue = written.catch(() => undefined);
    return written;
  }

  #schedule(delayMs: number): void {
    this.#timer = setTimeout(() => void this.#tick(), delayMs);
  }

  async #tick(): Promise<void> {
    try {
      await this.writeOnce();
    } catch (error) {
      const pause = this.#pauseMs();
      this.#options.log(
        `${this.#name()}: no case written (${messageOf(error)}); trying again in ${pause} ms`,
      );
    }
    if (this.#running) this.#schedule(this.#failuresInRow > 0 ? this.#pauseMs() : this.#options.everyMs);
  }

  #pauseMs(): number {
    return Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(this.#failuresInRow - 1, 10));
  }

  #name(): string {
    return `sample writer ${this.#options.system} ${this.#options.region}`;
  }

  async #write(): Promise<Written> {
    try {
      const written = await withDeadline(caseDeadlineMs, () => this.#addCase());
      this.#failuresInRow = 0;
      const { cases, rows, blobs } = this.#stats;
      this.#note({
        cases: cases + 1,
        rows: rows + written.rows,
        blobs: blobs + written.blobs,
        lastWrittenAt: new Date(),
      });
      return written;
    } catch (error) {
      this.#failuresInRow++;
      this.#note({ failures: this.#stats.failures + 1, lastError: messageOf(error) });
      // A late case may still be at work on its connection, which must then carry no other.
      if (error instanceof LateError || !(await this.#connection?.answers())) await this.#drop();
      throw error;
    }
  }

  async #addCase(): Promise<Written> {
    const { system, region, stateDir } = this.#options;
    const client = await this.#connect();
    return sampleSystems[system].addCase({
      client,
      region,
      stateDir,
      random: this.#random,
      now: new Date(),
      store: (blob) => this.#store(blob),
    });
  }

  async #store(blob: GeneratedBlob): Promise<StoredBlob> {
    const stored = addressOf(blob);
    const name = sampleSystems[this.#options.system].blobName(stored.hex);
    await this.#options.target.putBlob(name, blob.bytes, stored.mediaType);
    this.#note({ bytes: this.#stats.bytes + stored.size });
    return stored;
  }

  async #connect(): Promise<Client> {
    if (this.#connection?.isUsable()) return this.#connection.client;
    await this.#drop();
    const client = await (this.#options.connect ?? (() => openLike(this.#options.target.database)))();
    this.#connection = watch(client, true);
    this.#note({ reconnects: this.#stats.reconnects + 1 });
    return client;
  }

  /** Lets go of the connection; one that the caller handed in stays the caller's to close. */
  async #drop(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.release();
  }

  #note(change: Partial<WriterStats>): void {
    this.#stats = { ...this.#stats, ...change };
  }
}

/** What went wrong in words; a refused connection to a name with several addresses tells only in its parts. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
