/**
 * A lane reads one blob after the other, as long as it is wanted. It goes on right where an answer ends, in the call
 * that tells of it: a promise for every small blob would cost more than the blob's hash.
 */
import type { DoubtfulBlob } from '../ports/blob-scanner.ts';
import { BlobReading, type BlobDoubt } from './blob-reading.ts';
import { BlobRequest } from './blob-request.ts';
import type { Exchange } from './connection.ts';
import type { Hashers } from './hasher.ts';
import type { ListedPage } from './listed-page.ts';
import type { RateLimit } from './rate-limit.ts';
import { Requester, type Asker, type RequesterParts } from './requester.ts';

/** What the lanes of a portion have in common. */
export interface LaneTools {
  readonly requests: RequesterParts;
  readonly hashers: Hashers;
  /** The container's path. */
  readonly containerPath: string;
  readonly limit: RateLimit | undefined;
  /** The wall clock in seconds since 1970. */
  readonly nowSeconds: () => number;
}

/** A listed page of which blobs are to be read. */
export interface ReadPage {
  readonly listed: ListedPage;
  /** The next entry to read, which is out of the page's hands then; -1 if there is none left. */
  take(): number;
  /** An entry was found right, by a reading that began at this time (seconds since 1970). */
  verified(index: number, verifiedAt: number): void;
  /** An entry that was taken is done, whatever became of it. */
  cameBack(): void;
}

/** Where lanes find their blobs. */
export interface BlobSource {
  /** The page of which the next blob is; undefined if another one has to come first. */
  readonly current: ReadPage | undefined;
  /** Turns to the next page; all who ask meanwhile wait for the same one. */
  turn(): Promise<void>;
  /** A blob came back to its page. */
  cameBack(): void;
}

/** What the lanes of a portion came to, so far. */
export interface Tally {
  /** Body bytes that came, whatever became of their blobs. */
  bytes: number;
  readonly hashed: { blobs: number; bytes: number };
  readonly doubtful: DoubtfulBlob[];
}

/** Who keeps the lanes. */
export interface LaneKeeper {
  /** Whether one lane fewer would be too few. */
  readonly isLaneWanted: boolean;
  laneEnded(): void;
  /** The store cannot be listed, or there is no authorization. */
  laneFailed(thrown: unknown): void;
}

export class Lane implements Asker {
  readonly request: BlobRequest;
  readonly receiver: BlobReading;
  readonly limit: RateLimit | undefined;
  readonly #tools: LaneTools;
  readonly #source: BlobSource;
  readonly #tally: Tally;
  readonly #keeper: LaneKeeper;
  readonly #requester: Requester;
  /** The blob that is being read, and since when. */
  #page: ReadPage | undefined;
  #index = 0;
  #startedAt = 0;

  constructor(tools: LaneTools, source: BlobSource, tally: Tally, keeper: LaneKeeper) {
    this.request = new BlobRequest(tools.containerPath);
    this.receiver = new BlobReading(tools.hashers, tally);
    this.limit = tools.limit;
    this.#tools = tools;
    this.#source = source;
    this.#tally = tally;
    this.#keeper = keeper;
    this.#requester = new Requester(tools.requests, this);
  }

  /** Goes on until an answer has to be waited for, or a page. */
  go(): void {
    try {
      while (this.#keeper.isLaneWanted) {
        const page = this.#source.current;
        const index = page?.take() ?? -1;
        if (page === undefined || index < 0) {
          this.#source.turn().then(
            () => this.go(),
            (thrown: unknown) => this.failed(thrown),
          );
          return;
        }
        if (this.#begin(page, index)) return;
      }
      this.#keeper.laneEnded();
    } catch (thrown) {
      this.failed(thrown);
    }
  }

  answered(exchange: Exchange): void {
    if (this.#page === undefined) return;
    this.#done(this.receiver.doubt(exchange, this.#page.listed, this.#index));
    this.go();
  }

  failed(thrown: unknown): void {
    this.#keeper.laneFailed(thrown);
    this.#keeper.laneEnded();
  }

  /** Asks for a blob; `false` if it cannot be asked for, and was doubted. */
  #begin(page: ReadPage, index: number): boolean {
    this.#page = page;
    this.#index = index;
    this.#startedAt = this.#tools.nowSeconds();
    const why = this.request.turnTo(page.listed, index);
    if (why !== undefined) {
      this.#done({ why, isWrong: false });
      return false;
    }
    this.receiver.expect(page.listed.size(index));
    this.#requester.get();
    return true;
  }

  #done(doubt: BlobDoubt | undefined): void {
    const [page, index] = [this.#page, this.#index];
    if (page === undefined) return;
    const { listed } = page;
    const size = listed.size(index);
    if (doubt === undefined) {
      page.verified(index, this.#startedAt);
      this.#tally.hashed.blobs += 1;
      this.#tally.hashed.bytes += size;
    } else {
      const [name, version] = [listed.name(index), listed.version(index)];
      this.#tally.doubtful.push({ name, size, version, ...doubt });
    }
    page.cameBack();
    this.#source.cameBack();
  }
}
