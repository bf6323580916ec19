/**
 * Finds npm and runs `npm ci` with it. npm runs in a process group of its own, so that an interrupted setup ends npm
 * and its install scripts together; and never under the Node of node_modules, which npm is about to remove.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { basename, delimiter, dirname, join, sep } from 'node:path';
import { SetupProblem } from './problem.mjs';

const ciArguments = [
  'ci',
  '--include=dev',
  '--include=optional',
  '--no-audit',
  '--no-fund',
  '--no-update-notifier',
  '--loglevel=warn',
  '--fetch-retry-mintimeout=2000',
  '--fetch-retry-maxtimeout=10000',
];

/** Starts `npm ci` in `root`: its process-group id, and a promise of `{ ok, output }`; `stop()` ends the whole group. */
export function startNpmCi(root) {
  const { command, prefix, path } = findNpm(root);
  const child = spawn(command, [...prefix, ...ciArguments], {
    cwd: root,
    env: { ...process.env, PATH: path },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  const collect = (chunk) => (output = (output + chunk).slice(-200_000));
  child.stdout.setEncoding('utf8').on('data', collect);
  child.stderr.setEncoding('utf8').on('data', collect);
  const finished = new Promise((resolve) => {
    child.on('error', (error) => resolve({ ok: false, output: `${output}\n${error.message}` }));
    child.on('close', (code) => resolve({ ok: code === 0, output }));
  });
  return { groupId: child.pid, finished, stop: () => stopGroup(child.pid) };
}

/** How to start npm: the one that runs this script, else the one beside this Node, else the one on PATH. */
export function findNpm(root, env = process.env, execPath = process.execPath) {
  const path = withoutProjectBinaries(env.PATH ?? '', root);
  const node = isInside(execPath, join(root, 'node_modules')) ? findOnPath('node', path) : execPath;
  const script = [env.npm_execpath, ...npmBeside(execPath)].find((file) => isNpmScript(file));
  if (script !== undefined && node !== undefined) return { command: node, prefix: [script], path };
  const command = findOnPath('npm', path);
  if (command !== undefined) return { command, prefix: [], path };
  throw new SetupProblem(
    'npm was not found: neither beside Node nor on PATH.',
    'install npm (it comes with Node from https://nodejs.org) and run the same command again.',
  );
}

const npmBeside = (execPath) => [
  join(dirname(execPath), '../lib/node_modules/npm/bin/npm-cli.js'),
  join(dirname(execPath), 'node_modules/npm/bin/npm-cli.js'),
];

/** Other package managers set npm_execpath to themselves; they cannot read package-lock.json. */
const isNpmScript = (file) => file !== undefined && basename(file).startsWith('npm-cli.') && existsSync(file);

const withoutProjectBinaries = (path, root) =>
  path
    .split(delimiter)
    .filter((folder) => folder !== '' && !isInside(folder, join(root, 'node_modules')))
    .join(delimiter);

const isInside = (path, folder) => path === folder || path.startsWith(folder + sep);

function findOnPath(name, path) {
  return path
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => isExecutable(file));
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    // Missing and forbidden mean the same here: look in the next folder.
    return false;
  }
}

function stopGroup(groupId) {
  if (groupId === undefined) return;
  try {
    process.kill(-groupId, 'SIGTERM');
  } catch (error) {
    // ESRCH: it has ended by itself.
    if (error.code !== 'ESRCH') throw error;
  }
}
