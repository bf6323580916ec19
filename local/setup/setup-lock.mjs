/**
 * Lets one setup at a time change node_modules. The lock is a file in the project's root (npm empties node_modules, so
 * it cannot lie there) that names its holder and the group of the npm it runs, and is touched while held. It is stale,
 * and taken over, when both are gone from the same host, or when nobody has touched it for a minute (the holder's id may
 * belong to another process by now). The invariant: two processes never believe that they hold it, as long as a holder
 * stops when `lost` tells it that the lock was taken over.
 */
import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SetupProblem } from './problem.mjs';

const POLL_MS = 200;
const TOUCH_MS = 5_000;
const ABANDONED_MS = 60_000;

/** The lock file of a project. */
export const lockPath = (root) => join(root, '.lifeboat-setup.lock');

/** Waits for the lock, calling `onWait(holderPid)` once if it has to; resolves to `{ recordGroup, onLost, release }`. */
export async function acquireSetupLock(root, onWait) {
  const path = lockPath(root);
  const holder = { token: randomUUID(), pid: process.pid, host: hostname() };
  let waiting = false;
  while (!tryCreate(path, holder)) {
    const current = readHolder(path);
    if (current === undefined) continue;
    if (isStale(current)) removeStale(path, current);
    else {
      if (!waiting) onWait(current.pid);
      waiting = true;
      await sleep(POLL_MS);
    }
  }
  return heldLock(path, holder);
}

function heldLock(path, holder) {
  let lost = () => {};
  const isMine = () => readHolder(path)?.token === holder.token;
  const touch = setInterval(() => {
    if (isMine()) utimesSync(path, new Date(), new Date());
    else lost();
  }, TOUCH_MS);
  return {
    /** Names the process group that works for the holder: while it lives, the lock does. */
    recordGroup: (groupId) => replace(path, { ...holder, groupId }),
    /** Calls back when another setup has taken the lock over. */
    onLost: (callback) => (lost = callback),
    release: () => {
      clearInterval(touch);
      if (isMine()) rmSync(path, { force: true });
    },
  };
}

function tryCreate(path, holder) {
  try {
    writeFileSync(path, JSON.stringify(holder), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw writeProblem(path, error);
  }
}

function replace(path, holder) {
  const temporary = `${path}.${holder.token}`;
  writeFileSync(temporary, JSON.stringify(holder));
  renameSync(temporary, path);
}

/** The holder named in the file, with the file's age; undefined when there is no file. */
function readHolder(path) {
  try {
    const text = readFileSync(path, 'utf8');
    return { text, ageMs: Date.now() - statSync(path).mtimeMs, ...parseHolder(text) };
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A file caught between its creation and its first byte, or torn by a full disk, names nobody: only its age counts. */
function parseHolder(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { pid: undefined };
  }
}

function isStale({ pid, groupId, host, ageMs }) {
  if (ageMs > ABANDONED_MS) return true;
  if (pid === undefined || host !== hostname()) return false;
  return !isAlive(pid) && (groupId === undefined || !isAlive(-groupId));
}

function isAlive(id) {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Takes the stale file away; if it was replaced in between, the newer holder's file is put back. */
function removeStale(path, judged) {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw writeProblem(path, error);
  }
  if (readFileSync(aside, 'utf8') !== judged.text) putBack(aside, path);
  rmSync(aside, { force: true });
}

function putBack(aside, path) {
  try {
    linkSync(aside, path);
  } catch (error) {
    // EEXIST: a third setup took the free name; the one moved aside notices by its token and stops.
    if (error.code !== 'EEXIST') throw error;
  }
}

function writeProblem(path, error) {
  if (['EACCES', 'EPERM', 'EROFS'].includes(error.code)) {
    return new SetupProblem(
      `${path} cannot be written (${error.code}): the folder is read-only for this account.`,
      'run as the account that owns the folder, or clone into one that can be written.',
    );
  }
  if (error.code === 'ENOSPC')
    return new SetupProblem('The disk is full.', 'free about 700 MB and run the same command again.');
  return error;
}
