/** The snapshot's effects: look at the sources, take backups, fingerprint, record the point. */
import { randomUUID } from 'node:crypto';
import { DateTime } from 'luxon';
import type { EstateBlobStore, EstateDatabase } from '../contracts/estate.ts';
import {
  fingerprintDocument,
  recoveryPoint,
  type FingerprintDocument,
  type RecoveryPoint,
} from '../contracts/documents.ts';
import type { OperationStart } from '../contracts/operations.ts';
import {
  beginBackup,
  giveUpBackup,
  planSnapshot,
  readBackup,
  recordPoint,
  takeFingerprint,
} from '../contracts/snapshot.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import { vaultPaths } from '../contracts/vault-paths.ts';
import { digestOf } from '../policy/canonical-json.ts';
import type { ContentAddress } from '../policy/content-address.ts';
import { Failure } from '../policy/failure.ts';
import { isPartlyCounted } from '../policy/fingerprint.ts';
import { backupName } from '../policy/identifiers.ts';
import { secondsOf } from '../policy/objectives.ts';
import { DatabaseError, type DatabaseAddress, type DatabaseSession } from '../ports/database.ts';
import { implement, type Activity } from './activity.ts';
import { resolve } from './alerts.ts';
import type { Dependencies } from './dependencies.ts';
import { readChangeHead } from './change-records/rows.ts';
import { readEventLogEnds } from './event-log.ts';
import { takeFingerprintOf } from './fingerprint.ts';
import { mergeSnapshots, writeInventory, type InventoryEntry } from './inventory.ts';
import { auditOutcome } from './audited.ts';
import { audit } from './records.ts';
import { readReferences } from './references.ts';
import { definitionsDigest, describeSchema, writeSchema } from './schema/schema-document.ts';
import { databaseOf, loggedStoresOf, scoped, serverHere, storeHere, storesOf, type Scoped } from './scope.ts';
import { giveUp, planServers } from './snapshot-slot.ts';
import { createDocument, createOrRead, readDocument } from './vault-documents.ts';

export function snapshotActivities(deps: Dependencies): Activity[] {
  return [
    implement(planSnapshot, async ({ slot, ...scope }) => {
      const here = scoped(deps, scope);
      const { region, system } = here;
      for (const store of region.blobStores) await storeHere(deps, store);
      const servers = [...new Set(region.databases.map((database) => database.server))];
      const point = `on-demand-${slot}`;
      await audit(deps, scope, { action: 'snapshot', target: point, stage: 'intent', detail: { servers } });
      const planned = await planServers(deps, here, servers, backupName(slot));
      return {
        point,
        deadlineSeconds: secondsOf(system.deadlines.backup),
        servers: planned,
        databases: region.databases.map((database) => ({
          database: database.id,
          server: database.server,
          backup: backupName(slot),
        })),
      };
    }),

    implement(giveUpBackup, async ({ server, backup, coveredBy, ...scope }) =>
      giveUp(deps, scoped(deps, scope), { server, backup, coveredBy }),
    ),

    implement(beginBackup, async ({ server, backup, ...scope }): Promise<OperationStart> => {
      scoped(deps, scope);
      if (await isListed(deps, server, backup)) return { state: 'done', detail: `${backup} is listed` };
      try {
        return await deps.servers.beginBackup(server, backup);
      } catch (thrown) {
        // A duplicate or concurrent start is answered with an error of many faces: the listing is the truth.
        if (await isListed(deps, server, backup)) return { state: 'done', detail: `${backup} is listed` };
        throw thrown;
      }
    }),

    implement(readBackup, async ({ server, backup }) => {
      const found = (await deps.servers.listBackups(server)).find((one) => one.name === backup);
      if (found !== undefined) return { completedAt: isoOf(found.completedAt) };
      throw new Failure(
        'not-found',
        `the provider does not list the backup ${backup}`,
        'It ended without a backup; look at the server in the portal.',
      );
    }),

    implement(takeFingerprint, async ({ point, database, ...scope }) => {
      const here = scoped(deps, scope);
      const document = await fingerprintOnce(deps, here, point, databaseOf(here.region, database));
      const tables = document.before;
      return {
        instant: document.instant,
        fingerprint: {
          path: vaultPaths.fingerprint(scope, point, database),
          digest: digestOf(document),
          mode: document.mode,
          tables: new Set(tables.map(({ table }) => table)).size,
          rows: tables.reduce((sum, table) => sum + table.rows, 0),
          ...((document.divided ?? []).some(isPartlyCounted) ? { isPartial: true as const } : {}),
        },
        stores: document.stores,
      };
    }),

    implement(recordPoint, async ({ point, slot, databases, stores, servers, ...scope }) => {
      const { region } = scoped(deps, scope);
      const instant = isoOf(DateTime.min(...databases.map((one) => instantOf(one.instant))) as DateTime);
      const document: RecoveryPoint = {
        schema: 'lifeboat/recovery-point/v1',
        id: point,
        ...scope,
        kind: 'on-demand',
        slot,
        createdAt: isoOf(deps.clock.now()),
        instant,
        databases: databases.map((one) => ({ ...one, name: databaseOf(region, one.database).name })),
        ...{ stores, servers },
        pins: [],
      };
      const recorded = await createOrRead(
        deps.vault,
        vaultPaths.point(scope, point),
        recoveryPoint,
        document,
      );
      await auditOutcome(
        deps,
        scope,
        { action: 'snapshot', target: point },
        { result: 'done', detail: { instant: recorded.instant } },
      );
      await resolve(deps, scope, 'snapshot-failed');
      return { instant: recorded.instant };
    }),
  ];
}

async function isListed(deps: Dependencies, server: string, backup: string): Promise<boolean> {
  return (await deps.servers.listBackups(server)).some((one) => one.name === backup);
}

/** Takes the fingerprint, or reads the one that an earlier run of the same step took. */
async function fingerprintOnce(
  deps: Dependencies,
  here: Scoped,
  point: string,
  database: EstateDatabase,
): Promise<FingerprintDocument> {
  const path = vaultPaths.fingerprint(here.scope, point, database.id);
  const standing = await readDocument(deps.vault, path, fingerprintDocument);
  if (standing !== undefined) return standing;
  const { address } = await serverHere(deps, database.server);
  const stores = storesOf(here.region, database.id);
  const at = { address: address ?? '', name: database.name };
  // Before the instant: what a sequence has given out by now, a restore to the instant must know.
  const described = await takeSchema(deps, here, point, database.id, at);
  const taken = await takeFingerprintOf(
    { databases: deps.databases, clock: deps.clock, at },
    database,
    async (_mode, before, after, marker) => {
      const inventories: FingerprintDocument['stores'] = [];
      for (const store of stores) {
        const inventory = await takeInventory(
          deps,
          here,
          { point, marker, store, database: database.id },
          before,
          after,
        );
        inventories.push({ store: store.id, database: database.id, inventory });
      }
      return {
        inventories,
        logs: { ...(await eventLogOf(before, database)), ...(await changeLogsOf(before, here, database)) },
      };
    },
  );
  const document: FingerprintDocument = {
    schema: 'lifeboat/fingerprint/v1',
    ...here.scope,
    point,
    database: database.id,
    mode: taken.mode,
    ...(taken.modeReason === undefined ? {} : { modeReason: taken.modeReason }),
    instant: isoOf(taken.instant),
    marker: taken.marker,
    ...(taken.newestHeartbeat === undefined ? {} : { newestHeartbeat: isoOf(taken.newestHeartbeat) }),
    before: [...taken.before],
    ...(taken.after === undefined ? {} : { after: [...taken.after] }),
    ...(taken.divided.length === 0 ? {} : { divided: [...taken.divided] }),
    ...(await catalogueOf(deps, at, described)),
    ...taken.extra.logs,
    stores: taken.extra.inventories,
  };
  return (await createDocument(deps.vault, path, fingerprintDocument, document))
    ? document
    : fingerprintOnce(deps, here, point, database);
}

/** What of the log was committed before the instant, so that a restore to it must hold it. */
async function eventLogOf(
  before: DatabaseSession,
  { eventLog }: EstateDatabase,
): Promise<Pick<FingerprintDocument, 'eventLog'>> {
  if (eventLog === undefined) return {};
  return { eventLog: { table: eventLog.table, ...(await readEventLogEnds(before, eventLog)) } };
}

async function changeLogsOf(
  before: DatabaseSession,
  { region }: Scoped,
  database: EstateDatabase,
): Promise<Pick<FingerprintDocument, 'changeLogs'>> {
  const stores = loggedStoresOf(region, database.id);
  if (stores.length === 0) return {};
  const changeLogs: NonNullable<FingerprintDocument['changeLogs']> = [];
  for (const { id, changeRecords } of stores)
    changeLogs.push({
      store: id,
      ...((await readChangeHead(before, changeRecords)) ?? { sequence: 0, hash: '' }),
    });
  return { changeLogs };
}

/**
 * Describes the schema, unless the database refuses: a point without it is worth more than none. The path carries an id
 * of its own, so that two runs of the step never share one.
 */
function takeSchema(
  deps: Dependencies,
  here: Scoped,
  point: string,
  database: string,
  at: DatabaseAddress,
): Promise<Awaited<ReturnType<typeof writeSchema>> | { readonly problem: string }> {
  const path = vaultPaths.schema(here.scope, point, `${database}.${randomUUID()}`);
  return deps.databases.withSession(at, async (session) => {
    try {
      await definitionsDigest(describeSchema(session));
    } catch (thrown) {
      if (!(thrown instanceof DatabaseError) || thrown.retryable) throw thrown;
      return { problem: thrown.message };
    }
    return writeSchema(deps.vault, path, { ...here.scope, point, database }, describeSchema(session));
  });
}

/** What a point keeps of the description: whether anything was altered since is seen by describing it again. */
async function catalogueOf(
  deps: Dependencies,
  at: DatabaseAddress,
  before: Awaited<ReturnType<typeof takeSchema>>,
): Promise<Pick<FingerprintDocument, 'catalogue' | 'catalogueProblem'>> {
  if ('problem' in before) return { catalogueProblem: before.problem };
  const { definitions, ...catalogue } = before;
  const after = await deps.databases.withSession(at, (session) => definitionsDigest(describeSchema(session)));
  return { catalogue: { ...catalogue, isSteady: after === definitions } };
}

interface InventoryOrder {
  readonly point: string;
  readonly marker: string;
  readonly store: EstateBlobStore;
  readonly database: string;
}

/** The inventory's path carries the marker, so that two runs of the step never share one. */
async function takeInventory(
  deps: Dependencies,
  here: Scoped,
  order: InventoryOrder,
  before: DatabaseSession,
  after: DatabaseSession | undefined,
): Promise<FingerprintDocument['stores'][number]['inventory']> {
  const { point, marker, store, database } = order;
  const path = vaultPaths.inventory(here.scope, point, `${store.id}.${database}.${marker}`);
  const entries =
    after === undefined
      ? asEntries(addressesIn(before, store, database))
      : mergeSnapshots(addressesIn(before, store, database), addressesIn(after, store, database));
  const sum = await writeInventory(
    deps.vault,
    path,
    { ...here.scope, point, store: store.id, database, algorithm: store.algorithm },
    entries,
  );
  return { path, ...sum };
}

async function* addressesIn(
  session: DatabaseSession,
  store: EstateBlobStore,
  database: string,
): AsyncGenerator<ContentAddress> {
  for await (const found of readReferences(session, store, database))
    if ('address' in found) yield found.address;
}

async function* asEntries(addresses: AsyncIterable<ContentAddress>): AsyncGenerator<InventoryEntry> {
  for await (const address of addresses) yield { address, held: 'both' };
}
