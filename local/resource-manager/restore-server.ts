/**
 * Restores a server from another one's backups and archived WAL into a cluster of its own. Firewall rules and server
 * parameters are not carried over. Before a restore the living source commits once and archives everything, so that
 * recovery finds a commit after any instant up to now.
 */
import { link, mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { archiveEverything } from '../postgres/archive.ts';
import { restoreCluster } from '../postgres/restore.ts';
import { archiveDir, backupDir, serverDir, type Context } from './context.ts';
import { OperationFailure } from './errors.ts';
import type { ServerRecord, Task } from './model.ts';
import { planGeoRestore, planPointInTime, type RestorePlan } from './restore-plan.ts';

type RestoreTask = Extract<Task, { kind: 'restore-server' }>;

/** Does the work of a restore; done again from the beginning it has the same result. */
export async function restoreServer(
  context: Context,
  server: ServerRecord,
  task: RestoreTask,
): Promise<void> {
  const source = findSource(context, task);
  const plan = planRestore(context, source, task);
  const archivingProblem = task.mode === 'GeoRestore' ? undefined : await archiveSource(context, source);
  const dir = serverDir(context.config, server);
  await context.clusters.remove(server);
  await rm(dir, { recursive: true, force: true });
  server.superuserPassword = source.superuserPassword;
  const cluster = await context.clusters.make(server);
  const archive =
    task.mode === 'GeoRestore'
      ? await replicatedArchive(context, source, path.join(dir, 'replicated'))
      : archiveDir(context.config, source);
  await restoreCluster(cluster, {
    backupDir: backupDir(context.config, source, plan.backup),
    walStart: { timeline: plan.backup.walTimeline, segment: BigInt(plan.backup.walStart) },
    walStop: BigInt(plan.backup.walStop),
    archiveDir: archive,
    target: plan.target,
    ...(archivingProblem === undefined ? {} : { archivingProblem }),
  });
  await context.clusters.open(server);
  server.state = 'Ready';
  context.store.noteEffect('restore-finished', server.name);
}

function findSource(context: Context, task: RestoreTask): ServerRecord {
  const living = task.mode === 'ReviveDropped' ? undefined : context.store.serverById(task.sourceId);
  const source = living ?? context.store.droppedById(task.sourceId);
  if (source !== undefined) return source;
  throw new OperationFailure('ResourceNotFound', `The source server ${task.sourceId} is gone.`);
}

function planRestore(context: Context, source: ServerRecord, task: RestoreTask): RestorePlan {
  const plan =
    task.mode === 'GeoRestore'
      ? planGeoRestore(source, new Date(Date.parse(task.at) - context.config.timing.geoLagMs))
      : planPointInTime(source, new Date(task.at), new Date());
  if (plan !== undefined) return plan;
  throw new OperationFailure('RestoreFailed', `No backup of ${source.name} reaches ${task.at}.`);
}

/** Makes every commit of the living source restorable; returns why that was not possible. */
async function archiveSource(context: Context, source: ServerRecord): Promise<string | undefined> {
  const cluster = context.clusters.of(source);
  if (cluster?.running !== true) return `the server ${source.name} does not run`;
  try {
    await archiveEverything(cluster);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The part of the archive that had reached the paired region, as hard links. */
async function replicatedArchive(context: Context, source: ServerRecord, to: string): Promise<string> {
  const from = archiveDir(context.config, source);
  const replicatedUntil = Date.now() - context.config.timing.geoLagMs;
  await mkdir(to, { recursive: true, mode: 0o755 });
  for (const name of await readdir(from)) {
    const { mtimeMs } = await stat(path.join(from, name));
    if (mtimeMs <= replicatedUntil) await link(path.join(from, name), path.join(to, name));
  }
  return to;
}
