/**
 * Sets, lists and releases legal holds. A hold is written once and changed once, by its release, and never deleted. The
 * audit line stands before either; if it cannot be appended nothing changes. The catalogue is read after the hold was
 * written, and the deleter reads the holds after it marked a point: one of the two sees the other.
 */
import type { DateTime } from 'luxon';
import { holdDocument, type HoldDocument, type HoldSetResponse, type HoldView } from '../contracts/holds.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import { named, type Person } from '../contracts/actor.ts';
import { callerNamed } from '../contracts/audit-actor.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { personText } from '../policy/person-name.ts';
import { Failure } from '../policy/failure.ts';
import { covers, stateOfHold } from '../policy/holds.ts';
import { stampOf } from '../policy/identifiers.ts';
import { audited } from './audited.ts';
import type { Dependencies } from './dependencies.ts';
import { freeHoldId, holdOfOrder, mustBeThere, wantedHold, type HoldOrder } from './hold-orders.ts';
import { readCatalogue } from './points.ts';
import { scoped } from './scope.ts';
import { holdOf, readHold, readHolds, type HoldDocuments } from './standing-holds.ts';
import { changeDocument, createDocument } from './vault-documents.ts';

const idAttempts = 20;

/** A hold that stands, whether it was set now, and the recovery points that it finds. */
export interface HoldSet extends HoldSetResponse {
  readonly isNew: boolean;
}

/**
 * Sets a hold, or finds the one that the same order set before. Throws `not-found` for a point that is not there,
 * `bad-input` for an end that has come, `conflict` for a key of another order.
 */
export async function setHold(
  deps: Dependencies,
  scope: Scope,
  { role, byName, ...order }: HoldOrder & Person,
): Promise<HoldSet> {
  scoped(deps, scope);
  const now = deps.clock.now();
  const wanted = wantedHold(order);
  if (wanted.until !== undefined && instantOf(wanted.until) <= now)
    throw new Failure(
      'bad-input',
      `the hold would have ended at ${wanted.until} already`,
      'Name a later end, or none: then it holds until it is released.',
    );
  mustBeThere(await readCatalogue(deps, scope), scope, wanted.what);
  const about = { schema: 'lifeboat/hold/v1', system: scope.system, region: scope.region } as const;
  for (let attempt = 0; attempt < idAttempts; attempt += 1) {
    const standing = await readHolds(deps, scope);
    const before = holdOfOrder(standing.documents, wanted, stampOf(now));
    if (before !== undefined) return { ...(await answerOf(deps, scope, before)), isNew: false };
    const id = freeHoldId(stampOf(now), standing, scope);
    const hold: HoldDocument = { ...about, id, ...wanted, ...named(byName), setAt: isoOf(now) };
    // Somebody else may take the id meanwhile: then it is looked again.
    if (await write(deps, scope, hold, role)) return { ...(await answerOf(deps, scope, hold)), isNew: true };
  }
  throw new Failure(
    'cannot-record',
    'others set holds within the same second without pause',
    'Nothing was held by this; try it again.',
  );
}

/** Every hold of a scope with how it stands now, and what is wrong with those that cannot be read. */
export async function listHolds(
  deps: Dependencies,
  scope: Scope,
): Promise<{ readonly holds: readonly HoldView[]; readonly damaged: HoldDocuments['damaged'] }> {
  scoped(deps, scope);
  const { documents, damaged } = await readHolds(deps, scope);
  const now = deps.clock.now();
  return { holds: documents.map((document) => viewOf(document, now)), damaged };
}

/** Releases a hold; throws `not-found`, or `conflict` naming who released it before. */
export async function releaseHold(
  deps: Dependencies,
  scope: Scope,
  id: string,
  { reason, ...person }: Person & { readonly reason: string },
): Promise<HoldView> {
  scoped(deps, scope);
  const standing = await readHold(deps, scope, id);
  if (standing === undefined) throw noSuchHold(scope, id);
  mustBeUnreleased(standing);
  const action = { action: 'release-hold', target: id, actor: callerNamed(person), reason };
  const released = await audited(deps, scope, action, async () => {
    const at = isoOf(deps.clock.now());
    const changed = await changeDocument(deps.vault, vaultPaths.hold(scope, id), holdDocument, (hold) => {
      mustBeUnreleased(hold);
      return { ...hold, released: { at, by: person.by, ...named(person.byName), reason } };
    });
    if (changed === undefined) throw noSuchHold(scope, id);
    return changed;
  });
  return viewOf(released, deps.clock.now());
}

/** Writes the hold, its audit line first; `false` if somebody else has its id. */
async function write(
  deps: Dependencies,
  scope: Scope,
  hold: HoldDocument,
  role: Person['role'],
): Promise<boolean> {
  const { id, by, byName, what, reason, until } = hold;
  const detail = { what, ...(until === undefined ? {} : { until }) };
  return audited(
    deps,
    scope,
    { action: 'set-hold', target: id, actor: callerNamed({ by, byName, role }), reason, detail },
    () => createDocument(deps.vault, vaultPaths.hold(scope, id), holdDocument, hold),
    (isNew) =>
      isNew ? { result: 'done' } : { result: 'failed', detail: { failure: 'its id was taken meanwhile' } },
  );
}

/** The hold and what it finds; read after the hold was written, so that a deletion which it came too late for is seen. */
async function answerOf(deps: Dependencies, scope: Scope, document: HoldDocument): Promise<HoldSetResponse> {
  const { subject } = holdOf(document);
  const { points } = await readCatalogue(deps, scope);
  const held = points.filter(({ id, instant }) =>
    covers(subject, { kind: 'recovery-point', id, instant: instantOf(instant) }),
  );
  const isGone = ({ tombstone }: (typeof held)[number]): boolean =>
    tombstone?.confirmedAbsentAt !== undefined;
  const idsOf = (some: typeof held): string[] => some.map(({ id }) => id);
  return {
    hold: viewOf(document, deps.clock.now()),
    points: {
      standing: idsOf(held.filter(({ tombstone }) => tombstone === undefined)),
      givenUp: idsOf(held.filter((point) => point.tombstone !== undefined && !isGone(point))),
      gone: idsOf(held.filter(isGone)),
    },
  };
}

const viewOf = (document: HoldDocument, now: DateTime): HoldView => ({
  ...document,
  state: stateOfHold(holdOf(document), now),
});

const noSuchHold = ({ system, region }: Scope, id: string): Failure =>
  new Failure(
    'not-found',
    `${system} in ${region} has no hold ${id}`,
    'See what there is with: lifeboat hold list --all',
  );

function mustBeUnreleased({ id, released }: HoldDocument): void {
  if (released === undefined) return;
  throw new Failure(
    'conflict',
    `${id} was released before, at ${released.at} by ${personText(released.by, released.byName)}: ${released.reason}`,
    'Nothing was changed. To hold it again, set a new hold.',
  );
}
