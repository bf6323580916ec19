/**
 * A lane reads one blob after the other, as long as it is wanted. It goes on right where an answer ends, in the call
 * that tells of it: a promise for every small blob would cost more than the blob's hash.
 */
import type { DoubtfulBlob } from '../ports/blob-scanner.ts';
import { BlobReading, type BlobDoubt } from './blob-reading.ts';
import { BlobRequest } from './blob-request.ts';
import type { Exchange } from './connection.ts';
import type { Hashers } from './hasher.ts';
import type { JudgedPage } from './judged-page.ts';
import type { PageFlow } from './page-flow.ts';
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
  readonly #flow: PageFlow;
  readonly #tally: Tally;
  readonly #keeper: LaneKeeper;
  readonly #requester: Requester;
  /** The blob that is being read, and since when. */
  #page: JudgedPage | undefined;
  #index = 0;
  #startedAt = 0;

  constructor(tools: LaneTools, flow: PageFlow, tally: Tally, keeper: LaneKeeper) {
    this.request = new BlobRequest(tools.containerPath);
    this.receiver = new BlobReading(tools.hashers, tally);
    this.limit = tools.limit;
    this.#tools = tools;
    this.#flow = flow;
    this.#tally = tally;
    this.#keeper = keeper;
    this.#requester = new Requester(tools.requests, this);
  }

  /** Goes on until an answer has to be waited for, or a page. */
  go(): void {
    try {
      while (this.#keeper.isLaneWanted) {
        const page = this.#flow.current;
        const index = page?.take() ?? -1;
        if (page === undefined || index < 0) {
          this.#flow.turn().then(
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
  #begin(page: JudgedPage, index: number): boolean {
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
    this.#flow.done(page);
  }
}
