/**
 * Which documents of integrity scans are kept. The result of a scan stays in any case; here it is about what it worked
 * with. Invariant: what may still be written or read stays: a scan without a result until it has certainly been given
 * up, the findings of the newest results, and whatever a repair that is under way goes by.
 */
import type { DateTime } from 'luxon';

/** A scan that has documents. */
export interface DocumentedScan {
  readonly scan: string;
  /** When it was begun. */
  readonly at: DateTime;
  /** What its result says; undefined: there is none. */
  readonly result: { readonly stores: readonly string[]; readonly isWhole: boolean } | undefined;
  /** Whether its run is known to have ended. */
  readonly isOver: boolean;
}

/** A repair that has not ended; `scan` is undefined until it has said whose findings it is for. */
export interface OpenRepair {
  readonly repair: string;
  readonly scan: string | undefined;
}

export interface ScanRetentionFacts {
  readonly scans: readonly DocumentedScan[];
  readonly repairs: readonly OpenRepair[];
  readonly now: DateTime;
}

/** What stays of a scan: everything, its plan and findings, or nothing but its result. */
export type ScanKeep = 'everything' | 'findings' | 'result';

export interface ScanDecision {
  readonly scan: string;
  readonly keep: ScanKeep;
  readonly reason: string;
}

/** A run that was begun so long ago and has not ended was given up. */
export const scanGivenUpDays = 30;

/** Decides over every scan that has documents, the newest first. */
export function decideScanDocuments(facts: ScanRetentionFacts): ScanDecision[] {
  const told = new Set<string>();
  let isWholeTold = false;
  return facts.scans
    .toSorted((a, b) => (a.scan < b.scan ? 1 : -1))
    .map((one): ScanDecision => {
      const { scan, result } = one;
      const stores = (result?.stores ?? []).filter((store) => !told.has(store));
      const isNewestWhole = result?.isWhole === true && !isWholeTold;
      for (const store of stores) told.add(store);
      isWholeTold ||= isNewestWhole;
      const why = atWork(one, facts) ?? newest(stores, isNewestWhole);
      if (why !== undefined)
        return { scan, keep: result === undefined ? 'everything' : 'findings', reason: why };
      const reason =
        result === undefined ? 'its run ended without a result' : 'newer scans saw the same stores';
      return { scan, keep: 'result', reason };
    });
}

/** Why somebody may still be at work with a scan's documents; undefined: nobody is. */
function atWork(
  { scan, at, isOver }: DocumentedScan,
  { repairs, now }: ScanRetentionFacts,
): string | undefined {
  if (!isOver && now.diff(at).as('days') <= scanGivenUpDays) return 'its run has not ended';
  const repair = repairs.find((one) => one.scan === scan || one.scan === undefined);
  return repair && `${repair.repair} may go by it`;
}

function newest(stores: readonly string[], isNewestWhole: boolean): string | undefined {
  if (isNewestWhole) return 'it is the newest scan of everything';
  return stores.length === 0 ? undefined : `it is the newest scan of ${stores.join(', ')}`;
}
