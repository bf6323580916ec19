/**
 * The processes of one stack, found from outside: whatever works in its folders or names them on its command line. A
 * process that has ended and was not waited for yet does not count.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { until } from './until.ts';

export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
}

/** Every process that belongs to one of the folders. */
export function processesOf(folders: readonly string[]): FoundProcess[] {
  const all = process.platform === 'linux' ? fromProc() : fromPs();
  return all
    .filter((one) => one.pid !== process.pid)
    .filter((one) => folders.some((folder) => one.command.includes(folder) || one.cwd.startsWith(folder)))
    .map(({ pid, command }) => ({ pid, command }));
}

/** Kills every process of the folders and waits until none is left; new ones that they start meanwhile are killed too. */
export async function killAll(folders: readonly string[]): Promise<void> {
  await until('every process of the stack is gone', () => {
    const left = processesOf(folders);
    for (const { pid } of left) kill(pid, 'SIGKILL');
    return left.length === 0 ? true : undefined;
  });
}

/** Signals a process (a group: its negative number); one that has ended already is left alone. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

interface Seen extends FoundProcess {
  readonly cwd: string;
}

function fromProc(): Seen[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const status = readFileSync(`/proc/${name}/stat`, 'utf8');
        if (/^\) [ZX] /.test(status.slice(status.lastIndexOf(')')))) return [];
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return [{ pid: Number(name), command, cwd: cwdOf(name) }];
      } catch {
        return []; // It ended while we looked.
      }
    });
}

function cwdOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return ''; // Another account's process; its command line is what we have.
  }
}

function fromPs(): Seen[] {
  const lines = execFileSync('ps', ['-axo', 'pid=,stat=,command='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [, pid, state = '', command = ''] = /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined || state.startsWith('Z') ? [] : [{ pid: Number(pid), command, cwd: '' }];
  });
}
