import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Server } from '@azure/arm-postgresql-flexible';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fast, group, location, StandInFixture } from './fixture.ts';

let standIn: StandInFixture;
let prod: Server;

beforeAll(async () => {
  standIn = await StandInFixture.create();
  await standIn.start();
  prod = await standIn.createServer('prod');
  await standIn.admit('prod');
  await standIn.query(
    prod,
    "CREATE TABLE visit AS SELECT i AS id, repeat('x', 300) AS note FROM generate_series(1, 60000) i",
  );
}, 30_000);
afterAll(() => standIn.remove());

test.each([
  ['before its work began', () => true],
  ['while the base backup is copied', (dir: string) => existsSync(path.join(dir, 'data', 'base'))],
  ['while PostgreSQL replays', (dir: string) => existsSync(path.join(dir, 'data', 'postmaster.pid'))],
])('a restore whose stand-in is killed %s is finished by the next one', async (moment, isReached) => {
  const name = `drill-${moment.split(' ').at(-1)}`;
  const known = new Set(serverFolders());
  const poller = await standIn.client().servers.beginCreateOrUpdate(
    group,
    name,
    {
      location,
      createMode: 'PointInTimeRestore',
      sourceServerResourceId: prod.id!,
      pointInTimeUTC: new Date(),
    },
    fast,
  );
  await waitUntil(
    () => moment.startsWith('before') || serverFolders().some((dir) => !known.has(dir) && isReached(dir)),
  );
  const token = poller.toString();
  await standIn.stop('SIGKILL');
  await standIn.start();
  const resumed = await standIn
    .client()
    .servers.beginCreateOrUpdate(group, name, { location }, { ...fast, resumeFrom: token });
  const drill = await resumed.pollUntilDone();
  expect(drill.state).toBe('Ready');
  await standIn.admit(name);
  expect(await standIn.query(drill, 'SELECT count(*)::int AS count FROM visit')).toEqual([{ count: 60000 }]);
  await standIn.client().servers.beginDeleteAndWait(group, name, fast);
  expect(serverFolders()).toEqual([...known]);
  expect(await runningPostmasters()).toBe(1);
});

test('each killed restore was started once, and finished once', async () => {
  const counts = await standIn.effectCounts();
  expect([counts['restore-started'], counts['restore-finished'], counts['server-deleted']]).toEqual([
    3, 3, 3,
  ]);
});

test('a backup whose stand-in is killed in the middle is taken by the next one, once', async () => {
  const backupsDir = path.join(serverFolders()[0]!, 'backups');
  const poller = await standIn
    .client()
    .backupsAutomaticAndOnDemand.beginCreate(group, 'prod', 'nightly', fast);
  await waitUntil(() => readdirSync(backupsDir).some((entry) => entry.endsWith('.partial')));
  const token = poller.toString();
  await standIn.stop('SIGKILL');
  await standIn.start();
  const backups = standIn.client().backupsAutomaticAndOnDemand;
  await (await backups.beginCreate(group, 'prod', 'nightly', { ...fast, resumeFrom: token })).pollUntilDone();
  expect((await backups.get(group, 'prod', 'nightly')).backupType).toBe('Customer On-Demand');
  expect((await standIn.effectCounts())['backup-created']).toBe(1);
  expect(readdirSync(backupsDir).filter((entry) => entry.endsWith('.partial'))).toEqual([]);
});

test('a killed stand-in comes back at its addresses, and its servers at theirs', async () => {
  const before = standIn.addresses;
  await standIn.stop('SIGKILL');
  await standIn.start();
  expect(standIn.addresses).toEqual(before);
  const again = await standIn.client().servers.get(group, 'prod');
  expect(again.fullyQualifiedDomainName).toBe(prod.fullyQualifiedDomainName);
  expect(await standIn.query(again, 'SELECT count(*)::int AS count FROM visit')).toEqual([{ count: 60000 }]);
});

test('a second stand-in on the same state is refused', async () => {
  const args = ['local/resource-manager/main.ts', '--config', path.join(standIn.dir, 'config.json')];
  const second = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(second.status).toBe(1);
  expect(second.stderr).toMatch(/^Another stand-in \(process \d+\) works on .*Stop it first\.\n$/);
});

test('SIGTERM ends it with 0 and leaves no PostgreSQL behind', async () => {
  expect(await standIn.stop('SIGTERM')).toBe(0);
  expect(await runningPostmasters()).toBe(0);
});

function serverFolders(): string[] {
  const dir = path.join(standIn.dir, 'postgres', 'servers');
  return readdirSync(dir).map((name) => path.join(dir, name));
}

/** How many postmasters run with data below the fixture's folder, once those that are ending have ended. */
async function runningPostmasters(): Promise<number> {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'command='], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.includes(' -D ') && line.includes(standIn.dir)).length;
}

async function waitUntil(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 15_000; !condition();) {
    if (Date.now() > end) throw new Error('The condition did not come true in 15 s');
    await delay(1);
  }
}
