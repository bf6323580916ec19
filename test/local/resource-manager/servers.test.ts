import { open, readdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Server } from '@azure/arm-postgresql-flexible';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { segmentName } from '../../../local/postgres/wal.ts';
import { administrator, codeOf, fast, group, location, StandInFixture, subscription } from './fixture.ts';

let standIn: StandInFixture;
let prod: Server;

beforeAll(async () => {
  standIn = await StandInFixture.create({
    storageAccounts: [
      {
        resourceGroup: group,
        name: 'clinicblobs',
        location,
        secondaryLocation: 'northeurope',
        sku: 'Standard_RAGRS',
        blobEndpoint: 'https://127.0.0.1:10000/clinicblobs/',
        versions: true,
        softDeleteDays: 7,
      },
    ],
    timing: { geoLagMs: 1000 },
  });
  await standIn.start();
  prod = await standIn.createServer('prod', {
    tags: { owner: 'clinic' },
    backup: { backupRetentionDays: 35, geoRedundantBackup: 'Enabled' },
  });
  await standIn.client().databases.beginCreateAndWait(group, 'prod', 'cases', {}, fast);
}, 30_000);
afterAll(() => standIn.remove());

test('a new server shows what the provider shows, with its first automatic backup', async () => {
  expect(prod).toMatchObject({
    name: 'prod',
    location,
    tags: { owner: 'clinic' },
    state: 'Ready',
    version: '18',
    availabilityZone: '1',
    highAvailability: { mode: 'Disabled', state: 'NotEnabled' },
    network: { publicNetworkAccess: 'Enabled' },
    backup: { backupRetentionDays: 35, geoRedundantBackup: 'Enabled' },
  });
  expect(prod.fullyQualifiedDomainName).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(prod.systemData?.createdAt).toBeInstanceOf(Date);
  const backups = await listBackups();
  expect(backups.map((each) => each.backupType)).toEqual(['Full']);
  expect(prod.backup?.earliestRestoreDate).toEqual(backups[0]?.completedTime);
  expect(
    (await collect(standIn.client().servers.listByResourceGroup(group))).map((each) => each.name),
  ).toContain('prod');
  expect((await collect(standIn.client().servers.listBySubscription())).map((each) => each.name)).toContain(
    'prod',
  );
});

test('nobody connects without a firewall rule, and everybody with one', async () => {
  await expect(standIn.query(prod, 'SELECT 1')).rejects.toThrow(/no pg_hba.conf entry for host "127.0.0.1"/);
  await standIn.admit('prod');
  expect(await standIn.query(prod, 'SELECT current_user AS name')).toEqual([{ name: administrator.login }]);
  await expect(standIn.query(prod, 'SELECT 1', { ssl: false })).rejects.toThrow(/no encryption/);
  await standIn.client().firewallRules.beginDeleteAndWait(group, 'prod', 'stack', fast);
  await expect(standIn.query(prod, 'SELECT 1')).rejects.toThrow(/no pg_hba.conf entry/);
  await standIn.admit('prod');
});

test('an administrator may check pages and indexes in a new database', async () => {
  const cases = { database: 'cases' };
  await standIn.query(
    prod,
    'CREATE EXTENSION IF NOT EXISTS amcheck; CREATE EXTENSION IF NOT EXISTS pg_prewarm',
    cases,
  );
  await standIn.query(prod, 'CREATE TABLE visit (id bigint PRIMARY KEY, note text)', cases);
  await standIn.query(
    prod,
    "INSERT INTO visit SELECT i, repeat('x', 200) FROM generate_series(1, 1000) i",
    cases,
  );
  expect(await standIn.query(prod, "SELECT pg_prewarm('visit', 'buffer')::int AS pages", cases)).toEqual([
    { pages: 31 },
  ]);
  await standIn.query(prod, "SELECT bt_index_check('visit_pkey', true)", cases);
  expect(await standIn.query(prod, "SELECT * FROM verify_heapam('visit')", cases)).toEqual([]);
});

test('a restore to a millisecond has exactly the rows of then, no firewall rule and no parameter of the source', async () => {
  await standIn
    .client()
    .configurations.beginUpdateAndWait(
      group,
      'prod',
      'work_mem',
      { value: '8192', source: 'user-override' },
      fast,
    );
  expect(await standIn.query(prod, 'SHOW work_mem')).toEqual([{ work_mem: '8MB' }]);
  await insertCases(
    'CREATE TABLE ledger (id int PRIMARY KEY)',
    'INSERT INTO ledger SELECT generate_series(1, 500)',
  );
  const at = await instantAfterCommit();
  await insertCases('INSERT INTO ledger VALUES (501)', 'DELETE FROM ledger WHERE id <= 250');
  const drill = await restore('drill-exact', at, { tags: { plan: 'p1' } });
  expect(drill).toMatchObject({ state: 'Ready', tags: { plan: 'p1' }, location });
  await expect(standIn.query(drill, 'SELECT 1')).rejects.toThrow(/no pg_hba.conf entry/);
  await standIn.admit('drill-exact');
  expect(await countLedger(drill)).toEqual({ count: 500, first: 1, last: 500 });
  expect(await standIn.query(drill, 'SHOW work_mem')).toEqual([{ work_mem: '4MB' }]);
  const parameter = await standIn.client().configurations.get(group, 'drill-exact', 'work_mem');
  expect(parameter.source).toBe('system-default');
  await standIn.client().servers.beginDeleteAndWait(group, 'drill-exact', fast);
  expect(await codeOf(standIn.client().servers.get(group, 'drill-exact'))).toBe('ResourceNotFound');
});

test('a restore to now works when nothing is committed afterwards', async () => {
  const drill = await restore('drill-now', new Date());
  await standIn.admit('drill-now');
  expect(await countLedger(drill)).toEqual({ count: 251, first: 251, last: 501 });
  await deleteServer('drill-now');
});

test('a missing WAL segment makes the restore fail, says which, and leaves no server', async () => {
  const { archiveDir, backups } = await standIn.onDisk('prod');
  const victim = path.join(archiveDir, segmentName(1, BigInt(backups[0]!.walStart) + 1n));
  await rename(victim, `${victim}.away`);
  try {
    await expect(restore('drill-gap', new Date())).rejects.toThrow(
      new RegExp(`RestoreFailed.*WAL segment ${path.basename(victim)} is missing.*cannot reach`),
    );
  } finally {
    await rename(`${victim}.away`, victim);
  }
  expect(await codeOf(standIn.client().servers.get(group, 'drill-gap'))).toBe('ResourceNotFound');
});

test('a damaged base backup makes the restore fail and says which file', async () => {
  const [backup] = (await standIn.onDisk('prod')).backups;
  const folder = path.join(backup!.dir, 'data', 'base', '1');
  const [file] = (await readdir(folder)).filter((name) => /^\d+$/.test(name)).toSorted();
  await flipByte(path.join(folder, file!));
  await expect(restore('drill-damaged', new Date())).rejects.toThrow(
    new RegExp(`RestoreFailed.*base backup is damaged: the file base/1/${file} has other content`),
  );
  await flipByte(path.join(folder, file!));
});

test('instants outside the restorable time are refused', async () => {
  const early = new Date(prod.backup!.earliestRestoreDate!.getTime() - 1);
  expect(await codeOf(restore('drill-early', early))).toBe('InvalidParameterValue');
  expect(await codeOf(restore('drill-late', new Date(Date.now() + 60_000)))).toBe('InvalidParameterValue');
  expect(await codeOf(restore('drill-away', new Date(), { location: 'northeurope' }))).toBe(
    'InvalidParameterValue',
  );
  expect(await codeOf(restore('prod', new Date()))).toBe('ServerNameAlreadyExists');
  const elsewhere = standIn
    .client()
    .servers.beginCreateOrUpdateAndWait('rg-elsewhere', 'prod', restoreBody(new Date()), fast);
  expect(await codeOf(elsewhere)).toBe('ServerNameAlreadyExists');
});

test('a geo-restore lags behind, and only goes to another location', async () => {
  const geo = { createMode: 'GeoRestore', location: 'northeurope' } as const;
  await insertCases('CREATE TABLE replicated (id int)');
  await standIn.client().backupsAutomaticAndOnDemand.beginCreateAndWait(group, 'prod', 'before-geo', fast);
  await delay(1100); // the replication lag of this stand-in passes
  await insertCases('CREATE TABLE not_replicated (id int)');
  const drill = await restore('drill-geo', new Date(), geo);
  expect(drill.location).toBe('northeurope');
  await standIn.admit('drill-geo');
  const tables = await standIn.query(drill, "SELECT relname FROM pg_class WHERE relname LIKE '%replicated'", {
    database: 'cases',
  });
  expect(tables).toEqual([{ relname: 'replicated' }]);
  expect(await codeOf(restore('drill-geo-2', new Date(), { ...geo, location }))).toBe(
    'InvalidParameterValue',
  );
  await deleteServer('drill-geo');
  await standIn.client().backupsAutomaticAndOnDemand.beginDeleteAndWait(group, 'prod', 'before-geo', fast);
});

test('the eighth on-demand backup is refused until one is deleted; automatic ones cannot be deleted', async () => {
  const backups = standIn.client().backupsAutomaticAndOnDemand;
  for (let number = 1; number <= 7; number++)
    await backups.beginCreateAndWait(group, 'prod', `nightly-${number}`, fast);
  expect(await codeOf(backups.beginCreateAndWait(group, 'prod', 'nightly-8', fast))).toBe(
    'OnDemandBackupLimitReached',
  );
  await backups.beginDeleteAndWait(group, 'prod', 'nightly-1', fast);
  const full = (await listBackups()).find((each) => each.backupType === 'Full')!;
  expect(await codeOf(backups.beginDeleteAndWait(group, 'prod', full.name!, fast))).toBe(
    'OperationNotAllowed',
  );
  expect(await codeOf(backups.get(group, 'prod', 'nightly-1'))).toBe('ResourceNotFound');
  expect((await listBackups()).filter((each) => each.backupType === 'Customer On-Demand')).toHaveLength(6);
});

test('a duplicate and a concurrent backup fail with a code that says nothing', async () => {
  const backups = standIn.client().backupsAutomaticAndOnDemand;
  await expect(backups.beginCreateAndWait(group, 'prod', 'nightly-2', fast)).rejects.toThrow(
    /InternalServerError/,
  );
  await standIn.control('POST', '/faults', {
    match: { method: 'PUT', path: '/backups/slow$' },
    operationDelayMs: 1500,
  });
  const slow = await backups.beginCreate(group, 'prod', 'slow', fast);
  await expect(backups.beginCreateAndWait(group, 'prod', 'second', fast)).rejects.toThrow(
    /InternalServerError/,
  );
  expect(await codeOf(standIn.client().servers.beginDeleteAndWait(group, 'prod', fast))).toBe('ServerIsBusy');
  expect(await codeOf(standIn.admit('prod'))).toBe('ServerIsBusy');
  await slow.pollUntilDone();
  await backups.beginDeleteAndWait(group, 'prod', 'slow', fast);
});

test('a back-dated backup is listed with its date and can still be restored as it is', async () => {
  const completedTime = new Date(Date.now() - 10 * 86_400_000).toISOString();
  await standIn.control('POST', '/backdate', {
    resourceGroup: group,
    server: 'prod',
    backup: 'nightly-2',
    completedTime,
  });
  await standIn.control('POST', '/maintenance');
  const backup = await standIn.client().backupsAutomaticAndOnDemand.get(group, 'prod', 'nightly-2');
  expect(backup.completedTime?.toISOString()).toBe(completedTime);
  const drill = await restore('drill-old', new Date(completedTime));
  await standIn.admit('drill-old');
  expect(await countLedger(drill)).toMatchObject({ count: 251 });
  await deleteServer('drill-old');
});

test('a backup older than the retention of its server expires', async () => {
  const completedTime = new Date(Date.now() - 36 * 86_400_000).toISOString();
  await standIn.control('POST', '/backdate', {
    resourceGroup: group,
    server: 'prod',
    backup: 'nightly-3',
    completedTime,
  });
  await standIn.control('POST', '/maintenance');
  expect((await listBackups()).map((each) => each.name)).not.toContain('nightly-3');
  expect((await standIn.effectCounts())['backup-expired']).toBe(1);
});

test('an automatic backup can be had now, and is listed like any other', async () => {
  const automatic = async () =>
    (await listBackups()).filter(({ backupType }) => backupType === 'Full').length;
  const before = await automatic();
  await standIn.control('POST', '/automatic-backup', { resourceGroup: group, server: 'prod' });
  expect(await automatic()).toBe(before + 1);
});

test('a burstable server takes no on-demand backup', async () => {
  await standIn.createServer('small', { sku: { name: 'Standard_B1ms', tier: 'Burstable' } });
  const refused = standIn
    .client()
    .backupsAutomaticAndOnDemand.beginCreateAndWait(group, 'small', 'one', fast);
  expect(await codeOf(refused)).toBe('OnDemandBackupNotSupported');
  await deleteServer('small');
  expect(
    await codeOf(
      restore('drill-lost', new Date(), { sourceServerResourceId: prod.id!.replace('prod', 'small') }),
    ),
  ).toBe('InvalidParameterValue');
});

test('injected faults do what they say', async () => {
  const client = standIn.client();
  await standIn.control('POST', '/faults', {
    match: { path: '/prod$' },
    status: 503,
    code: 'ServerBusy',
    retryAfter: 0,
    times: 2,
  });
  expect((await client.servers.get(group, 'prod')).state).toBe('Ready');
  await standIn.control('POST', '/faults', {
    match: { method: 'PUT', path: '/drill-fault$' },
    operationError: { code: 'InternalServerError', message: 'injected' },
  });
  await expect(restore('drill-fault', new Date())).rejects.toThrow(/InternalServerError. injected/);
  expect(await codeOf(client.servers.get(group, 'drill-fault'))).toBe('ResourceNotFound');
  await standIn.control('POST', '/faults', { match: { path: '/drill-hang$' }, operationNeverEnds: true });
  const hanging = await client.servers.beginCreateOrUpdate(
    group,
    'drill-hang',
    restoreBody(new Date()),
    fast,
  );
  await hanging.poll();
  expect(hanging.isDone()).toBe(false);
  await standIn.control('POST', '/release');
  await expect(hanging.pollUntilDone()).rejects.toThrow(/OperationPreempted/);
  await standIn.control('POST', '/faults', {
    match: { path: '/drill-host$' },
    pollUrlHost: 'elsewhere.invalid',
    operationNeverEnds: true,
  });
  const headers = await rawPut('drill-host');
  expect(headers.get('azure-asyncoperation')).toMatch(/^https:\/\/elsewhere\.invalid\/subscriptions\//);
  await standIn.control('POST', '/release');
  await standIn.control('POST', '/clock', { dateOffsetMs: 3_600_000 });
  const skew = Date.parse((await rawGet('/subscriptions')).headers.get('date')!) - Date.now();
  expect(Math.abs(skew - 3_600_000)).toBeLessThan(5_000);
  await standIn.control('POST', '/clock', { dateOffsetMs: 0 });
});

test('a request without a token for the management audience is refused', async () => {
  expect((await rawGet('/subscriptions', '')).status).toBe(401);
  expect((await rawGet('/subscriptions', 'Bearer nonsense')).status).toBe(401);
  const storageToken = await tokenFor('https://storage.azure.com');
  expect((await rawGet('/subscriptions', `Bearer ${storageToken}`)).status).toBe(401);
  const wrongSecret = await fetch(`${standIn.addresses!.control!}/effects`, {
    headers: { 'x-control-secret': 'guess' },
  });
  expect(wrongSecret.status).toBe(401);
});

test('a storage account shows redundancy, addresses and, when asked, its replication', async () => {
  const target = `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Storage/storageAccounts/clinicblobs`;
  const plain = await (await rawGet(`${target}?api-version=2023-05-01`)).json();
  expect(plain).toMatchObject({
    location,
    sku: { name: 'Standard_RAGRS' },
    properties: {
      primaryEndpoints: { blob: 'https://127.0.0.1:10000/clinicblobs/' },
      secondaryEndpoints: { blob: 'https://127.0.0.1:10000/clinicblobs-secondary/' },
      primaryLocation: location,
      secondaryLocation: 'northeurope',
      statusOfPrimary: 'available',
    },
  });
  expect(plain).not.toHaveProperty('properties.geoReplicationStats');
  const expanded = await (
    await rawGet(`${target}?api-version=2023-05-01&$expand=geoReplicationStats`)
  ).json();
  expect(expanded).toMatchObject({ properties: { geoReplicationStats: { status: 'Live' } } });
});

test('a blob service says what the account keeps', async () => {
  const target = `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Storage/storageAccounts/clinicblobs`;
  const kept = await (await rawGet(`${target}/blobServices/default?api-version=2023-05-01`)).json();
  expect(kept).toMatchObject({
    properties: { isVersioningEnabled: true, deleteRetentionPolicy: { enabled: true, days: 7 } },
  });
  for (const other of ['blobServices/other', 'queueServices/default'])
    expect((await rawGet(`${target}/${other}?api-version=2023-05-01`)).status).toBe(404);
});

test('on-demand backups go with their server: one that has no others cannot be revived', async () => {
  const lost = await restore('lost', new Date());
  await standIn.client().backupsAutomaticAndOnDemand.beginCreateAndWait(group, 'lost', 'mine', fast);
  const at = new Date();
  await deleteServer('lost');
  const again = { createMode: 'ReviveDropped', sourceServerResourceId: lost.id! } as const;
  expect(await codeOf(restore('lost-again', at, again))).toBe('InvalidParameterValue');
});

test('a deleted server can be revived from its backups for some days', async () => {
  const at = new Date();
  await deleteServer('prod');
  expect(await codeOf(standIn.client().servers.get(group, 'prod'))).toBe('ResourceNotFound');
  await deleteServer('prod');
  expect(await codeOf(restore('no-more', at))).toBe('InvalidParameterValue');
  const revived = await restore('prod', at, { createMode: 'ReviveDropped' });
  await standIn.admit('prod');
  expect(await countLedger(revived)).toMatchObject({ count: 251 });
});

function restoreBody(at: Date, extra: Partial<Server> = {}): Server {
  return {
    location,
    createMode: 'PointInTimeRestore',
    sourceServerResourceId: prod.id!,
    pointInTimeUTC: at,
    ...extra,
  };
}

async function restore(name: string, at: Date, extra: Partial<Server> = {}): Promise<Server> {
  return standIn.client().servers.beginCreateOrUpdateAndWait(group, name, restoreBody(at, extra), fast);
}

async function deleteServer(name: string): Promise<void> {
  await standIn.client().servers.beginDeleteAndWait(group, name, fast);
}

async function listBackups(): Promise<{ name?: string; backupType?: string; completedTime?: Date }[]> {
  return collect(standIn.client().backupsAutomaticAndOnDemand.listByServer(group, 'prod'));
}

async function collect<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of pages) all.push(each);
  return all;
}

async function insertCases(...statements: string[]): Promise<void> {
  for (const statement of statements) await standIn.query(prod, statement, { database: 'cases' });
}

async function countLedger(server: Server): Promise<unknown> {
  const sql = 'SELECT count(*)::int AS count, min(id) AS first, max(id) AS last FROM ledger';
  return (await standIn.query(server, sql, { database: 'cases' }))[0];
}

/** The first whole millisecond after every commit so far; later commits come after it. */
async function instantAfterCommit(): Promise<Date> {
  const at = Date.now() + 1;
  while (Date.now() <= at) await delay(1);
  return new Date(at);
}

async function flipByte(file: string): Promise<void> {
  await using handle = await open(file, 'r+');
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, 100);
  byte[0] = byte[0]! ^ 1;
  await handle.write(byte, 0, 1, 100);
}

async function tokenFor(resource: string): Promise<string> {
  const query = new URLSearchParams({ 'api-version': '2019-08-01', resource });
  const response = await fetch(`${standIn.addresses!.identityEndpoint}?${query.toString()}`, {
    headers: { 'x-identity-header': 'app-secret' },
  });
  return ((await response.json()) as { access_token: string }).access_token;
}

async function rawGet(target: string, authorization?: string): Promise<Response> {
  return standIn.raw(
    'GET',
    target,
    authorization ?? `Bearer ${await tokenFor('https://management.azure.com/')}`,
  );
}

async function rawPut(name: string): Promise<Headers> {
  const body = {
    location,
    properties: {
      createMode: 'PointInTimeRestore',
      sourceServerResourceId: prod.id,
      pointInTimeUTC: new Date(),
    },
  };
  const target = `${prod.id!.replace(/prod$/, name)}?api-version=2025-08-01`;
  const authorization = `Bearer ${await tokenFor('https://management.azure.com/')}`;
  return (await standIn.raw('PUT', target, authorization, JSON.stringify(body))).headers;
}
