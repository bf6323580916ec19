/** Where a database of a person's restore comes from: a server that stands, or what the provider kept of one that is gone. */
import type { RestoreTarget } from '../../contracts/documents.ts';
import { instantOf } from '../../contracts/values.ts';
import type { Scope } from '../../contracts/vault-paths.ts';
import { Failure } from '../../policy/failure.ts';
import { serverNameOf } from '../../policy/identifiers.ts';
import {
  objectionToOrder,
  objectionToRevival,
  type LostOrder,
  type Objection,
} from '../../policy/lost-source.ts';
import type { ServerFacts } from '../../ports/database-servers.ts';
import type { Dependencies } from '../dependencies.ts';
import { readCatalogue } from '../points.ts';
import { standingHere } from '../scope.ts';
import { silentSince } from './last-heartbeat.ts';
import { mustReach, type SourceWish } from './sources.ts';

export type RestoreSource = Pick<RestoreTarget, 'location' | 'mode'> & {
  /** As the provider knows it; undefined where it is gone. */
  readonly standing: ServerFacts | undefined;
};

/** Finds it; throws where it cannot be brought to the instant, be it that it is gone and cannot be revived. */
export async function restoreSource(
  deps: Dependencies,
  scope: Scope,
  wish: SourceWish & LostOrder,
): Promise<RestoreSource> {
  const standing = await standingHere(deps, wish.server);
  if (standing !== undefined) {
    mustReach(standing, wish, wish);
    return { standing, location: standing.location };
  }
  await mustBeRevivable(deps, scope, wish);
  refuse(objectionToOrder(wish));
  // It was protected by this deployment, so it lay in its region; it comes back there and nowhere else.
  return { standing, location: deps.region, mode: 'revive' };
}

/** Throws `refused` unless what was kept of a server that is gone may be revived now, as far as that is known. */
export async function mustBeRevivable(
  deps: Dependencies,
  scope: Scope,
  { server, database, point }: Pick<SourceWish & LostOrder, 'server' | 'database' | 'point'>,
): Promise<void> {
  // Also points that were given up: they tell that the server stood.
  const { points } = await readCatalogue(deps, scope);
  const onIt = points.find(({ databases }) =>
    databases.some((part) => part.server.toLowerCase() === server.toLowerCase()),
  );
  const chosen = points.find(({ id }) => id === point);
  refuse(
    objectionToRevival({
      ...{ server, now: deps.clock.now(), silentSince: await silentSince(deps, scope) },
      newestPoint: onIt && instantOf(onIt.instant),
      recordedOn: chosen?.databases.find((part) => part.database === database)?.server,
    }),
  );
}

/** Throws `conflict` if a server that was to be revived stands: what is kept of it is not reached by its name any more. */
export async function mustBeGone(deps: Dependencies, server: string): Promise<void> {
  if ((await deps.servers.get(server)) === undefined) return;
  throw new Failure('conflict', stands(server), 'Nothing was made. Restore from the server that stands.');
}

export const stands = (server: string): string =>
  `the server ${serverNameOf(server)} stands: what the provider kept of one that is gone is not revived beside it`;

function refuse(objection: Objection | undefined): void {
  if (objection !== undefined) throw new Failure('refused', objection.said, objection.hint);
}
