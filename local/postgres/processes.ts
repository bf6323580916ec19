/**
 * The PostgreSQL processes that this process started. When it ends for whatever reason that still runs code, they are
 * told to shut down; after a SIGKILL they run on and are found by their pid files at the next start.
 */
import type { ChildProcess } from 'node:child_process';

const running = new Set<ChildProcess>();
let watching = false;

/** Remembers a started PostgreSQL until it exits. */
export function trackProcess(child: ChildProcess): void {
  running.add(child);
  child.once('exit', () => running.delete(child));
  if (watching) return;
  watching = true;
  process.once('exit', () => {
    for (const each of running) each.kill('SIGINT');
  });
}
