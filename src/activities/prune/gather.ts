/**
 * What there is to be judged beside recovery points: one gatherer for each kind gives the things one after the other,
 * with where they are for whoever deletes them. A gatherer decides nothing. What it cannot list to its end it throws, and
 * then nothing at all is deleted.
 */
import type { DateTime } from 'luxon';
import type { RecoveryPoint } from '../../contracts/documents.ts';
import type { PruneItem } from '../../contracts/prune.ts';
import type { Pin, RetentionItem, StoreFacts } from '../../policy/retention/items.ts';
import type { RetentionPolicy } from '../../policy/retention/policy.ts';
import type { SystemProtection } from '../../policy/retention/protection.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Scoped } from '../scope.ts';
import type { StoreMarks } from './marks.ts';
import type { Listings } from './points.ts';

/** Where a thing is. */
export type Place = Pick<PruneItem, 'snapshot' | 'version' | 'blob' | 'server' | 'document'>;

/** A thing as retention judges it, and where it is. */
export interface Found {
  readonly item: Exclude<RetentionItem, { readonly kind: 'recovery-point' }>;
  readonly place: Place;
}

/** What gatherers are given. */
export interface Around {
  readonly deps: Dependencies;
  readonly here: Scoped;
  readonly policy: RetentionPolicy;
  readonly protection: SystemProtection;
  /** Every recovery point that could be read, and what the provider lists. */
  readonly catalogue: readonly RecoveryPoint[];
  readonly listings: Listings;
  /** What holds everything that is no recovery point. */
  readonly pins: readonly Pin[];
  /** Blobs that are bad, missing or unreadable, as `store/name`. */
  readonly damaged: () => Promise<ReadonlySet<string>>;
  /** The moment by which everything is judged. */
  readonly now: DateTime;
  /** What earlier looks found of a store, read at most once; what this look finds is noted there. */
  readonly marks: (store: string) => Promise<StoreMarks>;
  /** What is known of stores: told before the first of their things. */
  readonly stores: StoreFacts[];
  /** Places for dumps that do not exist, by id, and what was said of them. */
  readonly absent: Map<string, string>;
  /** Only what is of this thing is asked for; undefined: everything. */
  readonly near: string | undefined;
}

export type Gatherer = (around: Around) => AsyncIterable<Found>;

/** Whether an id that begins so could be the thing that is asked for, and under which names of blobs it is then. */
export function prefixIn(near: string | undefined, store: string): string | undefined {
  if (near === undefined) return '';
  if (!near.startsWith(`${store}/`)) return undefined;
  const name = near.slice(store.length + 1);
  const mark = name.lastIndexOf('@');
  return mark < 0 ? name : name.slice(0, mark);
}
