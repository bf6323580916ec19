/**
 * Scans one portion: a number of lanes each read one blob at a time, of the present page, and together turn to the next
 * one; other threads may read a part of it. A failure of one lane (the store cannot be listed, there is no authorization) ends them all.
 */
import type { ScannedPortion, ScanPortion, ScanProgress } from '../ports/blob-scanner.ts';
import type { BatchReaders } from './blob-batch.ts';
import { Lane, type LaneKeeper, type LaneTools, type Tally } from './lane.ts';
import type { LaneControl } from './lane-control.ts';
import type { ListedPage } from './listed-page.ts';
import type { Listing } from './listing.ts';
import { PageFlow } from './page-flow.ts';
import { PortionHelp } from './portion-help.ts';

/** What a portion is scanned with. */
export interface PortionTools extends LaneTools {
  readonly listing: Listing;
  /** Pages that may be filled, kept from portion to portion. */
  readonly freePages: ListedPage[];
  readonly lanes: LaneControl;
  /** Undefined: this thread is the only one. */
  readonly readers: BatchReaders | undefined;
}

export class PortionScan implements LaneKeeper {
  readonly #tools: PortionTools;
  readonly #flow: PageFlow;
  readonly #help: PortionHelp;
  readonly #tally: Tally = { bytes: 0, hashed: { blobs: 0, bytes: 0 }, doubtful: [] };
  #lanes = 0;
  #failure: { readonly thrown: unknown } | undefined;
  #onEnd: () => void = () => undefined;

  constructor(portion: ScanPortion, tools: PortionTools) {
    this.#tools = tools;
    this.#flow = new PageFlow(portion, tools.listing, tools.freePages);
    this.#help = new PortionHelp({
      ...{ portion, flow: this.#flow, tally: this.#tally, nowSeconds: tools.nowSeconds },
      ...{ settings: tools.requests.settings, readers: tools.readers, lanes: tools.lanes },
      onFailure: (thrown) => this.laneFailed(thrown),
      onEnd: () => this.#endIfDone(),
    });
  }

  get progress(): ScanProgress {
    const { bytes, hashed, doubtful } = this.#tally;
    return { blobs: hashed.blobs + doubtful.length, bytes };
  }

  /** Scans, once; throws the Failure of the listing or of the authorization. */
  async run(): Promise<ScannedPortion> {
    await new Promise<void>((resolve) => {
      this.#onEnd = resolve;
      this.#openLanes();
    });
    if (this.#failure !== undefined) throw this.#failure.thrown;
    const { hashed, doubtful } = this.#tally;
    return { ...this.#flow.result(), hashed, doubtful };
  }

  /** Looks how many lanes are right by now; to be called every few hundredths of a second. */
  adapt(): void {
    this.#tools.lanes.look(this.#flow.meanBytes);
    this.#openLanes();
    this.#help.look();
  }

  get isLaneWanted(): boolean {
    return !this.#flow.isFinished && this.#lanes <= this.#tools.lanes.target;
  }

  laneEnded(): void {
    this.#lanes -= 1;
    this.#endIfDone();
  }

  laneFailed(thrown: unknown): void {
    this.#failure ??= { thrown };
    this.#flow.abandon();
    this.#help.close();
  }

  #endIfDone(): void {
    if (this.#lanes === 0 && this.#help.isOver) this.#onEnd();
  }

  #openLanes(): void {
    while (this.#lanes < this.#tools.lanes.target && !this.#flow.isFinished) {
      this.#lanes += 1;
      new Lane(this.#tools, this.#flow, this.#tally, this).go();
    }
  }
}
