/**
 * The engine of one thread: it keeps connections and authorization from portion to portion, and scans one portion at a
 * time. It knows nothing of threads and messages, so it runs wherever it is made.
 */
import type { ScannedPortion, ScanPortion, ScanProgress } from '../ports/blob-scanner.ts';
import { Authority } from './authority.ts';
import type { AuthorizationSource } from './authorization.ts';
import { BackOff, realWaiting, type Waiting } from './back-off.ts';
import { ConnectionPool } from './connection-pool.ts';
import { containerPath, endpointOf } from './endpoint.ts';
import { loadHashers } from './hasher.ts';
import { LaneControl } from './lane-control.ts';
import type { ListedPage } from './listed-page.ts';
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
    const { requests } = this.#accountOf(portion.store.account, limit?.pieceBytes);
    const path = containerPath(requests.endpoint, portion.store.container);
    const { settings } = this.#parts;
    const scope = {
      label: `blob store ${portion.store.container}`,
      path,
      prefix: portion.prefix,
      pageSize: portion.pageSize ?? settings.pageSize,
    };
    const scan = new PortionScan(portion, {
      requests,
      listing: new Listing(requests, scope),
      freePages: this.#freePages,
      hashers,
      lanes: new LaneControl(settings.firstConcurrency, portion.concurrency, requests.backOff),
      containerPath: path,
      limit,
      nowSeconds: run.nowSeconds,
    });
    return await watched(scan, run.onProgress);
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
    this.#account = { url, pieceBytes, requests: { endpoint, pool, authority, backOff, settings } };
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
