/**
 * What an activity may touch: the system and region it was asked for, if they are of this deployment's region, and
 * resources only where they lie in that region.
 */
import type { EstateBlobStore, EstateDatabase, EstateRegion, EstateSystem } from '../contracts/estate.ts';
import type { RestoreTarget } from '../contracts/documents.ts';
import type { Scope } from '../contracts/vault-paths.ts';
import { Failure } from '../policy/failure.ts';
import type { ServerFacts } from '../ports/database-servers.ts';
import type { Dependencies } from './dependencies.ts';

/** The estate's part that a scope names. */
export interface Scoped {
  readonly scope: Scope;
  readonly system: EstateSystem;
  readonly region: EstateRegion;
}

/** Finds a scope in the estate; throws `not-found`, or `wrong-region` if it is not this deployment's. */
export function scoped(deps: Dependencies, scope: Scope): Scoped {
  if (scope.region !== deps.region) {
    throw new Failure(
      'wrong-region',
      `this deployment is of ${deps.region} and does not touch ${scope.region}`,
      `Ask the deployment of ${scope.region}.`,
    );
  }
  const system = deps.estate.systems.find((one) => one.id === scope.system);
  const region = system?.regions.find((one) => one.region === scope.region);
  if (system === undefined || region === undefined) {
    const known = deps.estate.systems
      .filter((one) => one.regions.some((r) => r.region === scope.region))
      .map((one) => one.id);
    throw new Failure(
      'not-found',
      `the estate has no system "${scope.system}" in ${scope.region}`,
      `Use one of: ${known.join(', ') || 'none'}.`,
    );
  }
  return { scope: { system: scope.system, region: scope.region }, system, region };
}

/** A database of a region by its id. */
export function databaseOf(region: EstateRegion, id: string): EstateDatabase {
  const database = region.databases.find((one) => one.id === id);
  if (database !== undefined) return database;
  throw new Failure(
    'not-found',
    `the estate has no database "${id}" in ${region.region}`,
    'It was removed from the estate file since the plan was made.',
  );
}

/** The stores of a region whose content rows of a database refer to. */
export function storesOf(region: EstateRegion, database: string): EstateBlobStore[] {
  return region.blobStores.filter((store) =>
    store.references.some((reference) => reference.database === database),
  );
}

/** A store of a region whose signed change records stand in a database, with where they stand. */
export type LoggedStore = EstateBlobStore & {
  readonly changeRecords: NonNullable<EstateBlobStore['changeRecords']>;
};

/** The stores of a region whose change records stand in a database. */
export function loggedStoresOf(region: EstateRegion, database: string): LoggedStore[] {
  return region.blobStores.filter(
    (store): store is LoggedStore => store.changeRecords?.database === database,
  );
}

/** The server, if it exists and lies in this deployment's region. */
export async function serverHere(deps: Dependencies, server: string): Promise<ServerFacts> {
  const found = await standingHere(deps, server);
  if (found === undefined) throw noServer(server);
  return found;
}

/** The same, of a server that may be gone; undefined only if the provider says that there is none. */
export async function standingHere(deps: Dependencies, server: string): Promise<ServerFacts | undefined> {
  const found = await deps.servers.get(server);
  if (found !== undefined) mustBeHere(deps, server, found.location);
  return found;
}

/**
 * A server that a plan made: in this deployment's region, or, where a region is taken for lost, in the one that the estate
 * names for that and in no other.
 */
export async function targetHere(
  deps: Dependencies,
  scope: Scope,
  { target, mode }: Pick<RestoreTarget, 'target' | 'mode'>,
): Promise<ServerFacts> {
  const found = await deps.servers.get(target);
  if (found === undefined) throw noServer(target);
  mustBeHere(deps, target, found.location, mode === 'geo' ? pairedRegionOf(deps, scope) : deps.region);
  return found;
}

/** The region that the estate names for the loss of this one; throws `wrong-region` if it names none. */
export function pairedRegionOf(deps: Dependencies, scope: Scope): string {
  const { pairedRegion } = scoped(deps, scope).region.drill;
  if (pairedRegion !== undefined) return pairedRegion;
  throw new Failure(
    'wrong-region',
    `the estate names no paired region of ${scope.region}: nothing is restored in another one`,
    'Name it in the estate file (drill.pairedRegion), if the data may be there.',
  );
}

const noServer = (server: string): Failure =>
  new Failure(
    'not-found',
    `there is no server ${server}`,
    'Compare the id in the estate file with what stands in Azure; if the server was lost, see the runbooks.',
  );

/** Checks that the account of a blob store, or of a place for dumps, lies in this deployment's region. */
export async function storeHere(
  deps: Dependencies,
  store: Pick<EstateBlobStore, 'accountId'>,
): Promise<void> {
  mustBeHere(deps, store.accountId, await deps.servers.storageLocation(store.accountId));
}

function mustBeHere(deps: Dependencies, resource: string, location: string, region = deps.region): void {
  if (location === region) return;
  throw new Failure(
    'wrong-region',
    `${resource} lies in ${location}, not in ${region}: it is not touched`,
    'Correct the estate file: each resource belongs to the deployment of its own region.',
  );
}
