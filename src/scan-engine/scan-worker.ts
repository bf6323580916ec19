/** The scan thread: an engine behind a message port. It scans one portion at a time and asks for authorizations. */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { failureFromFacts } from '../policy/failure.ts';
import type { BatchReader } from './blob-batch.ts';
import { readForPort, ReaderAtPort } from './batch-port.ts';
import type { Authorization, AuthorizationRequest } from './authorization.ts';
import { ScanEngine } from './engine.ts';
import {
  factsOf,
  receivedRecords,
  type FromThread,
  type SentPortion,
  type ThreadData,
  type ToThread,
} from './messages.ts';

class EngineAtPort {
  readonly #port: MessagePort;
  readonly #engine: ScanEngine;
  readonly #asked = new Map<number, PromiseWithResolvers<Authorization>>();
  #questions = 0;
  #lent: PromiseWithResolvers<BatchReader | undefined> | undefined;

  constructor(port: MessagePort, { settings }: ThreadData) {
    this.#port = port;
    this.#engine = new ScanEngine({
      settings,
      authorize: (request) => this.#authorize(request),
      readers: { lend: (isWorthStart) => this.#lend(isWorthStart) },
    });
  }

  listen(): void {
    this.#port.on('message', (message: ToThread) => this.#receive(message));
  }

  #receive(message: ToThread): void {
    if (message.kind === 'scan') void this.#scan(message.portion);
    else if (message.kind === 'lent') this.#lent?.resolve(message.port && new ReaderAtPort(message.port));
    else if (message.kind === 'read-for')
      void readForPort(message.port, this.#engine).then(() => this.#tell({ kind: 'free' }));
    else {
      const asked = this.#asked.get(message.id);
      this.#asked.delete(message.id);
      if (message.kind === 'authorization') asked?.resolve(message.authorization);
      else asked?.reject(failureFromFacts(message.failure));
    }
  }

  /** One question at a time: the portion waits for the answer before it asks again. */
  #lend(isWorthStart: boolean): Promise<BatchReader | undefined> {
    this.#lent = Promise.withResolvers<BatchReader | undefined>();
    this.#tell({ kind: 'lend', isWorthStart });
    return this.#lent.promise;
  }

  #authorize(request: AuthorizationRequest): Promise<Authorization> {
    const id = this.#questions;
    this.#questions += 1;
    const asked = Promise.withResolvers<Authorization>();
    this.#asked.set(id, asked);
    this.#tell({ kind: 'authorize', id, request });
    return asked.promise;
  }

  async #scan({ nowMilliseconds, known, ...portion }: SentPortion): Promise<void> {
    const startedAt = performance.now();
    const nowSeconds = (): number => Math.floor((nowMilliseconds + performance.now() - startedAt) / 1000);
    const onProgress = (progress: { blobs: number; bytes: number }): void =>
      this.#tell({ kind: 'progress', progress });
    try {
      const whole = { ...portion, known: receivedRecords(known) };
      const { records, ...rest } = await this.#engine.scan(whole, { nowSeconds, onProgress });
      const { bytes, digestBytes } = records;
      this.#tell({ kind: 'scanned', result: { ...rest, records: { bytes, digestBytes } } }, bytes);
    } catch (thrown) {
      this.#tell({ kind: 'failed', failure: factsOf(thrown) });
    }
  }

  #tell(message: FromThread, handedOver?: Uint8Array): void {
    const buffer = handedOver?.buffer;
    this.#port.postMessage(message, buffer instanceof ArrayBuffer ? [buffer] : []);
  }
}

if (parentPort !== null) new EngineAtPort(parentPort, workerData as ThreadData).listen();
