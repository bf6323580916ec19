/** The checks of what a system is made of: its servers, databases and stores, as this deployment reaches them. */
import type { Dependencies } from '../../activities/dependencies.ts';
import { serverHere, type Scoped } from '../../activities/scope.ts';
import { databaseSetupStateSql, tablesSetupStateSql } from '../../contracts/database-setup.ts';
import type { EstateBlobStore, EstateDatabase } from '../../contracts/estate.ts';
import {
  judgeBackups,
  judgeExtensions,
  judgeHeartbeat,
  judgeKeeping,
  judgeServer,
  judgeSetup,
  type SetupPart,
} from '../../policy/doctor/data.ts';
import { well } from '../../policy/doctor/verdict.ts';
import type { TextRow } from '../../ports/database.ts';
import { check, type Check } from './run.ts';

/** Every database, store and place for dumps of a system. */
export function dataChecks(deps: Dependencies, { region }: Scoped): Check[] {
  return [
    ...region.databases.flatMap((database) =>
      databaseChecks(deps, database, region.restore?.tables === 'allowed'),
    ),
    ...region.blobStores.flatMap((store) => storeChecks(deps, store)),
    ...region.dumps.map((dump) => containerCheck(deps, dump)),
  ];
}

const heartless = 'Follow runbooks/heartbeat-silent.md.';

function databaseChecks(deps: Dependencies, database: EstateDatabase, isForTables: boolean): Check[] {
  const { id, server } = database;
  return [
    check(
      `server ${id}`,
      () => deps.servers.get(server),
      (found) => judgeServer(found, deps.region),
    ),
    check(`backups ${id}`, () => deps.servers.listBackups(server), judgeBackups),
    check(
      `extensions ${id}`,
      async () =>
        (await deps.settings.listOwnParameters(server)).find((one) => one.name === 'azure.extensions')?.value,
      judgeExtensions,
    ),
    check(
      `database ${id}`,
      async () => (await setupRows(deps, database, isForTables)).map(setupPart),
      (parts) => judgeSetup(parts, deps.actor),
      heartless,
    ),
    check(`heartbeat ${id}`, () => heartbeatAge(deps, database), judgeHeartbeat, heartless),
  ];
}

async function setupRows(
  deps: Dependencies,
  database: EstateDatabase,
  isForTables: boolean,
): Promise<readonly TextRow[]> {
  const ordinary = await rowsOf(deps, database, databaseSetupStateSql);
  return isForTables ? [...ordinary, ...(await rowsOf(deps, database, tablesSetupStateSql))] : ordinary;
}

async function rowsOf(
  deps: Dependencies,
  { server, name }: EstateDatabase,
  sql: string,
): Promise<readonly TextRow[]> {
  const { address = '' } = await serverHere(deps, server);
  return deps.databases.withSession({ address, name }, (session) => session.query(sql));
}

function setupPart({ part, state }: TextRow): SetupPart {
  const known = state === 'ok' || state === 'missing' ? state : 'not granted';
  return { part: part ?? 'an unnamed part', state: known };
}

async function heartbeatAge(deps: Dependencies, database: EstateDatabase): Promise<number | undefined> {
  const [row] = await rowsOf(
    deps,
    database,
    'SELECT floor(extract(epoch FROM max(written_at)) * 1000)::bigint AS newest FROM lifeboat.heartbeat',
  );
  const newest = row?.['newest'] ?? undefined;
  return newest === undefined ? undefined : (deps.clock.now().toMillis() - Number(newest)) / 1000;
}

function storeChecks(deps: Dependencies, store: EstateBlobStore): Check[] {
  const { id, accountId, unreferenced } = store;
  return [
    containerCheck(deps, store),
    check(
      `keeping ${id}`,
      async () => ({
        ...(await deps.servers.storageKeeping(accountId)),
        location: await deps.servers.storageLocation(accountId),
        mayDelete: unreferenced === 'delete',
      }),
      (seen) => judgeKeeping(seen, deps.region),
    ),
  ];
}

const containerCheck = (
  deps: Dependencies,
  { id, account, container }: Pick<EstateBlobStore, 'id' | 'account' | 'container'>,
): Check =>
  check(
    `container ${id}`,
    async () => {
      const at = { from: '', token: undefined, most: 1 };
      return (await deps.contents.listFrom({ account, container }, at))?.blobs.length;
    },
    (blobs) => well(blobs === 0 ? `${container} can be listed; it is empty` : `${container} can be listed`),
  );
