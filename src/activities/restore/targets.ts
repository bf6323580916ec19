/** The new servers of a restore: where the estate allows them, from sources that can be restored to the instant, be they gone. */
import type { RecoveryPoint, RestoreTarget } from '../../contracts/documents.ts';
import type { EstateDatabase } from '../../contracts/estate.ts';
import { Failure } from '../../policy/failure.ts';
import {
  drillServerName,
  parseServerName,
  parseServerResourceId,
  serverResourceId,
  type ServerName,
} from '../../policy/identifiers.ts';
import { mustNotBeOfEstate } from '../../policy/new-server-name.ts';
import type { OrderedInstant, RestoreChoice } from '../../policy/restore-target.ts';
import { drillTags, restoreTags } from '../../policy/server-removal.ts';
import type { ServerFacts } from '../../ports/database-servers.ts';
import type { Dependencies } from '../dependencies.ts';
import { databaseOf, storeHere, type Scoped } from '../scope.ts';
import { restoreSource } from './lost-source.ts';
import { instantFor } from './sources.ts';

export interface TargetOrder extends OrderedInstant {
  readonly choice: RestoreChoice;
  readonly point: RecoveryPoint | undefined;
  /** Left out where chosen tables are taken from the new server, which is none of a person's then. */
  readonly name: string | undefined;
  readonly restore: string;
  /** Only this one. */
  readonly only: string | undefined;
}

/** A database with its source as the provider knows it, if it is not gone, and its way into the new server. */
export interface FoundTarget {
  readonly database: EstateDatabase;
  readonly source: ServerFacts | undefined;
  readonly target: RestoreTarget;
}

/** One new server for each database, in the resource group that the estate allows restores in. */
export async function findTargets(
  deps: Dependencies,
  here: Scoped,
  { choice, point, name, restore, only, to, silentSince }: TargetOrder,
): Promise<FoundTarget[]> {
  const where = placeOf(here, name, restore);
  const { allowedAddresses } = where;
  for (const store of here.region.blobStores) await storeHere(deps, store);
  const asked = only === undefined ? here.region.databases : [databaseOf(here.region, only)];
  const databases = asked.filter((one) => instantFor(choice, point, one) !== undefined);
  if (databases.length === 0)
    throw new Failure(
      'not-found',
      `${point?.id ?? 'the instant'} holds nothing of ${only ?? here.scope.system}`,
      'Use another recovery point, or an instant.',
    );
  return Promise.all(
    databases.map(async (database) => {
      const instant = instantFor(choice, point, database) ?? '';
      const { server } = database;
      const { standing, location, mode } = await restoreSource(deps, here.scope, {
        ...{ database: database.id, server, instant, point: point?.id },
        ...{ to, silentSince, intoSource: name === undefined },
      });
      const newName = where.nameOf(database.id, databases.length);
      mustNotBeOfEstate(newName, serversOf(deps));
      const target = serverResourceId({
        subscription: parseServerResourceId(server)?.subscription ?? '',
        ...{ resourceGroup: where.resourceGroup, name: newName },
      });
      await mustBeFree(deps, target, restore);
      const from = { database: database.id, source: server, location, ...(mode && { mode }) };
      return {
        ...{ database, source: standing },
        target: { ...from, target, name: database.name, instant, allowedAddresses },
      };
    }),
  );
}

const serversOf = ({ estate }: Dependencies): string[] =>
  estate.systems.flatMap(({ regions }) =>
    regions.flatMap(({ databases }) => databases.map(({ server }) => server)),
  );

/** Where the new servers stand, how they are called and whom they let in: people, or the checks and the copy alone. */
function placeOf(here: Scoped, name: string | undefined, restore: string) {
  const { resourceGroup, allowedAddresses } = restoresOf(here);
  if (name === undefined) {
    const run = { kind: 'restore', ...here.scope, stamp: restore.slice('restore-'.length) };
    return { ...here.region.drill, nameOf: (database: string) => drillServerName(run, database) };
  }
  const nameOf = (database: string, many: number): ServerName =>
    parseServerName(many === 1 ? name : `${name}-${database}`);
  return { resourceGroup, allowedAddresses, nameOf };
}

/** What the estate says of restores that people ask for; throws `refused` where it allows none. */
export function restoresOf({ scope, region }: Scoped): NonNullable<Scoped['region']['restore']> {
  if (region.restore !== undefined) return region.restore;
  throw new Failure(
    'refused',
    `the estate names no resource group for restores of ${scope.system} in ${scope.region}`,
    'Add "restore: { resourceGroup: … }" to the region in the estate file; nothing was made.',
  );
}

/** A restore makes a new server and never goes onto one that stands; its own, from an earlier attempt, is found again. */
export async function mustBeFree(deps: Dependencies, target: string, restore: string): Promise<void> {
  const standing = await deps.servers.get(target);
  const { [restoreTags.restore]: kept, [drillTags.drill]: passing } = standing?.tags ?? {};
  if (standing === undefined || kept === restore || passing === restore) return;
  throw new Failure(
    'conflict',
    `${target} exists already: nothing is ever restored onto a server that stands`,
    'Plan again with another --name.',
  );
}
