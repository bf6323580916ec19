/** Portions for the fast scanner's tests, and an engine that waits for nobody: its time passes when it sleeps. */
import { ScanEngine } from '../../src/scan-engine/engine.ts';
import type { AuthorizationSource } from '../../src/scan-engine/authorization.ts';
import type { Waiting } from '../../src/scan-engine/back-off.ts';
import { defaultSettings, type EngineSettings } from '../../src/scan-engine/settings.ts';
import { ScrubRecords } from '../../src/policy/scrub-records.ts';
import type { ScannedPortion, ScanPortion } from '../../src/ports/blob-scanner.ts';
import { layout } from './scan-store.ts';

/** Nothing is known. */
export const nothingKnown = (digestBytes = 32): ScrubRecords =>
  new ScrubRecords(new Uint8Array(), digestBytes);

/** When every reading of an engine here is said to have begun. */
export const nowSeconds = 1_780_000_000;

/** A portion of a whole container in which everything is hashed. */
export function portionOf(account: string, changes: Partial<ScanPortion> = {}): ScanPortion {
  return {
    store: { account, container: 'container' },
    layout,
    prefix: '',
    token: undefined,
    rule: { unknown: true, bad: true, verifiedBefore: nowSeconds },
    known: nothingKnown(),
    milliseconds: 600_000,
    concurrency: 8,
    ...changes,
  };
}

/** Time that passes only when somebody sleeps; the sleeps are noted. */
export class SleepingTime implements Waiting {
  readonly sleeps: number[] = [];
  #now = 1;

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number): Promise<void> {
    this.sleeps.push(milliseconds);
    this.#now += milliseconds;
    return Promise.resolve();
  }

  random(): number {
    return 0;
  }
}

export interface EngineChanges {
  readonly authorize?: AuthorizationSource;
  readonly settings?: Partial<EngineSettings>;
  readonly waiting?: Waiting;
}

/** Scans one portion on this thread, and closes all connections. */
export async function scanOnce(portion: ScanPortion, changes: EngineChanges = {}): Promise<ScannedPortion> {
  const engine = new ScanEngine({
    authorize: changes.authorize ?? (() => Promise.resolve({})),
    settings: { ...defaultSettings, ...changes.settings },
    waiting: changes.waiting ?? new SleepingTime(),
  });
  try {
    return await engine.scan(portion, { nowSeconds: () => nowSeconds });
  } finally {
    engine.close();
  }
}
