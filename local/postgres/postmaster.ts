/**
 * Knows a running PostgreSQL by the `postmaster.pid` in its data folder: whether it serves, and how to stop one whose
 * parent was killed. A process is only signalled when it really serves that data folder, never by its number alone.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** What `postmaster.pid` says. */
export interface PostmasterFile {
  readonly pid: number;
  /** `starting`, `ready`, `standby` or `stopping`; empty while the file is being written. */
  readonly status: string;
}

const maxDepth = 6;

/** Reads `postmaster.pid` of a data folder; undefined when there is none. */
export function readPostmasterFile(dataDir: string): PostmasterFile | undefined {
  let text: string;
  try {
    text = readFileSync(path.join(dataDir, 'postmaster.pid'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  return Number.isInteger(pid) && pid > 0 ? { pid, status: (lines[7] ?? '').trim() } : undefined;
}

/** Stops every PostgreSQL whose data folder lies below `dir` and removes stale pid files; returns the data folders. */
export async function stopOrphanedPostmasters(dir: string): Promise<readonly string[]> {
  const dataDirs = await findDataFolders(dir, maxDepth);
  const stopped = await Promise.all(
    dataDirs.map(async (each) => ((await stopPostmasterOf(each)) ? each : '')),
  );
  return stopped.filter((each) => each !== '');
}

/** Stops the PostgreSQL that serves a data folder, if one does: fast, then immediate, then by force. */
export async function stopPostmasterOf(dataDir: string): Promise<boolean> {
  const found = readPostmasterFile(dataDir);
  if (found === undefined) return false;
  const serving = servesDataFolder(found.pid, dataDir);
  if (serving) await terminate(found.pid, dataDir);
  await rm(path.join(dataDir, 'postmaster.pid'), { force: true });
  return serving;
}

async function terminate(pid: number, dataDir: string): Promise<void> {
  for (const [signal, patienceMs] of [
    ['SIGINT', 10_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ] as const) {
    signalProcess(pid, signal);
    const end = Date.now() + patienceMs;
    while (Date.now() < end) {
      if (!servesDataFolder(pid, dataDir)) return;
      await delay(20);
    }
  }
  throw new Error(`PostgreSQL process ${pid} of ${dataDir} does not stop. End it, then start again.`);
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It ended in the meantime, which is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Whether the process is alive and its command line names the data folder. */
function servesDataFolder(pid: number, dataDir: string): boolean {
  return commandLine(pid).includes(dataDir);
}

function commandLine(pid: number): string {
  if (process.platform === 'linux') {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    } catch {
      // No such process.
      return '';
    }
  }
  const [program, args]: [string, string[]] =
    process.platform === 'win32'
      ? [
          'powershell',
          [
            '-NoProfile',
            '-Command',
            `(Get-CimInstance Win32_Process -Filter "ProcessId=${pid}").CommandLine`,
          ],
        ]
      : ['ps', ['-o', 'command=', '-p', String(pid)]];
  return spawnSync(program, args, { encoding: 'utf8' }).stdout ?? '';
}

async function findDataFolders(dir: string, depth: number): Promise<string[]> {
  let entries;
  try {
    entries = await readdir(dir, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  if (entries.some((entry) => entry.name === 'postmaster.pid')) return [dir];
  // A data folder without a pid file holds thousands of files and nothing to find.
  if (depth === 0 || entries.some((entry) => entry.name === 'PG_VERSION')) return [];
  const folders = entries.filter((entry) => entry.isDirectory());
  return (
    await Promise.all(folders.map((each) => findDataFolders(path.join(dir, each.name), depth - 1)))
  ).flat();
}
