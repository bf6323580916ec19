/**
 * What can be said of an item, and why: plain data (ids, ages in hours, ISO instants), so that a stored plan, the
 * command line, the API and a report say the same. Each decision has at least one reason; the first is the one that
 * a person is told first. `blocked` means: by its age it would go, and a guard stops it.
 */
import type { PointSource, RetentionItem } from './items.ts';
import type { Rung } from './ladder.ts';
import type { PolicyProblem } from './policy.ts';

/** Why a recovery point counts neither as proven nor as cover. */
export type NotCounting =
  | 'failed'
  | 'incomplete'
  | 'unverified'
  | 'drill-failed'
  | 'unproven'
  | 'future-dated'
  | 'undated'
  | 'marked'
  | 'not-ours';

/** A newer recovery point, and why it does not count. */
export interface NewerPoint {
  readonly id: string;
  readonly why: NotCounting;
}

/** A pin as data. */
export interface PinFacts {
  readonly kind: 'legal-hold' | 'restore' | 'drill';
  readonly by: string;
  readonly because: string;
  readonly until: string | undefined;
}

interface Aged {
  readonly ageHours: number;
}
interface InWindow extends Aged {
  readonly windowHours: number;
}

export type KeepReason =
  | ({ readonly reason: 'inside-window' } & InWindow)
  | ({ readonly reason: 'pinned'; readonly pins: readonly PinFacts[] } & Aged)
  | ({
      readonly reason: 'newest-proven';
      readonly servers: readonly string[];
      readonly newer: readonly NewerPoint[];
    } & Aged)
  | ({
      readonly reason: 'minimum-proven';
      readonly servers: readonly string[];
      /** Which proven point of a server it is, the newest being 1. */
      readonly nth: number;
      readonly minimum: number;
    } & Aged)
  | ({
      readonly reason: 'chain-needed';
      /** The base that the window begins on; undefined if there is none before the window. */
      readonly anchor: string | undefined;
    } & InWindow)
  | {
      readonly reason: 'ladder';
      readonly rung: Rung;
      readonly nth: number;
      readonly of: number;
      readonly isOldest: boolean;
      readonly servers: readonly string[];
    }
  | {
      readonly reason: 'providers-own';
      readonly source: PointSource;
      readonly expiresAt: string | undefined;
    }
  | { readonly reason: 'persons-own' }
  | { readonly reason: 'part-of-point'; readonly point: string }
  | { readonly reason: 'current-version' }
  | ({ readonly reason: 'repair-source'; readonly blob: string } & Aged)
  | { readonly reason: 'reported-only'; readonly store: string }
  | { readonly reason: 'referenced'; readonly by: readonly string[] }
  | {
      readonly reason: 'awaiting-mark';
      readonly marks: number;
      readonly firstMarkedAt: string | undefined;
      readonly apartHours: number;
    }
  | { readonly reason: 'inside-grace'; readonly markedHours: number; readonly graceHours: number }
  | { readonly reason: 'inside-time-to-live'; readonly drill: string; readonly expiresAt: string }
  | { readonly reason: 'still-running' }
  | { readonly reason: 'inside-own-retention'; readonly ageDays: number; readonly days: number }
  | { readonly reason: 'proof-of-protected'; readonly point: string; readonly ageDays: number }
  | { readonly reason: 'still-needed'; readonly by: string; readonly ageDays: number };

export type ExpireReason =
  | ({
      readonly reason: 'past-window';
      /** The newest cover of each server of the point: what is restored instead. */
      readonly cover: readonly string[];
    } & InWindow)
  | {
      readonly reason: 'slot';
      readonly coveredBy: string;
      readonly day: string;
      readonly held: number;
      readonly allowed: number;
    }
  | { readonly reason: 'with-its-point'; readonly point: string }
  | { readonly reason: 'unreferenced'; readonly marks: number; readonly markedHours: number }
  | { readonly reason: 'leaked'; readonly drill: string; readonly expiredAt: string }
  | { readonly reason: 'past-own-retention'; readonly ageDays: number; readonly days: number };

export type BlockReason =
  | { readonly reason: 'policy-refused'; readonly problems: readonly PolicyProblem[] }
  | { readonly reason: 'undated' }
  | { readonly reason: 'future-dated'; readonly aheadHours: number }
  | ({
      readonly reason: 'last-cover';
      /** The servers that nothing covers. */
      readonly servers: readonly string[];
      /** What is inside the window and does not. */
      readonly newer: readonly NewerPoint[];
    } & Aged)
  | { readonly reason: 'clock'; readonly because: string }
  | { readonly reason: 'listing'; readonly because: readonly string[] }
  | { readonly reason: 'provider'; readonly because: readonly string[] }
  | { readonly reason: 'contradiction' }
  | { readonly reason: 'point-blocked'; readonly point: string }
  | { readonly reason: 'no-safety-net'; readonly store: string }
  | { readonly reason: 'store-unknown'; readonly store: string }
  | { readonly reason: 'inventory-unread'; readonly points: readonly string[] }
  | { readonly reason: 'removal-refused'; readonly because: readonly string[] };

export type RetentionReason = KeepReason | ExpireReason | BlockReason;

/** At least one. */
export type Some<T> = readonly [T, ...T[]];

/** What was decided of an item; without the item itself. */
export type Verdict =
  | { readonly decision: 'keep'; readonly reasons: Some<KeepReason> }
  | { readonly decision: 'expire'; readonly reasons: Some<ExpireReason> }
  | { readonly decision: 'blocked'; readonly reasons: Some<BlockReason> };

/** The decision on one item. */
export type RetentionDecision = Verdict & { readonly id: string; readonly item: RetentionItem };

/** Keeps for the reasons given, or goes on when there are none. */
export function keepIfAny(reasons: readonly KeepReason[]): Verdict | undefined {
  const [first, ...rest] = reasons;
  return first === undefined ? undefined : { decision: 'keep', reasons: [first, ...rest] };
}

/** Expires for `reason`, unless something blocks it. */
export function expireUnless(blocks: readonly BlockReason[], reason: ExpireReason): Verdict {
  const [first, ...rest] = blocks;
  return first === undefined
    ? { decision: 'expire', reasons: [reason] }
    : { decision: 'blocked', reasons: [first, ...rest] };
}
