/**
 * The engine of one thread: it keeps connections and authorization from portion to portion, and scans one portion at a
 * time. It knows nothing of threads and messages, so it runs wherever it is made.
 */
import { compileLayout } from '../policy/address-layout.ts';
import type { ScannedPortion, ScanPortion, ScanProgress } from '../ports/blob-scanner.ts';
import { Authority } from './authority.ts';
import type { AuthorizationSource } from './authorization.ts';
import { BackOff, realWaiting, type Waiting } from './back-off.ts';
import { BatchScan } from './batch-scan.ts';
import type { BatchReaders, BlobBatch, ReadBatch } from './blob-batch.ts';
import { ConnectionPool } from './connection-pool.ts';
import { containerPath, endpointOf } from './endpoint.ts';
import { loadHashers } from './hasher.ts';
import { LaneControl } from './lane-control.ts';
import { ListedPage } from './listed-page.ts';
import { Listing } from './listing.ts';
import { PortionScan } from './portion-scan.ts';
import { RateLimit } from './rate-limit.ts';
import type { RequesterParts } from './requester.ts';
import type { EngineSettings } from './settings.ts';

/** What an engine is made of. */
export interface EngineParts {
  readonly authorize: AuthorizationSource;
  readonly settings: EngineSettings;
  /** Default: the thread's own time. */
  readonly waiting?: Waiting;
  /** Other threads that may read for this one. */
  readonly readers?: BatchReaders;
}

/** One portion's run: its clock and where its progress goes. */
export interface PortionRun {
  /** The wall clock in seconds since 1970. */
  readonly nowSeconds: () => number;
  readonly onProgress?: ((progress: ScanProgress) => void) | undefined;
}

/** What is kept of an account from portion to portion. */
interface Account {
  readonly url: string;
  readonly pieceBytes: number | undefined;
  readonly requests: RequesterParts;
  readonly lanes: LaneControl;
}

/** How often the number of lanes is looked at; every fifth time progress is told. */
const lookMilliseconds = 50;
const looksPerProgress = 5;

export class ScanEngine {
  readonly #parts: EngineParts;
  readonly #authorities = new Map<string, Authority>();
  readonly #freePages: ListedPage[] = [];
  #account: Account | undefined;

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  /** Scans a portion; throws a Failure if its store cannot be listed. One at a time. */
  async scan(portion: ScanPortion, run: PortionRun): Promise<ScannedPortion> {
    const hashers = await loadHashers(portion.layout.algorithm);
    const limit = portion.bytesPerSecond === undefined ? undefined : new RateLimit(portion.bytesPerSecond);
    const { requests, lanes } = this.#accountOf(portion.store.account, limit?.pieceBytes);
    const path = containerPath(requests.endpoint, portion.store.container);
    const { settings } = this.#parts;
    const scope = {
      label: `blob store ${portion.store.container}`,
      path,
      prefix: portion.prefix,
      pageSize: portion.pageSize ?? settings.pageSize,
    };
    lanes.begin(portion.concurrency);
    const scan = new PortionScan(portion, {
      ...{ requests, lanes, readers: this.#parts.readers },
      listing: new Listing(requests, scope),
      freePages: this.#freePages,
      hashers,
      containerPath: path,
      limit,
      nowSeconds: run.nowSeconds,
    });
    return await watched(scan, run.onProgress);
  }

  /** Reads a batch for another thread; `giveUpBy` is given what ends it early. Not while a portion is scanned. */
  async read(batch: BlobBatch, giveUpBy: (giveUp: () => void) => void): Promise<ReadBatch> {
    const { store, layout, nowSeconds } = batch;
    const hashers = await loadHashers(layout.algorithm);
    const { requests } = this.#accountOf(store.account, undefined);
    const compiled = compileLayout(layout);
    const page = this.#freePages.pop() ?? new ListedPage(compiled);
    page.follow(compiled);
    const scan = new BatchScan(batch, page);
    giveUpBy(() => scan.giveUp());
    const startedAt = performance.now();
    try {
      return await scan.run({
        ...{ requests, hashers, limit: undefined },
        containerPath: containerPath(requests.endpoint, store.container),
        nowSeconds: () => Math.floor(nowSeconds + (performance.now() - startedAt) / 1000),
      });
    } finally {
      this.#freePages.push(page);
    }
  }

  /** Closes all connections. */
  close(): void {
    this.#account?.requests.pool.close();
    this.#account = undefined;
  }

  /** Connections are kept to the last account alone; they also have to read in pieces of the right size. */
  #accountOf(url: string, pieceBytes: number | undefined): Account {
    if (this.#account?.url === url && this.#account.pieceBytes === pieceBytes) return this.#account;
    this.close();
    const { settings, waiting = realWaiting } = this.#parts;
    const endpoint = endpointOf(url);
    const pool = new ConnectionPool({ endpoint, settings, pieceBytes });
    const backOff = new BackOff(settings, waiting);
    const authority = this.#authorityOf(url);
    const requests = { endpoint, pool, authority, backOff, settings };
    const lanes = new LaneControl(settings, backOff);
    this.#account = { url, pieceBytes, requests, lanes };
    return this.#account;
  }

  #authorityOf(url: string): Authority {
    const authority = this.#authorities.get(url) ?? new Authority(this.#parts.authorize, url);
    this.#authorities.set(url, authority);
    return authority;
  }
}

/** Runs a scan under a timer that adapts its lanes and tells its progress. */
async function watched(scan: PortionScan, onProgress: PortionRun['onProgress']): Promise<ScannedPortion> {
  let looks = 0;
  const timer = setInterval(() => {
    scan.adapt();
    looks += 1;
    if (looks % looksPerProgress === 0) onProgress?.(scan.progress);
  }, lookMilliseconds);
  try {
    const scanned = await scan.run();
    onProgress?.(scan.progress);
    return scanned;
  } finally {
    clearInterval(timer);
  }
}
