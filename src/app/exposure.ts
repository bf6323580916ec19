/** The exposure of a system as the status shows it: the catalogue, held against how far back the provider can go. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Dependencies } from '../activities/dependencies.ts';
import type { Catalogue } from '../activities/points.ts';
import { proofOf } from '../activities/prune/points.ts';
import type { Scoped } from '../activities/scope.ts';
import type { PointsResponse } from '../contracts/api/retention.ts';
import type { ExposureView } from '../contracts/api/status.ts';
import type { RecoveryPoint } from '../contracts/documents.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import { exposureAt, type ExposedPoint, type PointAge, type Reach } from '../policy/exposure.ts';
import { shownFailure } from '../policy/failure.ts';
import { secondsOf } from '../policy/objectives.ts';

/** A status is asked for in an emergency: it does not wait for a provider that does not answer. */
const mostSecondsAsked = 5;

/** The exposure of a system in this region, now. */
export async function viewExposure(
  deps: Dependencies,
  here: Scoped,
  { points }: Catalogue,
): Promise<ExposureView> {
  const servers = new Set(points.flatMap((point) => point.databases.map((part) => part.server)));
  const reach = new Map<string, Reach>();
  await Promise.all([...servers].map(async (server) => reach.set(server, await reachOf(deps, server))));
  const now = deps.clock.now();
  const { proven, unproven, doubts, verdict, objectiveSeconds, notCounted } = exposureAt(
    points.map((point) => exposedPoint(here, point)),
    reach,
    secondsOf(here.system.objectives.rpo),
    now,
  );
  return {
    ...{ at: isoOf(now), objectiveSeconds, verdict },
    ...(proven === undefined
      ? {}
      : { proven: { ...viewAge(proven), provenAt: isoOf(proven.provenAt), drill: proven.drill } }),
    ...(unproven === undefined ? {} : { unproven: viewAge(unproven) }),
    ...{ notCounted: [...notCounted], doubts: [...doubts] },
  };
}

/** The points that count no more, and why, with what could not be found out; nothing where every one surely counts. */
export async function viewNotCounted(
  deps: Dependencies,
  here: Scoped,
  catalogue: Catalogue,
): Promise<Pick<PointsResponse, 'notCounted' | 'doubts'>> {
  const { notCounted, doubts } = await viewExposure(deps, here, catalogue);
  return {
    ...(notCounted.length === 0 ? {} : { notCounted }),
    ...(doubts.length === 0 ? {} : { doubts }),
  };
}

const viewAge = ({ id, instant, seconds }: PointAge): NonNullable<ExposureView['unproven']> => ({
  id,
  instant: isoOf(instant),
  seconds,
});

/** A point, and what of the system it does not hold. */
function exposedPoint({ region }: Scoped, point: RecoveryPoint): ExposedPoint {
  const databases = new Set(point.databases.map(({ database }) => database));
  const stores = new Set(point.stores.map(({ store }) => store));
  return {
    id: point.id,
    instant: instantOf(point.instant),
    proof: proofOf(point),
    isMarked: point.tombstone !== undefined,
    lacks: [
      ...region.databases.flatMap(({ id }) => (databases.has(id) ? [] : [`database ${id}`])),
      ...region.blobStores.flatMap(({ id }) => (stores.has(id) ? [] : [`store ${id}`])),
    ],
    parts: point.databases.map(({ server, instant }) => ({ server, instant: instantOf(instant) })),
  };
}

async function reachOf(deps: Dependencies, server: string): Promise<Reach> {
  const late = new AbortController();
  const name = server.split('/').at(-1) ?? server;
  try {
    return await Promise.race([
      askReach(deps, server),
      sleep(mostSecondsAsked * 1000, undefined, { signal: late.signal, ref: false }).then((): Reach => ({
        state: 'unknown',
        because: `how far back ${name} can be restored was not answered within ${mostSecondsAsked} s`,
      })),
    ]);
  } finally {
    late.abort();
  }
}

async function askReach(deps: Dependencies, server: string): Promise<Reach> {
  try {
    const earliest = (await deps.servers.get(server))?.earliestRestore;
    return earliest === undefined ? { state: 'nowhere' } : { state: 'from', earliest };
  } catch (thrown) {
    const name = server.split('/').at(-1) ?? server;
    return {
      state: 'unknown',
      because: `how far back ${name} can be restored could not be asked: ${shownFailure(thrown).message}`,
    };
  }
}
