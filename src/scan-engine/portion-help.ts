/**
 * Other threads that read for a portion: asked for when this one has no time left and enough is listed. One is started for
 * it only where there is much to do, read or listed: nobody knows what comes behind the page, but what was long is likely
 * to go on. What they read at once is taken from what the portion may; where its rate is limited, one thread is enough.
 */
import type { ScanPortion } from '../ports/blob-scanner.ts';
import type { BatchReader, BatchReaders } from './blob-batch.ts';
import type { Tally } from './lane.ts';
import type { LaneControl } from './lane-control.ts';
import { readElsewhere, secondsToRead } from './lent-thread.ts';
import type { PageFlow } from './page-flow.ts';
import type { EngineSettings } from './settings.ts';

/** Looks before a thread is asked for again where there was none. */
const restLooks = 20;

/** What other threads are asked for with, and what they work on. */
export interface HelpedScan {
  readonly portion: ScanPortion;
  readonly settings: Pick<EngineSettings, 'helpFromSeconds' | 'startFromSeconds'>;
  readonly readers: BatchReaders | undefined;
  readonly lanes: LaneControl;
  readonly flow: PageFlow;
  readonly tally: Tally;
  readonly nowSeconds: () => number;
  /** Another thread failed. */
  readonly onFailure: (thrown: unknown) => void;
  /** Another thread has nothing more to do. */
  readonly onEnd: () => void;
}

export class PortionHelp {
  readonly #scan: HelpedScan;
  readonly #readers = new Set<BatchReader>();
  /** Blobs that this thread may read at once. */
  #own: number;
  #isAsking = false;
  #rest = 0;

  constructor(scan: HelpedScan) {
    this.#scan = scan;
    this.#own = scan.portion.concurrency;
  }

  /** Whether no other thread works on the portion. */
  get isOver(): boolean {
    return this.#readers.size === 0;
  }

  /** Asks for another thread if one is of use; called every few hundredths of a second. */
  look(): void {
    const { portion, settings, readers, lanes, flow, tally } = this.#scan;
    if (readers === undefined || portion.bytesPerSecond !== undefined || this.#isAsking) return;
    const seconds = flow.current === undefined ? -1 : secondsToRead(flow.current.left);
    if (!lanes.isSaturated || this.#own < 2 || seconds < settings.helpFromSeconds) return;
    if (this.#rest > 0) this.#rest -= 1;
    else void this.#ask(readers, seconds + secondsToRead(tally.hashed) >= settings.startFromSeconds);
  }

  /** Nobody is to read on. */
  close(): void {
    for (const reader of this.#readers) reader.close();
  }

  async #ask(readers: BatchReaders, isWorthStart: boolean): Promise<void> {
    this.#isAsking = true;
    const reader = await readers.lend(isWorthStart);
    this.#isAsking = false;
    if (reader === undefined) this.#rest = restLooks;
    else if (this.#scan.flow.isFinished) reader.close();
    else await this.#use(reader);
  }

  async #use(reader: BatchReader): Promise<void> {
    const { lanes, onFailure, onEnd } = this.#scan;
    const share = Math.floor(this.#own / 2);
    this.#readers.add(reader);
    lanes.limit((this.#own -= share));
    try {
      await readElsewhere(reader, {
        ...this.#scan,
        // As many as are right here, so far as they may be.
        concurrency: () => Math.min(share, lanes.target),
        threads: () => this.#readers.size + 1,
      });
    } catch (thrown) {
      onFailure(thrown);
    }
    reader.close();
    this.#readers.delete(reader);
    lanes.limit((this.#own += share));
    onEnd();
  }
}
