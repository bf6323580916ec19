/**
 * What an order for a legal hold comes to before anything is written: in which form it is kept, whether it was carried
 * out before, whether there is what it names, and under which id it is written. Reads nothing itself.
 */
import type { HoldDocument, HoldSubjectDocument } from '../contracts/holds.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { canonicalJson } from '../policy/canonical-json.ts';
import { Failure } from '../policy/failure.ts';
import type { Catalogue } from './points.ts';
import type { HoldDocuments } from './standing-holds.ts';

/** A hold that somebody wants set; `key` makes sending the order twice set one hold. */
export interface HoldOrder {
  readonly what: HoldSubjectDocument;
  readonly reason: string;
  readonly by: string;
  readonly until?: string | undefined;
  readonly key?: string | undefined;
}

/** What makes two orders the same, with instants in one form. */
export type WantedHold = Pick<HoldDocument, 'what' | 'reason' | 'by' | 'until' | 'key'>;

/** An order in the form in which it is kept. */
export function wantedHold({ what, reason, by, until, key }: HoldOrder): WantedHold {
  const inOneForm = (text: string): string => isoOf(instantOf(text));
  return {
    ...{ reason: reason.trim(), by },
    what: 'from' in what ? { from: inOneForm(what.from), to: inOneForm(what.to) } : what,
    ...(until === undefined ? {} : { until: inOneForm(until) }),
    ...(key === undefined ? {} : { key }),
  };
}

/**
 * The hold that the order was answered with before: by its key, or by all that it says within the same second (`stamp`).
 * Throws `conflict` if the key belongs to another hold, or to one that was released.
 */
export function holdOfOrder(
  documents: readonly HoldDocument[],
  wanted: WantedHold,
  stamp: string,
): HoldDocument | undefined {
  const isSame = (hold: HoldDocument): boolean => canonicalJson(wantedHold(hold)) === canonicalJson(wanted);
  if (wanted.key === undefined)
    return documents.find(
      (hold) => hold.released === undefined && isOfSecond(hold.id, stamp) && isSame(hold),
    );
  const keyed = documents.find((hold) => hold.key === wanted.key);
  if (keyed === undefined || (isSame(keyed) && keyed.released === undefined)) return keyed;
  throw new Failure(
    'conflict',
    keyed.released === undefined
      ? `the key "${wanted.key}" belongs to ${keyed.id}, which says something else`
      : `the key "${wanted.key}" belongs to ${keyed.id}, which was released at ${keyed.released.at}`,
    'Set the hold with another key.',
  );
}

const isOfSecond = (id: string, stamp: string): boolean =>
  id === `hold-${stamp}` || id.startsWith(`hold-${stamp}-`);

/** The first id of this second that nothing stands under, not even a damaged document. */
export function freeHoldId(stamp: string, { documents, damaged }: HoldDocuments, scope: Scope): string {
  const taken = new Set([
    ...documents.map(({ id }) => vaultPaths.hold(scope, id)),
    ...damaged.map(({ path }) => path),
  ]);
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? `hold-${stamp}` : `hold-${stamp}-${number}`;
    if (!taken.has(vaultPaths.hold(scope, id))) return id;
  }
}

/** A hold on one point is set only where there is one to hold: under a wrong name it would keep nothing. */
export function mustBeThere({ points, damaged }: Catalogue, scope: Scope, what: HoldSubjectDocument): void {
  if (!('point' in what)) return;
  const hint = `See what there is with: lifeboat points --system ${scope.system} --region ${scope.region}`;
  const point = points.find((one) => one.id === what.point);
  const absent = point?.tombstone?.confirmedAbsentAt;
  if (absent !== undefined)
    throw new Failure('conflict', `${what.point} was deleted before: it was absent at ${absent}`, hint);
  if (point !== undefined || damaged.some(({ path }) => path === vaultPaths.point(scope, what.point))) return;
  throw new Failure(
    'not-found',
    `${scope.system} in ${scope.region} has no recovery point ${what.point}`,
    hint,
  );
}
