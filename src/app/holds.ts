/**
 * The requests about legal holds, from the checked request to the answer. A hold belongs to one system of this region;
 * where a request names none, every system is looked at. Nothing here decides what a hold keeps.
 */
import type { HttpResponseInit } from '@azure/functions';
import type { z } from 'zod';
import type { Dependencies } from '../activities/dependencies.ts';
import { listHolds, releaseHold, setHold } from '../activities/holds.ts';
import { readHolds, standingHolds } from '../activities/standing-holds.ts';
import { personOf, type Actor } from '../contracts/actor.ts';
import type { PointsResponse } from '../contracts/api/retention.ts';
import type { SystemStatus } from '../contracts/api/status.ts';
import type { RecoveryPoint } from '../contracts/documents.ts';
import type {
  HoldsResponse,
  HoldSetResponse,
  releaseHoldRequest,
  setHoldRequest,
} from '../contracts/holds.ts';
import { instantOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { Failure } from '../policy/failure.ts';
import { holdsOn } from '../policy/holds.ts';

/** Sets a hold; 201 with it and what it finds, 200 if the same order set it before. */
export async function answerSetHold(
  deps: Dependencies,
  { system, ...order }: z.infer<typeof setHoldRequest>,
  actor: Actor,
): Promise<HttpResponseInit> {
  const scope = { system, region: deps.region };
  const { isNew, ...set } = await setHold(deps, scope, {
    ...order,
    ...personOf(actor),
  });
  return { status: isNew ? 201 : 200, jsonBody: set satisfies HoldSetResponse };
}

/** The holds of a system or of all; with `isAll` those that are over or released, too. */
export async function viewHolds(
  deps: Dependencies,
  system: string | undefined,
  isAll: boolean,
): Promise<HoldsResponse> {
  const found: HoldsResponse = { holds: [], damaged: [] };
  for (const scope of scopesOf(deps, system)) {
    const { holds, damaged } = await listHolds(deps, scope);
    found.holds.push(...holds.filter(({ state }) => isAll || state === 'active'));
    found.damaged.push(...damaged.map((one) => ({ ...scope, ...one })));
  }
  return found;
}

/** Releases a hold, once. */
export async function answerReleaseHold(
  deps: Dependencies,
  id: string,
  { system, reason }: z.infer<typeof releaseHoldRequest>,
  actor: Actor,
): Promise<HttpResponseInit> {
  const scope = await scopeOfHold(deps, id, system);
  return {
    jsonBody: {
      hold: await releaseHold(deps, scope, id, { ...personOf(actor), reason }),
    },
  };
}

/** What the status says of a system's holds; nothing where there are none. */
export async function viewHoldsOf(deps: Dependencies, scope: Scope): Promise<Pick<SystemStatus, 'holds'>> {
  const { holds, damaged } = await listHolds(deps, scope);
  const active = holds.filter(({ state }) => state === 'active');
  if (active.length === 0 && damaged.length === 0) return {};
  const [oldest] = active.map(({ setAt }) => setAt).toSorted();
  return {
    holds: {
      active: active.length,
      ...(oldest === undefined ? {} : { oldestSetAt: oldest }),
      damaged: damaged.map(({ problem }) => problem),
    },
  };
}

/** Which of the points a hold keeps from being deleted now; nothing where none does. */
export async function heldAmong(
  deps: Dependencies,
  scope: Scope,
  points: readonly RecoveryPoint[],
): Promise<Pick<PointsResponse, 'held'>> {
  const holds = await standingHolds(deps, scope);
  const now = deps.clock.now();
  const held = points.filter(({ id, instant }) => {
    const point = { kind: 'recovery-point', id, instant: instantOf(instant) } as const;
    return holdsOn(holds, point, now).length > 0;
  });
  return held.length === 0 ? {} : { held: held.map(({ id }) => id) };
}

function scopesOf(deps: Dependencies, system: string | undefined): Scope[] {
  if (system !== undefined) return [{ system, region: deps.region }];
  return deps.estate.systems
    .filter(({ regions }) => regions.some(({ region }) => region === deps.region))
    .map(({ id }) => ({ system: id, region: deps.region }));
}

/** The one system that has the hold: named, or the only one here with a document of that name, readable or not. */
async function scopeOfHold(deps: Dependencies, id: string, system: string | undefined): Promise<Scope> {
  const scopes = scopesOf(deps, system);
  const [named] = scopes;
  if (system !== undefined && named !== undefined) return named;
  const having: Scope[] = [];
  for (const scope of scopes) {
    const { documents, damaged } = await readHolds(deps, scope);
    const isDamaged = damaged.some(({ path }) => path === vaultPaths.hold(scope, id));
    if (isDamaged || documents.some((one) => one.id === id)) having.push(scope);
  }
  const [only] = having;
  if (only !== undefined && having.length === 1) return only;
  const systems = having.map((one) => one.system).join(', ');
  throw only === undefined
    ? new Failure(
        'not-found',
        `no system in ${deps.region} has a hold ${id}`,
        'See what there is with: lifeboat hold list --all',
      )
    : new Failure('bad-input', `several systems have a hold ${id}: ${systems}`, 'Name one of them.');
}
