/**
 * Recovery points as retention judges them: what the provider lists, held against what the catalogue knows. A backup
 * that no point knows is an item by itself: a person's own, or one of ours whose record was never written.
 */
import type { RecoveryPoint } from '../../contracts/documents.ts';
import type { PruneItem } from '../../contracts/prune.ts';
import { instantOf } from '../../contracts/values.ts';
import { isOwnBackup } from '../../policy/identifiers.ts';
import type { ListedBackup } from '../../policy/on-demand-slots.ts';
import type { Pin, PointItem } from '../../policy/retention/items.ts';
import type { Dependencies } from '../dependencies.ts';
import { serverHere, type Scoped } from '../scope.ts';

/** What the provider lists, by server. */
export type Listings = ReadonlyMap<string, readonly ListedBackup[]>;

/** A recovery point with the backups of it that are listed. */
export interface ListedPoint {
  readonly item: PointItem;
  readonly backups: NonNullable<PruneItem['backups']>;
}

/** Lists the backups of every server of a region. */
export async function listAll(deps: Dependencies, { region }: Scoped): Promise<Listings> {
  const listings = new Map<string, readonly ListedBackup[]>();
  for (const server of new Set(region.databases.map((database) => database.server))) {
    await serverHere(deps, server);
    listings.set(server, await deps.servers.listBackups(server));
  }
  return listings;
}

/** Everything that is listed, each backup in one item; `pinsOf` says what holds a backup beside its point's own pins. */
export function pointsIn(
  listings: Listings,
  points: readonly RecoveryPoint[],
  pinsOf: (backup: ListedBackup) => readonly Pin[],
): ListedPoint[] {
  const recorded = points.flatMap((point) => recordedPoint(point, listings, pinsOf) ?? []);
  const known = new Set(recorded.flatMap(({ backups }) => backups.map(keyOf)));
  const others = [...listings].flatMap(([server, listed]) =>
    listed
      .filter(({ name }) => !known.has(keyOf({ server, name })))
      .map((backup) => unrecorded(server, backup, pinsOf(backup))),
  );
  return [...recorded, ...others];
}

const keyOf = ({ server, name }: { server: string; name: string }): string => `${server}/backups/${name}`;

/** Its backups that are listed; undefined if none is. */
function recordedPoint(
  point: RecoveryPoint,
  listings: Listings,
  pinsOf: (backup: ListedBackup) => readonly Pin[],
): ListedPoint | undefined {
  const parts = new Map(
    point.databases.map((part) => [keyOf({ server: part.server, name: part.backup }), part]),
  );
  const found = [...parts.values()].flatMap(({ server, backup }) => {
    const listed = listings.get(server)?.find((one) => one.name === backup && one.kind === 'on-demand');
    return listed === undefined ? [] : [{ server, listed }];
  });
  const [first, ...rest] = found.map(({ listed }) => listed.completedAt);
  if (first === undefined) return undefined;
  const missing = [...parts.values()]
    .filter(({ server }) => !found.some((one) => one.server === server))
    .map(({ server, backup }) => `${lastOf(server)}/${backup}`);
  const item: PointItem = {
    ...{
      kind: 'recovery-point',
      id: point.id,
      source: 'on-demand',
      owner: 'lifeboat',
      role: 'self-contained',
    },
    completedAt: rest.reduce((latest, at) => (at > latest ? at : latest), first),
    // Every backup of a point is held by the same holds.
    pins: [...point.pins.map(pinOf), ...found.slice(0, 1).flatMap(({ listed }) => pinsOf(listed))],
    servers: [...new Set(point.databases.map((part) => part.server))],
    // One whose deletion was begun is marked; it needs no second flaw.
    condition:
      missing.length === 0 || point.tombstone !== undefined
        ? { state: 'whole' }
        : { state: 'incomplete', missing },
    proof: proofOf(point),
    isMarked: point.tombstone !== undefined,
    providerExpiresAt: undefined,
  };
  return { item, backups: found.map(({ server, listed }) => ({ server, name: listed.name })) };
}

function unrecorded(
  server: string,
  { name, kind, completedAt }: ListedBackup,
  pins: readonly Pin[],
): ListedPoint {
  const isOurs = kind === 'automatic' || isOwnBackup(name);
  const item: PointItem = {
    ...{ kind: 'recovery-point', id: `${lastOf(server)}/${name}`, source: kind, completedAt, pins },
    owner: isOurs ? 'lifeboat' : 'person',
    servers: [server],
    role: kind === 'automatic' ? 'chain-base' : 'self-contained',
    // Nobody wrote down with it what the tables held and which blobs they refer to: it covers one half at most.
    condition: { state: 'incomplete', missing: ['its fingerprint and its inventory of blobs'] },
    ...{ proof: { state: 'unproven' }, isMarked: false, providerExpiresAt: undefined },
  };
  return { item, backups: [{ server, name }] };
}

const lastOf = (server: string): string => server.split('/').at(-1) ?? server;

/**
 * What the last drill that came to a verdict says; one that could not judge says nothing. A drill whose checks all passed
 * proves its point although it missed an objective or left a server behind, and is told as failed for that.
 */
export function proofOf({ proven, lastDrill }: RecoveryPoint): PointItem['proof'] {
  if (lastDrill?.result === 'FAIL' && lastDrill.drill !== proven?.drill) {
    const at = instantOf(lastDrill.at);
    if (proven === undefined || at >= instantOf(proven.at))
      return { state: 'drill-failed', at, drill: lastDrill.drill };
  }
  return proven === undefined
    ? { state: 'unproven' }
    : { state: 'proven', at: instantOf(proven.at), drill: proven.drill };
}

function pinOf({ by, reason, until }: RecoveryPoint['pins'][number]): Pin {
  const kind = by.startsWith('drill-') ? 'drill' : by.startsWith('restore-') ? 'restore' : 'legal-hold';
  return { kind, by, reason, until: until === undefined ? undefined : instantOf(until) };
}
