/** The two ends of the port by which one scan thread reads for another. The port's end is the end of the reading. */
import type { MessagePort } from 'node:worker_threads';
import { Failure, failureFromFacts } from '../policy/failure.ts';
import type { BatchReader, BlobBatch, ReadBatch } from './blob-batch.ts';
import type { ScanEngine } from './engine.ts';
import { factsOf, type FromReader, type ToReader } from './messages.ts';

/** The end of the thread that is read for. */
export class ReaderAtPort implements BatchReader {
  readonly #port: MessagePort;
  #asked: PromiseWithResolvers<ReadBatch> | undefined;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (message: FromReader) => {
      if (message.kind === 'read') this.#asked?.resolve(message.read);
      else this.#asked?.reject(failureFromFacts(message.failure));
    });
    port.on('close', () => this.#asked?.reject(ended()));
  }

  read(batch: BlobBatch): Promise<ReadBatch> {
    this.#asked = Promise.withResolvers<ReadBatch>();
    this.#port.postMessage(batch satisfies ToReader, []);
    return this.#asked.promise;
  }

  close(): void {
    this.#port.close();
  }
}

const ended = (): Failure =>
  new Failure('unavailable', 'a scan thread ended', 'The portion is scanned again by itself.');

/** The end of the thread that reads; returns when the port was closed and nothing is under way any more. */
export async function readForPort(port: MessagePort, engine: ScanEngine): Promise<void> {
  let giveUp: () => void = () => undefined;
  let reading = Promise.resolve();
  port.on('message', (batch: ToReader) => {
    reading = answer(
      port,
      engine.read(batch, (way) => (giveUp = way)),
    );
  });
  await new Promise<void>((resolve) => port.once('close', resolve));
  giveUp();
  await reading;
}

async function answer(port: MessagePort, reading: Promise<ReadBatch>): Promise<void> {
  let message: FromReader;
  try {
    message = { kind: 'read', read: await reading };
  } catch (thrown) {
    message = { kind: 'failed', failure: factsOf(thrown) };
  }
  port.postMessage(message, []);
}
