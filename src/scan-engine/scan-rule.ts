/**
 * Which listed blobs are hashed, and what stays known of the others. A record tells of one blob: when size or time of
 * creation are others by now, what it says is about a blob that is gone, and the one that stands there was never read.
 */
import type { ScrubState } from '../policy/scrub-records.ts';
import type { ScanRule } from '../ports/blob-scanner.ts';

/** What is known of a blob before this scan. */
export interface Standing {
  readonly state: ScrubState;
  /** Seconds since 1970; 0 for never. */
  readonly verifiedAt: number;
}

/** No record tells of this blob. */
export const neverRead: Standing = { state: 'unread', verifiedAt: 0 };

/** Whether a blob is hashed now; `undefined`: no record has its address. `isSame`: the record is about this very blob. */
export function isHashed(rule: ScanRule, known: Standing | undefined, isSame: boolean): boolean {
  if (known === undefined) return rule.unknown;
  // Listed by a scan that was not to read it: as unknown as before, or unreadable ever since.
  if (known.state === 'unread' && known.verifiedAt === 0) return rule.unknown || rule.bad;
  if (known.state !== 'ok') return rule.bad || (!isSame && rule.unknown);
  return isSame ? known.verifiedAt < rule.verifiedBefore : rule.unknown;
}
