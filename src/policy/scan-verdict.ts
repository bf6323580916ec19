/**
 * What an integrity scan came to, in one word and one sentence. Damage is said before anything else; a scan that did not
 * look at everything that it was to look at is never clean, and a store in which nothing was found is none either.
 */
import type { ScanMode } from './scrub.ts';

export interface ScanVerdictFacts {
  readonly mode: ScanMode;
  readonly counts: Readonly<
    Record<
      | 'blobs'
      | 'ok'
      | 'rested'
      | 'missing'
      | 'digest-mismatch'
      | 'wrong-size'
      | 'unverified'
      | 'unreadable'
      | 'unstable'
      | 'unsigned',
      number
    >
  >;
  /** How many shards were not scanned to their end, and some of them with the reason. */
  readonly failedShards: number;
  readonly incomplete: readonly {
    readonly store: string;
    readonly shard: string;
    readonly failure: string;
  }[];
  /** Stores in which nothing was found. */
  readonly empty: readonly string[];
  /** Recovery points whose documents cannot be read: what they refer to was not looked for. */
  readonly unreadPoints: readonly string[];
  /** What is wrong with the documents of earlier scans that cannot be read. */
  readonly unreadStates: readonly string[];
  /** How many recovery points say what must be there. */
  readonly points: number;
}

export interface ScanJudgement {
  readonly outcome: 'clean' | 'damaged' | 'failed';
  readonly detail: string;
}

/** Judges a scan. */
export function judgeScan(facts: ScanVerdictFacts): ScanJudgement {
  const damage = damageOf(facts);
  const doubt = doubtOf(facts);
  if (damage !== undefined)
    return { outcome: 'damaged', detail: doubt === undefined ? damage : `${damage}; ${doubt}` };
  if (doubt !== undefined) return { outcome: 'failed', detail: doubt };
  return { outcome: 'clean', detail: wordsOf(facts) };
}

function damageOf({ counts }: ScanVerdictFacts): string | undefined {
  const damaged = counts['digest-mismatch'] + counts['wrong-size'];
  const parts = [
    ...(damaged + counts.missing === 0
      ? []
      : [`${damaged} damaged and ${counts.missing} missing of ${counts.blobs} blobs`]),
    ...(counts.unsigned === 0 ? [] : [`${counts.unsigned} change record(s) do not verify`]),
  ];
  return parts.length === 0 ? undefined : parts.join(' and ');
}

/** What keeps the scan from having verified everything; undefined: nothing. */
function doubtOf(facts: ScanVerdictFacts): string | undefined {
  const { counts, failedShards, incomplete, empty, unreadPoints, unreadStates } = facts;
  const [first] = incomplete;
  if (failedShards > 0)
    return `${failedShards} shard(s) were not scanned to their end; ${first?.store} ${first?.shard}: ${first?.failure}`;
  if (empty.length > 0) return `nothing was found in ${empty.join(', ')}: an empty store is no clean store`;
  if (unreadPoints.length > 0)
    return `${unreadPoints.length} recovery point document(s) cannot be read, so what they refer to was not looked for: ${unreadPoints.join(', ')}`;
  if (unreadStates.length > 0)
    return `${unreadStates.length} document(s) of earlier scans cannot be read, so what they had seen was not looked for: ${unreadStates[0]}`;
  if (counts.blobs === 0) return 'no blob was scanned: nothing stands in what was asked for';
  const unread = counts.unreadable + counts.unstable;
  return unread > 0 ? `${unread} of ${counts.blobs} blobs could not be read` : undefined;
}

function wordsOf({ counts, mode, points }: ScanVerdictFacts): string {
  const some = { cycle: '', full: '', new: ' (only new ones)', 'known-bad': ' (only known bad ones)' }[mode];
  const rested = counts.rested === 0 ? '' : `, ${counts.rested} verified before and not yet due again`;
  const left = counts.unverified === 0 ? '' : `, ${counts.unverified} left unverified`;
  const against = points === 0 ? '; no recovery point says yet what must be there' : '';
  return `${counts.ok} of ${counts.blobs} blobs re-hashed and right${some}${rested}${left}${against}`;
}
