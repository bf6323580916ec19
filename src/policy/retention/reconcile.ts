/**
 * What happened without Lifeboat: the catalogue held against what the provider lists and against the ledger of
 * deletions. A point is gone, or there, for a reason that stands in the ledger or in the provider's own retention;
 * everything else is a finding.
 */
import type { DateTime } from 'luxon';
import { retentionLimits } from './limits.ts';
import type { PointSource } from './items.ts';

/** What the catalogue knows; its id is the one that the ledger uses. */
export interface KnownItem {
  readonly id: string;
  readonly source: PointSource;
  readonly completedAt: DateTime;
  /** When the provider expires it by itself; undefined: it does not. */
  readonly providerExpiresAt: DateTime | undefined;
  /** When its tombstone was confirmed; undefined: it has none, or it is not confirmed. */
  readonly confirmedAbsentAt: DateTime | undefined;
}

/** What the provider lists. */
export interface ListedItem {
  readonly id: string;
  readonly source: PointSource;
  readonly completedAt: DateTime;
  /** By its name: Lifeboat's, or a person's. */
  readonly owner: 'lifeboat' | 'person';
}

/** A line of the ledger of deletions. */
export interface LedgerLine {
  readonly item: string;
  readonly at: DateTime;
  readonly stage: 'intent' | 'deleting' | 'confirmed-absent' | 'refused' | 'failed';
  readonly reason: string;
}

/** What was listed; an incomplete listing says nothing of what is gone. */
export interface Listing {
  readonly isComplete: boolean;
  readonly items: readonly ListedItem[];
}

export type ReconcileFinding =
  | { readonly finding: 'expired-by-provider'; readonly id: string; readonly expiredAt: DateTime }
  | {
      readonly finding: 'vanished';
      readonly id: string;
      readonly source: PointSource;
      readonly completedAt: DateTime;
      readonly dueUntil: DateTime | undefined;
    }
  | { readonly finding: 'appeared-unknown'; readonly id: string; readonly completedAt: DateTime }
  | { readonly finding: 'resurrected'; readonly id: string; readonly confirmedAbsentAt: DateTime }
  | {
      readonly finding: 'deletion-unfinished';
      readonly id: string;
      readonly stage: 'intent' | 'deleting';
      readonly since: DateTime;
      readonly isListed: boolean | undefined;
    };

/** Every finding: of the known items in their order, then of the listed, then of the ledger. */
export function reconcile(
  catalogue: readonly KnownItem[],
  listing: Listing,
  ledger: readonly LedgerLine[],
  now: DateTime,
): ReconcileFinding[] {
  const ends = lastLines(ledger);
  const listed = new Set(listing.items.map((item) => item.id));
  const known = new Set(catalogue.map((item) => item.id));
  return [
    ...catalogue.flatMap((item) =>
      listing.isComplete && !listed.has(item.id) ? gone(item, ends.get(item.id), now) : [],
    ),
    ...unique(listing.items).flatMap((item) => there(item, catalogue, ends.get(item.id), known, now)),
    ...[...ends].flatMap(([id, line]) => unfinished(id, line, listed, listing.isComplete)),
  ];
}

/** The last line of each item; of the same instant the later one in the ledger. */
function lastLines(ledger: readonly LedgerLine[]): Map<string, LedgerLine> {
  const inOrder = ledger.toSorted((a, b) => a.at.toMillis() - b.at.toMillis());
  return new Map(inOrder.map((line) => [line.item, line]));
}

const unique = (items: readonly ListedItem[]): ListedItem[] => [
  ...new Map(items.map((item) => [item.id, item])).values(),
];

function gone(item: KnownItem, last: LedgerLine | undefined, now: DateTime): ReconcileFinding[] {
  const { id, source, completedAt, providerExpiresAt } = item;
  const isAccountedFor =
    item.confirmedAbsentAt !== undefined ||
    last?.stage === 'confirmed-absent' ||
    last?.stage === 'intent' ||
    last?.stage === 'deleting';
  if (isAccountedFor) return [];
  if (providerExpiresAt !== undefined && providerExpiresAt <= now)
    return [{ finding: 'expired-by-provider', id, expiredAt: providerExpiresAt }];
  return [{ finding: 'vanished', id, source, completedAt, dueUntil: providerExpiresAt }];
}

function there(
  item: ListedItem,
  catalogue: readonly KnownItem[],
  last: LedgerLine | undefined,
  known: ReadonlySet<string>,
  now: DateTime,
): ReconcileFinding[] {
  const ended =
    last?.stage === 'confirmed-absent'
      ? last.at
      : catalogue.find((one) => one.id === item.id)?.confirmedAbsentAt;
  if (ended !== undefined) return [{ finding: 'resurrected', id: item.id, confirmedAbsentAt: ended }];
  const isExpected =
    known.has(item.id) ||
    item.owner === 'person' ||
    item.source === 'automatic' ||
    item.source === 'instant' ||
    // Its snapshot may be about to record it.
    now.diff(item.completedAt).as('hours') <= retentionLimits.recordingGraceHours;
  return isExpected ? [] : [{ finding: 'appeared-unknown', id: item.id, completedAt: item.completedAt }];
}

function unfinished(
  id: string,
  { stage, at }: LedgerLine,
  listed: ReadonlySet<string>,
  isComplete: boolean,
): ReconcileFinding[] {
  if (stage !== 'intent' && stage !== 'deleting') return [];
  const isListed = listed.has(id) ? true : isComplete ? false : undefined;
  return [{ finding: 'deletion-unfinished', id, stage, since: at, isListed }];
}
