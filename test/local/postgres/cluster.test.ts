import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureCertificates } from '../../../local/certificates/ensure-certificates.ts';
import { writePrivateFile } from '../../../local/postgres/account.ts';
import { Cluster } from '../../../local/postgres/cluster.ts';
import { readPostmasterFile, stopOrphanedPostmasters } from '../../../local/postgres/postmaster.ts';
import { makeCluster, makeReachableFolder, removeFolder, startNewCluster } from './fixture.ts';

let dir: string;
beforeAll(async () => {
  dir = await makeReachableFolder();
});
afterAll(() => removeFolder(dir));

test('clients are admitted over TLS alone, and only when a rule admits them', async () => {
  const tls = await ensureCertificates(path.join(dir, 'certificates'));
  const plain = await makeCluster(path.join(dir, 'tls'));
  const cluster = new Cluster({ ...plain.options, tls });
  await cluster.initialize();
  await cluster.configure();
  await cluster.admitClients(false);
  await cluster.start();
  await cluster.withSession((client) => client.query("CREATE ROLE clinic LOGIN PASSWORD 'secret'"));
  const client = {
    host: 'localhost',
    port: cluster.options.port,
    user: 'clinic',
    password: 'secret',
    database: 'postgres',
  };
  const ssl = { ca: await readFile(tls.caFile, 'utf8') };
  await expect(ask(client, ssl)).rejects.toThrow(/no pg_hba.conf entry/);
  await cluster.admitClients(true);
  await cluster.reload();
  expect(await ask(client, ssl)).toBe('clinic');
  await expect(ask(client, false)).rejects.toThrow(/no pg_hba.conf entry .* no encryption/);
  await cluster.stop();
  expect(cluster.running).toBe(false);
});

test('a cluster that cannot start says why in the words of PostgreSQL', async () => {
  const cluster = await makeCluster(path.join(dir, 'broken'));
  await cluster.initialize();
  await cluster.configure({ shared_buffers: 'plenty' });
  await expect(cluster.start()).rejects.toThrow(/invalid value for parameter "shared_buffers": "plenty"/);
});

test('a postmaster whose parent was killed is found by its pid file and stopped', async () => {
  const cluster = await startNewCluster(path.join(dir, 'orphan'));
  await cluster.stop();
  const pid = await startInOtherProcess(cluster, 'SIGKILL');
  expect(isAlive(pid)).toBe(true);
  expect(await stopOrphanedPostmasters(dir)).toEqual([cluster.paths.dataDir]);
  expect(isAlive(pid)).toBe(false);
  await cluster.start();
  await cluster.stop();
});

test('a process that ends in order takes its postmaster with it', async () => {
  const cluster = await startNewCluster(path.join(dir, 'orderly'));
  await cluster.stop();
  const pid = await startInOtherProcess(cluster, 'SIGTERM');
  await waitUntil(() => !isAlive(pid));
  expect(await stopOrphanedPostmasters(dir)).toEqual([]);
});

test('a stale pid file that names a foreign process does not harm that process', async () => {
  const cluster = await startNewCluster(path.join(dir, 'stale'));
  await cluster.stop('immediate');
  const file = path.join(cluster.paths.dataDir, 'postmaster.pid');
  await writePrivateFile(cluster.options.runtime.account, file, `${process.pid}\n${cluster.paths.dataDir}\n`);
  expect(await stopOrphanedPostmasters(dir)).toEqual([]);
  await cluster.start();
  expect(readPostmasterFile(cluster.paths.dataDir)?.status).toBe('ready');
  await cluster.stop();
});

async function ask(config: pg.ClientConfig, ssl: pg.ClientConfig['ssl']): Promise<string> {
  const client = new pg.Client({ ...config, ...(ssl === undefined ? {} : { ssl }) });
  try {
    await client.connect();
    return (await client.query<{ current_user: string }>('SELECT current_user')).rows[0]!.current_user;
  } finally {
    await client.end();
  }
}

/** Starts the cluster from a second process, ends that process with the signal and returns the postmaster's pid. */
async function startInOtherProcess(cluster: Cluster, signal: NodeJS.Signals): Promise<number> {
  const module = path.resolve('local/postgres/cluster.ts');
  const script = `
    const { Cluster } = await import(${JSON.stringify(module)});
    process.on('SIGTERM', () => process.exit(0));
    await new Cluster(${JSON.stringify(cluster.options)}).start();
    console.log('started');
    setInterval(() => undefined, 1000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const pid = readPostmasterFile(cluster.paths.dataDir)!.pid;
  child.kill(signal);
  await once(child, 'exit');
  return pid;
}

/** Whether the process runs; one that ended and was not yet collected by its parent does not. */
function isAlive(pid: number): boolean {
  const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
  return state !== '' && !state.startsWith('Z');
}

async function waitUntil(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 15_000; !condition();) {
    if (Date.now() > end) throw new Error('The condition did not come true in 15 s');
    await delay(20);
  }
}
