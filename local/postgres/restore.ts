/**
 * Restores a cluster from a base backup and archived WAL. The order is: every WAL segment that must be read is there
 * and readable; the base backup is copied and compared with its manifest; PostgreSQL replays to the target and opens.
 * Whatever is missing or damaged makes the restore fail with the reason; nothing is ever restored to "as far as it goes".
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { checkCoverage, type CoverageEnd, type WalCoverage, type WalPosition } from './archive.ts';
import { writePrivateFile } from './account.ts';
import { backupDataDir, readManifest } from './base-backup.ts';
import { StartFailure, type Cluster } from './cluster.ts';
import { copyVerified, DamagedBackup, parseManifest } from './manifest.ts';
import { recoverySettings, type RecoveryTarget } from './settings.ts';
import { formatLsn, parseLsn, segmentName, segmentNumber } from './wal.ts';

/** What a restore starts from and where it goes. */
export interface RestoreRequest {
  readonly backupDir: string;
  readonly walStart: WalPosition;
  readonly walStop: bigint;
  readonly archiveDir: string;
  readonly target: RecoveryTarget;
  /** Why the source could not archive its latest WAL, if it could not. */
  readonly archivingProblem?: string;
}

/** A restore that cannot reach its target; `message` says what is missing or damaged. */
export class RestoreFailure extends Error {
  override readonly name = 'RestoreFailure';
}

/** Restores into `cluster`, whose folder must be empty, and leaves it running and open for writing. */
export async function restoreCluster(cluster: Cluster, request: RestoreRequest): Promise<void> {
  const last = await requireWal(request);
  await copyBackup(cluster, request);
  await cluster.configure(recoverySettings(request.archiveDir, request.target));
  await cluster.forgetParameters();
  await cluster.admitClients(false);
  const signalFile = path.join(cluster.paths.dataDir, 'recovery.signal');
  await writePrivateFile(cluster.options.runtime.account, signalFile, '');
  await recover(cluster, request);
  if (request.target.kind === 'end') await requireEndReached(cluster, last, request);
  await cluster.configure();
  await cluster.reload();
}

async function requireWal(request: RestoreRequest): Promise<bigint> {
  const coverage = await checkCoverage(request.archiveDir, request.walStart, coverageEnd(request));
  if (coverage.verdict === 'complete') return coverage.last;
  throw new RestoreFailure(describeGap(coverage, request));
}

function coverageEnd(request: RestoreRequest): CoverageEnd {
  switch (request.target.kind) {
    case 'time':
      return { kind: 'instant', at: request.target.at };
    case 'immediate':
      return { kind: 'segment', segment: request.walStop };
    case 'end':
      return { kind: 'newest' };
  }
}

function describeGap(
  coverage: Exclude<WalCoverage, { verdict: 'complete' }>,
  request: RestoreRequest,
): string {
  const goal = describeTarget(request.target);
  if (coverage.verdict !== 'not-archived') {
    return `WAL segment ${coverage.segment} is ${coverage.verdict} (${coverage.detail}); cannot reach ${goal}`;
  }
  const reason = request.archivingProblem === undefined ? '' : ` (${request.archivingProblem})`;
  return `WAL segment ${coverage.segment} is missing: it was never archived${reason}; cannot reach ${goal}`;
}

function describeTarget(target: RecoveryTarget): string {
  if (target.kind === 'time') return target.at.toISOString();
  return target.kind === 'immediate' ? 'the end of the backup' : 'the end of the archive';
}

async function copyBackup(cluster: Cluster, request: RestoreRequest): Promise<void> {
  try {
    const files = parseManifest(await readManifest(request.backupDir));
    await cluster.makeFolders();
    const { account } = cluster.options.runtime;
    await copyVerified(files, backupDataDir(request.backupDir), cluster.paths.dataDir, account);
  } catch (error) {
    if (error instanceof DamagedBackup) {
      throw new RestoreFailure(`The base backup is damaged: ${error.message}`, { cause: error });
    }
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new RestoreFailure('The base backup is damaged: its manifest is missing', { cause: error });
    }
    throw error;
  }
}

async function recover(cluster: Cluster, request: RestoreRequest): Promise<void> {
  try {
    await cluster.start();
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    throw new RestoreFailure(await explainFailure(cluster, request, error.message), { cause: error });
  }
}

/** Names the segment at which the replay stopped: the furthest position that PostgreSQL logged. */
async function explainFailure(cluster: Cluster, request: RestoreRequest, words: string): Promise<string> {
  if (!words.includes('recovery ended before configured recovery target was reached')) return words;
  const log = await readFile(cluster.paths.logFile, 'utf8');
  const positions = [...log.matchAll(/ (?:at|LSN) ([0-9A-F]+\/[0-9A-F]+)/g)].map((match) =>
    parseLsn(match[1] ?? ''),
  );
  if (positions.length === 0) return words;
  const furthest = positions.reduce((a, b) => (a > b ? a : b));
  const segment = segmentName(request.walStart.timeline, segmentNumber(furthest));
  return (
    `WAL segment ${segment} or the one after it is damaged: no readable record follows ${formatLsn(furthest)}; ` +
    `cannot reach ${describeTarget(request.target)}`
  );
}

// Without a target PostgreSQL takes the first unreadable record for the end: the history of the new timeline says
// where it really stopped.
async function requireEndReached(cluster: Cluster, last: bigint, request: RestoreRequest): Promise<void> {
  const walDir = path.join(cluster.paths.dataDir, 'pg_wal');
  const newest = (await readdir(walDir))
    .filter((name) => name.endsWith('.history'))
    .toSorted()
    .at(-1);
  const history = newest === undefined ? '' : await readFile(path.join(walDir, newest), 'utf8');
  const position = history.trim().split('\n').at(-1)?.split('\t')[1];
  if (position !== undefined && segmentNumber(parseLsn(position)) >= last) return;
  await cluster.stop('immediate');
  const segment = segmentName(request.walStart.timeline, last);
  throw new RestoreFailure(
    `The replay ended at ${position ?? 'an unknown position'}, before WAL segment ${segment}`,
  );
}
