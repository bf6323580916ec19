/**
 * The main thread's side of one scan thread. The thread is started for its first portion; it keeps the process alive
 * only while it scans. When it dies its portion fails as `unavailable` and the next portion gets a new thread.
 */
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { Failure, failureFromFacts } from '../policy/failure.ts';
import type { Clock } from '../ports/clock.ts';
import type { ScannedPortion, ScanPortion, ScanProgress } from '../ports/blob-scanner.ts';
import type { AuthorizationRequest, AuthorizationSource } from './authorization.ts';
import { factsOf, receivedRecords, type FromThread, type ThreadData, type ToThread } from './messages.ts';

/** What a thread needs from the main one. */
export interface ThreadParts {
  readonly authorize: AuthorizationSource;
  readonly clock: Clock;
  readonly data: ThreadData;
  /** The thread's program. */
  readonly workerFile: URL;
}

/** The thread's program: the source beside this one, or the bundle beside the bundle that this became a part of. */
export const builtWorker = new URL(
  import.meta.url.endsWith('.ts') ? './scan-worker.ts' : './scan-worker.mjs',
  import.meta.url,
);

/** What a scan allocates is short-lived; with a large young generation a long scan would let its memory grow. */
const youngMiB = 6;

/** What a portion is scanned with, beside the thread. */
export interface ThreadRun {
  readonly onProgress?: ((progress: ScanProgress) => void) | undefined;
  /** Lets another thread read for this one at a port; `false` if there is none. */
  readonly lend: (isWorthStart: boolean, port: MessagePort) => boolean;
}

interface Running extends ThreadRun {
  readonly finished: PromiseWithResolvers<ScannedPortion>;
}

export class ScanThread {
  readonly #parts: ThreadParts;
  #worker: Worker | undefined;
  #running: Running | undefined;
  /** Resolved when the thread no longer reads for another one. */
  #reading: PromiseWithResolvers<void> | undefined;

  constructor(parts: ThreadParts) {
    this.#parts = parts;
  }

  /** Scans a portion; one at a time. */
  async scan(portion: ScanPortion, run: ThreadRun): Promise<ScannedPortion> {
    const worker = (this.#worker ??= this.#start());
    const finished = Promise.withResolvers<ScannedPortion>();
    this.#running = { finished, ...run };
    worker.ref();
    try {
      this.#give(worker, portion);
      return await finished.promise;
    } finally {
      this.#running = undefined;
      worker.unref();
    }
  }

  /** Reads what another thread sends to a port, until that closes it or this thread dies. */
  async readFor(port: MessagePort): Promise<void> {
    const worker = (this.#worker ??= this.#start());
    // The thread that is read for keeps the process alive.
    worker.unref();
    const reading = (this.#reading = Promise.withResolvers<void>());
    worker.postMessage({ kind: 'read-for', port } satisfies ToThread, [port]);
    await reading.promise;
    this.#reading = undefined;
  }

  /** Ends the thread; a portion under way fails. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#fail(new Failure('unavailable', 'the scan was closed', 'The portion can be scanned again.'));
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(this.#parts.workerFile, {
      workerData: this.#parts.data,
      name: 'scan',
      resourceLimits: { maxYoungGenerationSizeMb: youngMiB },
    });
    worker.on('message', (message: FromThread) => this.#receive(worker, message));
    worker.on('error', (error) => this.#died(worker, error));
    worker.on('exit', () => this.#died(worker, undefined));
    return worker;
  }

  /** The known records stay the caller's, so that a portion can be repeated: the thread is given one copy for itself. */
  #give(worker: Worker, portion: ScanPortion): void {
    // Not `slice`: of a Buffer that is a view of a pool, which cannot change hands.
    const bytes = new Uint8Array(portion.known.bytes);
    const known = { bytes, digestBytes: portion.known.digestBytes };
    const nowMilliseconds = this.#parts.clock.now().toMillis();
    const message: ToThread = { kind: 'scan', portion: { ...portion, known, nowMilliseconds } };
    worker.postMessage(message, [bytes.buffer]);
  }

  #receive(worker: Worker, message: FromThread): void {
    if (message.kind === 'authorize') void this.#authorize(worker, message.id, message.request);
    else if (message.kind === 'progress') this.#running?.onProgress?.(message.progress);
    else if (message.kind === 'lend') this.#lend(worker, message.isWorthStart);
    else if (message.kind === 'free') this.#reading?.resolve();
    else if (message.kind === 'failed') this.#fail(failureFromFacts(message.failure));
    else {
      const { records, ...rest } = message.result;
      this.#running?.finished.resolve({ ...rest, records: receivedRecords(records) });
    }
  }

  #lend(worker: Worker, isWorthStart: boolean): void {
    const { port1, port2 } = new MessageChannel();
    if (this.#running?.lend(isWorthStart, port2) === true)
      worker.postMessage({ kind: 'lent', port: port1 } satisfies ToThread, [port1]);
    else {
      port1.close();
      worker.postMessage({ kind: 'lent', port: undefined } satisfies ToThread, []);
    }
  }

  async #authorize(worker: Worker, id: number, request: AuthorizationRequest): Promise<void> {
    let answer: ToThread;
    try {
      answer = { kind: 'authorization', id, authorization: await this.#parts.authorize(request) };
    } catch (thrown) {
      answer = { kind: 'no-authorization', id, failure: factsOf(thrown) };
    }
    worker.postMessage(answer, []);
  }

  #died(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const said = error instanceof Error ? `: ${error.message}` : '';
    const hint = 'The portion is scanned again by itself, in a new thread.';
    this.#fail(new Failure('unavailable', `the scan thread ended${said}`, hint, { cause: error }));
  }

  #fail(failure: Failure): void {
    this.#reading?.resolve();
    this.#running?.finished.reject(failure);
  }
}
