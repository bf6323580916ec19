/**
 * Decides repairs, over what was seen: which copy of a damaged blob is good, what is left alone and why, who may have
 * it done. A blob is repaired only from a copy whose content was read and hashes to the blob's address; without one
 * nothing is written. The one exception is a soft-deleted blob, which the store shows to nobody before it is
 * undeleted: it is the last choice, only where nothing stands, and it is taken back if it turns out wrong.
 */
import type { DateTime } from 'luxon';
import { personText } from './person-name.ts';

export const repairModes = ['manual', 'automatic'] as const;
/** Whether a repair waits for a person's approval (`manual`, the default) or is done by itself. */
export type RepairMode = (typeof repairModes)[number];

/** From the nearest copy to the one that takes a write to be read. */
export const copyKinds = ['version', 'secondary', 'vault', 'soft-deleted'] as const;
export type CopyKind = (typeof copyKinds)[number];

interface OrderedCopy {
  readonly kind: CopyKind;
  readonly at: DateTime | undefined;
}

/** The copies in the order in which they are looked at: by kind, the newest of a kind first. */
export function orderCopies<T extends OrderedCopy>(copies: readonly T[]): T[] {
  const rank = (copy: T): number => copyKinds.indexOf(copy.kind);
  return copies.toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      (b.at?.toMillis() ?? Number.NEGATIVE_INFINITY) - (a.at?.toMillis() ?? Number.NEGATIVE_INFINITY),
  );
}

/** What a blob was found to be: its content hashes to its address, does not, is not there, or would not hold still. */
export type BlobNow =
  | { readonly state: 'right'; readonly version: string }
  | { readonly state: 'damaged'; readonly version: string; readonly size: number; readonly digest: string }
  | { readonly state: 'absent' }
  | { readonly state: 'unsteady'; readonly detail: string };

/** What became of reading a copy. `unseen`: it cannot be read before it is undeleted. */
export type CopyVerdict = 'good' | 'bad' | 'gone' | 'unreadable' | 'unseen';

export type RepairDecision = 'repairable' | 'no-good-copy' | 'not-damaged-any-more' | 'refused';

/** What is to be done about one blob, why, and from which of its copies. */
export interface DecidedRepair {
  readonly decision: RepairDecision;
  readonly sentence: string;
  /** The index of the copy to repair from. */
  readonly from?: number;
}

/** Decides over one blob, from what it is now and its copies in order; a good copy is the last one that was read. */
export function decideRepair(
  now: BlobNow,
  copies: readonly { readonly kind: CopyKind; readonly verdict: CopyVerdict }[],
): DecidedRepair {
  if (now.state === 'right')
    return { decision: 'not-damaged-any-more', sentence: 'left alone: its content hashes to its address' };
  if (now.state === 'unsteady') return { decision: 'refused', sentence: `left alone: ${now.detail}` };
  const what = now.state === 'absent' ? 'it is not there' : `its content hashes to ${now.digest}`;
  const good = copies.findIndex((copy) => copy.verdict === 'good');
  if (good >= 0)
    return {
      decision: 'repairable',
      sentence: `${what}; ${wordsOf(copies[good])} hashes to its address`,
      from: good,
    };
  const unseen = copies.findIndex((copy) => copy.verdict === 'unseen');
  // Over a blob that stands, undeleting brings nothing back.
  if (unseen >= 0 && now.state === 'absent')
    return {
      decision: 'repairable',
      sentence: `${what}; ${wordsOf(copies[unseen])} can be read once it is undeleted, and is taken back if it is wrong`,
      from: unseen,
    };
  return { decision: 'no-good-copy', sentence: `${what}; ${wordsOfNone(copies)}: nothing is written` };
}

const words: Readonly<Record<CopyKind, string>> = {
  version: 'an earlier version',
  secondary: "the geo secondary's copy",
  vault: "the vault's copy",
  'soft-deleted': 'its soft-deleted content',
};

const wordsOf = (copy: { readonly kind: CopyKind } | undefined): string =>
  copy === undefined ? 'a copy' : words[copy.kind];

function wordsOfNone(copies: readonly { readonly kind: CopyKind; readonly verdict: CopyVerdict }[]): string {
  if (copies.length === 0) return 'there is no copy of it';
  const told = copies.map((copy) => `${words[copy.kind]} is ${copy.verdict}`);
  return `no copy is good (${[...new Set(told)].join(', ')})`;
}

/** What the plan says of the blob that it would write over. */
export type PlannedState = { readonly version: string; readonly digest: string } | 'absent';

/** Whether a blob is still what the plan was made for; otherwise what became of it. */
export function decideItem(
  planned: PlannedState,
  now: BlobNow,
):
  | { readonly go: true }
  | { readonly go: false; readonly decision: RepairDecision; readonly sentence: string } {
  if (now.state === 'right' || now.state === 'unsteady') {
    const { decision, sentence } = decideRepair(now, []);
    return { go: false, decision, sentence };
  }
  const isSame =
    now.state === 'absent'
      ? planned === 'absent'
      : planned !== 'absent' && planned.version === now.version && planned.digest === now.digest;
  if (isSame) return { go: true };
  const became = now.state === 'absent' ? 'it is not there any more' : 'it has another content by now';
  return {
    go: false,
    decision: 'refused',
    sentence: `left alone: since the plan was made ${became}; the next scan and plan judge it`,
  };
}

/** A decision on a plan as it is stored. */
export interface StoredApproval {
  readonly digest: string;
  readonly decision: 'approved' | 'rejected';
  readonly by: string;
  readonly byName?: string | undefined;
  readonly at: DateTime;
  readonly expiresAt: DateTime;
  /** Why it is not known to be by whom it says. */
  readonly doubt?: string | undefined;
}

/** What an approval is worth now: an event is a hint, this document is the truth. */
export type ApprovalState =
  | { readonly state: 'waiting'; readonly sentence: string }
  | { readonly state: 'approved' | 'rejected' | 'void'; readonly sentence: string };

/** Judges an approval for a plan; `first` are those who cannot approve it: whoever acts, and whoever asked for it. */
export function judgeApproval(
  plan: string,
  approval: StoredApproval | undefined,
  first: readonly string[],
  now: DateTime,
): ApprovalState {
  if (approval === undefined) return { state: 'waiting', sentence: `no decision on ${plan} was written yet` };
  const { by, doubt } = approval;
  const who = personText(by, approval.byName);
  if (approval.digest !== plan)
    return { state: 'void', sentence: `the approval is of ${approval.digest}, not of ${plan}` };
  if (approval.decision === 'rejected') return { state: 'rejected', sentence: `${who} rejected it` };
  if (by.trim() === '' || first.includes(by))
    return { state: 'void', sentence: `"${who}" is no second person: the approval does not count` };
  if (doubt !== undefined) return { state: 'void', sentence: `the approval does not count: ${doubt}` };
  if (approval.expiresAt <= now) return { state: 'void', sentence: `the approval by ${who} has expired` };
  return { state: 'approved', sentence: `${who} approved it` };
}
