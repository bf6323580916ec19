/**
 * Leads the pages of a portion through: judged when they come, their blobs given out one by one, their records written
 * in the order of the listing when all of a page's blobs are done. A portion ends with a page, never in the middle of
 * one, so the place where the next one begins is always the store's own token.
 */
import { compileLayout } from '../policy/address-layout.ts';
import type { ListingToken, ScannedPortion, ScanPortion } from '../ports/blob-scanner.ts';
import { Judge, JudgedPage } from './judged-page.ts';
import type { BlobSource } from './lane.ts';
import { PageStream } from './page-stream.ts';
import type { ListedPage } from './listed-page.ts';
import type { Listing } from './listing.ts';
import { RecordCollector } from './record-collector.ts';

/** Pages of which blobs are being read at once; one large blob does not stop the pages behind it. */
const mostOpenPages = 3;

export class PageFlow implements BlobSource {
  readonly #judge: Judge;
  readonly #stream: PageStream;
  readonly #records: RecordCollector;
  readonly #until: number;
  readonly #mostBlobs: number;
  readonly #strays: { name: string; size: number }[] = [];
  readonly #listed = { blobs: 0, bytes: 0 };
  readonly #open: JudgedPage[] = [];
  #turning: Promise<void> | undefined;
  #onRoom: (() => void) | undefined;
  #next: ListingToken;
  #last: string | undefined;
  #hasBegun = false;
  #isFinished = false;

  constructor(portion: ScanPortion, listing: Listing, free: ListedPage[]) {
    const layout = compileLayout(portion.layout);
    this.#judge = new Judge(portion.known, portion.rule);
    this.#records = new RecordCollector(layout.digestBytes, portion.blobs);
    this.#stream = new PageStream(listing, layout, free, portion.token);
    this.#until = performance.now() + portion.milliseconds;
    this.#mostBlobs = portion.blobs ?? Number.POSITIVE_INFINITY;
  }

  /** Whether the last page was given out. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** The page of which the next blob is; undefined if another one has to come first. */
  get current(): JudgedPage | undefined {
    return this.#open.at(-1);
  }

  /** How large a listed blob is, on the average. */
  get meanBytes(): number {
    return this.#listed.bytes / Math.max(1, this.#listed.blobs);
  }

  /** Turns to the next page when there is one and room for it; all who ask meanwhile wait for the same one. */
  turn(): Promise<void> {
    this.#turning ??= this.#turn().finally(() => (this.#turning = undefined));
    return this.#turning;
  }

  /** A blob came back. */
  cameBack(): void {
    if (this.#open[0]?.isDone === true) this.#writeDone();
  }

  /** Nobody reads on: who waits for room waits no longer. */
  abandon(): void {
    this.#isFinished = true;
    this.#onRoom?.();
  }

  /** What the pages came to, when all is done. */
  result(): Omit<ScannedPortion, 'hashed' | 'doubtful'> {
    return {
      records: this.#records.records(),
      listed: this.#listed,
      strays: this.#strays,
      last: this.#last,
      next: this.#next,
    };
  }

  async #turn(): Promise<void> {
    while (this.#open.length >= mostOpenPages && !this.#isFinished)
      await new Promise<void>((resolve) => (this.#onRoom = resolve));
    if (this.#isEnd()) return;
    const listed = await this.#stream.next((page) => !this.#isEnough(page.length));
    // The page may have been long in coming; it is listed again then.
    if (this.#isEnd()) return this.#stream.release(listed);
    const page = new JudgedPage(listed, this.#judge, (name, size) => this.#strays.push({ name, size }));
    this.#hasBegun = true;
    this.#next = listed.next;
    for (let index = 0; index < listed.length; index += 1) this.#listed.bytes += listed.size(index);
    this.#listed.blobs += listed.length;
    if (listed.length > 0) this.#last = listed.name(listed.length - 1);
    this.#open.push(page);
    this.#writeDone();
  }

  #isEnd(): boolean {
    this.#isFinished ||= this.#hasBegun && (this.#next === undefined || this.#isEnough(0));
    return this.#isFinished;
  }

  /** Whether the portion is to end when so many more blobs are listed. */
  #isEnough(more: number): boolean {
    return performance.now() >= this.#until || this.#listed.blobs + more >= this.#mostBlobs;
  }

  #writeDone(): void {
    for (let page = this.#open[0]; page?.isDone === true; page = this.#open[0]) {
      this.#open.shift();
      page.write(this.#records);
      this.#stream.release(page.listed);
    }
    this.#onRoom?.();
  }
}
