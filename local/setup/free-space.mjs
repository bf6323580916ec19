/**
 * Notices a disk without room for the dependencies: before npm starts, and while it runs. npm itself takes minutes to
 * give up on a full disk, ends with an error about something else, and has freed the space again by then.
 */
import { existsSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { diskFull } from './npm-failure.mjs';
import { SetupProblem } from './problem.mjs';

/** Measured: 700 MB. A little less, so that an installation that would just fit is not refused. */
const NEEDED_BYTES = 650_000_000;

/** With less the next large file does not fit, and nothing could run afterwards. */
const FULL_BELOW_BYTES = 64_000_000;

const INTERVAL_MS = 200;

/** Throws when a first installation cannot fit; a repeated one frees the space of the last. */
export function requireFreeSpace(root, freeBytes = freeBytesOf) {
  const free = freeBytes(root);
  if (free === undefined || free >= NEEDED_BYTES || existsSync(join(root, 'node_modules'))) return;
  const megabytes = Math.floor(free / 1_000_000);
  throw new SetupProblem(
    `The disk of ${root} has ${megabytes} MB free; the dependencies take about 700 MB.`,
    diskFull.next,
  );
}

/** Calls `onFull(problem)` once when the file system of `root` has no room left; `stop()` ends the watch. */
export function watchFreeSpace(root, onFull, { intervalMs = INTERVAL_MS, freeBytes = freeBytesOf } = {}) {
  const timer = setInterval(() => {
    const free = freeBytes(root);
    if (free === undefined || free >= FULL_BELOW_BYTES) return;
    clearInterval(timer);
    onFull(new SetupProblem(diskFull.message, diskFull.next));
  }, intervalMs);
  return { stop: () => clearInterval(timer) };
}

/** The bytes that this account may still write; undefined where the file system does not say. */
function freeBytesOf(root) {
  const { blocks, bavail, bsize } = statfsSync(root);
  return blocks === 0 ? undefined : bavail * bsize;
}
