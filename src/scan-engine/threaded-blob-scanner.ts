/**
 * The fast scanner: portions are scanned in threads of their own, as many at once as the machine has cores; a portion
 * that finds no thread free waits its turn. A further thread is started only when portions have been waiting for as long
 * as several take, or a single one has so much to read that it is worth it; what has nothing to do reads for a portion
 * of another thread. Its start and the compilation of its code cost as much as tens of thousands of small blobs, and
 * its heap as much memory as a scan's own, which a short scan never gets back.
 * The main thread never touches a blob's bytes.
 */
import { availableParallelism } from 'node:os';
import type { MessagePort } from 'node:worker_threads';
import { Failure } from '../policy/failure.ts';
import type { BlobScanner, ScannedPortion, ScanPortion, ScanProgress } from '../ports/blob-scanner.ts';
import type { Clock } from '../ports/clock.ts';
import type { AuthorizationSource } from './authorization.ts';
import { builtWorker, ScanThread } from './scan-thread.ts';
import { defaultSettings, type EngineSettings } from './settings.ts';

export interface ThreadedBlobScannerParts {
  /** Where authorizations for the accounts come from; asked on this thread. */
  readonly authorize: AuthorizationSource;
  readonly clock: Clock;
  /** Default: as many as there are cores. */
  readonly threads?: number;
  /** Portions wait so long before a further thread is started for them; default: 30,000. */
  readonly patienceMilliseconds?: number;
  /** Default: `defaultSettings`. */
  readonly settings?: Partial<EngineSettings>;
  /** The threads' program; default: `scan-worker` beside this file or this bundle. */
  readonly workerFile?: URL;
}

const usualPatience = 30_000;

export class ThreadedBlobScanner implements BlobScanner {
  readonly #threads: readonly ScanThread[];
  readonly #patience: number;
  /** Started, and without a portion. */
  readonly #free: ScanThread[] = [];
  readonly #unused: ScanThread[];
  readonly #waiting: ((thread: ScanThread | undefined) => void)[] = [];
  /** Runs while portions wait and there is a thread that was never used. */
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(parts: ThreadedBlobScannerParts) {
    const { threads = availableParallelism(), workerFile = builtWorker } = parts;
    this.#patience = parts.patienceMilliseconds ?? usualPatience;
    if (!Number.isInteger(threads) || threads < 1) throw new RangeError('a scanner has at least one thread');
    const data = { settings: { ...defaultSettings, ...parts.settings } };
    const { authorize, clock } = parts;
    this.#threads = Array.from(
      { length: threads },
      () => new ScanThread({ authorize, clock, data, workerFile }),
    );
    this.#unused = [...this.#threads];
  }

  async scan(portion: ScanPortion, onProgress?: (progress: ScanProgress) => void): Promise<ScannedPortion> {
    const thread = await this.#takeThread();
    try {
      return await thread.scan(portion, {
        onProgress,
        lend: (isWorthStart, port) => this.#lend(isWorthStart, port),
      });
    } finally {
      this.#giveBack(thread);
    }
  }

  /** Ends all threads; portions under way or waiting fail as `unavailable`. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const resume of this.#waiting.splice(0)) resume(undefined);
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  /** Portions come first: while one waits for a thread, none reads for another one. */
  #lend(isWorthStart: boolean, port: MessagePort): boolean {
    if (this.#isClosed || this.#waiting.length > 0) return false;
    const thread = this.#free.pop() ?? (isWorthStart ? this.#unused.pop() : undefined);
    if (thread === undefined) return false;
    void thread.readFor(port).finally(() => this.#giveBack(thread));
    return true;
  }

  async #takeThread(): Promise<ScanThread> {
    const thread = this.#isClosed ? undefined : (this.#freeThread() ?? (await this.#nextThread()));
    if (thread !== undefined) return thread;
    throw new Failure('unavailable', 'the scanner was closed', 'The portion can be scanned again.');
  }

  #freeThread(): ScanThread | undefined {
    const isFirst = this.#unused.length === this.#threads.length;
    return this.#free.pop() ?? (isFirst || this.#patience === 0 ? this.#unused.pop() : undefined);
  }

  #nextThread(): Promise<ScanThread | undefined> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#beginPatience();
    });
  }

  #beginPatience(): void {
    if (this.#unused.length === 0 || this.#waiting.length === 0) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#waiting.shift()?.(this.#unused.pop());
      this.#beginPatience();
    }, this.#patience);
  }

  #giveBack(thread: ScanThread): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(thread);
    else next(thread);
    if (this.#waiting.length > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
