/** Shared by the tests of the embedded PostgreSQL: temporary folders that its account can enter, and clusters in them. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Cluster } from '../../../local/postgres/cluster.ts';
import { chooseFreePort } from '../../../local/postgres/free-port.ts';
import { stopOrphanedPostmasters } from '../../../local/postgres/postmaster.ts';
import { prepareRuntime } from '../../../local/postgres/runtime.ts';

/** A temporary folder that every account can enter. */
export async function makeReachableFolder(): Promise<string> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'postgres-'));
  await chmod(dir, 0o755);
  return dir;
}

/** Stops what runs below a folder and removes it. */
export async function removeFolder(dir: string): Promise<void> {
  await stopOrphanedPostmasters(dir);
  await rm(dir, { recursive: true, force: true });
}

/** A cluster that does not exist on disk yet. */
export async function makeCluster(
  dir: string,
  superuserPassword = randomBytes(12).toString('hex'),
): Promise<Cluster> {
  const runtime = await prepareRuntime({ reachableDir: path.dirname(dir) });
  return new Cluster({ runtime, dir, port: await chooseFreePort(), superuserPassword });
}

/** A running cluster that has just been created. */
export async function startNewCluster(dir: string): Promise<Cluster> {
  const cluster = await makeCluster(dir);
  await cluster.initialize();
  await cluster.configure();
  await cluster.admitClients(false);
  await cluster.start();
  return cluster;
}
