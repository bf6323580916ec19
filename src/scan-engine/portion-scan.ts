/**
 * Scans one portion: a number of lanes each read one blob at a time, of the present page, and together turn to the next
 * one. A failure of one lane (the store cannot be listed, there is no authorization) ends them all.
 */
import type { DoubtfulBlob, ScannedPortion, ScanPortion, ScanProgress } from '../ports/blob-scanner.ts';
import { BlobReading, type BlobDoubt, type ByteCounter } from './blob-reading.ts';
import { blobPath } from './endpoint.ts';
import type { Hashers } from './hasher.ts';
import type { JudgedPage } from './judged-page.ts';
import type { LaneControl } from './lane-control.ts';
import type { ListedPage } from './listed-page.ts';
import type { Listing } from './listing.ts';
import { PageFlow } from './page-flow.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Requester } from './requester.ts';

/** What a portion is scanned with. */
export interface PortionTools {
  readonly requester: Requester;
  readonly listing: Listing;
  /** Pages that may be filled, kept from portion to portion. */
  readonly freePages: ListedPage[];
  readonly hashers: Hashers;
  readonly lanes: LaneControl;
  /** The container's path. */
  readonly containerPath: string;
  readonly limit: RateLimit | undefined;
  /** The wall clock in seconds since 1970. */
  readonly nowSeconds: () => number;
}

export class PortionScan {
  readonly #tools: PortionTools;
  readonly #flow: PageFlow;
  readonly #counter: ByteCounter = { bytes: 0 };
  readonly #doubtful: DoubtfulBlob[] = [];
  readonly #hashed = { blobs: 0, bytes: 0 };
  #lanes = 0;
  #failure: { readonly thrown: unknown } | undefined;
  #onEnd: () => void = () => undefined;

  constructor(portion: ScanPortion, tools: PortionTools) {
    this.#tools = tools;
    this.#flow = new PageFlow(portion, tools.listing, tools.freePages);
  }

  get progress(): ScanProgress {
    return { blobs: this.#hashed.blobs + this.#doubtful.length, bytes: this.#counter.bytes };
  }

  /** Scans, once; throws the Failure of the listing or of the authorization. */
  async run(): Promise<ScannedPortion> {
    await new Promise<void>((resolve) => {
      this.#onEnd = resolve;
      this.#openLanes();
    });
    if (this.#failure !== undefined) throw this.#failure.thrown;
    return { ...this.#flow.result(), hashed: this.#hashed, doubtful: this.#doubtful };
  }

  /** Looks how many lanes are right by now; to be called every few hundredths of a second. */
  adapt(): void {
    this.#tools.lanes.look();
    this.#openLanes();
  }

  #openLanes(): void {
    while (this.#lanes < this.#tools.lanes.target && !this.#flow.isFinished) {
      this.#lanes += 1;
      void this.#lane();
    }
  }

  async #lane(): Promise<void> {
    const reading = new BlobReading(this.#tools.hashers, this.#counter);
    try {
      while (!this.#flow.isFinished && this.#lanes <= this.#tools.lanes.target) {
        const page = this.#flow.current;
        const index = page?.take() ?? -1;
        if (page === undefined || index < 0) await this.#flow.turn();
        else await this.#verify(page, index, reading);
      }
    } catch (thrown) {
      this.#failure ??= { thrown };
      this.#flow.abandon();
    }
    this.#lanes -= 1;
    if (this.#lanes === 0) this.#onEnd();
  }

  async #verify(page: JudgedPage, index: number, reading: BlobReading): Promise<void> {
    const startedAt = this.#tools.nowSeconds();
    const { listed } = page;
    const name = listed.name(index);
    const size = listed.size(index);
    const version = listed.version(index);
    const path = blobPath(name);
    let doubt: BlobDoubt | undefined;
    if (path === undefined)
      doubt = { why: 'no path stands for its name and for nothing else', isWrong: false };
    else if (version === '') doubt = { why: 'the listing gave no version of it', isWrong: false };
    else {
      const { requester, limit, containerPath } = this.#tools;
      reading.expect(size);
      const target = { path: `${containerPath}/${path}`, query: '', ifMatch: version };
      doubt = reading.doubt(await requester.get(target, reading, limit), listed.digest(index));
    }
    if (doubt === undefined) {
      page.verified(index, startedAt);
      this.#hashed.blobs += 1;
      this.#hashed.bytes += size;
    } else this.#doubtful.push({ name, size, version, ...doubt });
    this.#flow.done(page);
  }
}
