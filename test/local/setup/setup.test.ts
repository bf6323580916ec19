/** `node local/setup/setup.mjs` makes a clone ready, or says in a few words why it cannot. */
import { chmod, copyFile, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { has, lockfile, makeClone, until, withInstallScript, type Clone, type Ended } from './clone.ts';

const setup = 'local/setup/setup.mjs';
const lock = '.lifeboat-setup.lock';
const unreachable =
  'echo "npm error code ECONNREFUSED" >&2; echo "    at Socket.connect (net.js:1)" >&2; exit 1';
const waitForGo = 'touch npm/started; while [ ! -e npm/go ]; do sleep 0.05; done; install';

interface FreeSpace {
  readonly requireFreeSpace: (root: string, freeBytes: () => number | undefined) => void;
  readonly watchFreeSpace: (
    root: string,
    onFull: (problem: Error) => void,
    options: { readonly intervalMs: number; readonly freeBytes: () => number | undefined },
  ) => { readonly stop: () => void };
}

const freeSpace = async (): Promise<FreeSpace> =>
  (await import(new URL('../../../local/setup/free-space.mjs', import.meta.url).href)) as FreeSpace;

const clones: Clone[] = [];
afterEach(async () => {
  await Promise.all(clones.splice(0).map((clone) => clone.remove()));
});

async function cloneWith(...npmBehaviour: string[]): Promise<Clone> {
  const clone = await withInstallScript(
    await makeClone(npmBehaviour.length === 0 ? ['install'] : npmBehaviour),
  );
  clones.push(clone);
  return clone;
}

function expectReady({ code, stderr }: Ended): void {
  expect(stderr).toMatch(/Ready: Node 24\.\S+, PostgreSQL 18\.4\.\n$/);
  expect(code).toBe(0);
}

function expectRefused({ code, stderr }: Ended, message: RegExp): void {
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/\nNext: \S.*\n$/);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(code).toBe(69);
}

test('a fresh clone is installed once, and the next setup does nothing', async () => {
  const clone = await cloneWith();
  const first = await clone.run(setup);
  expectReady(first);
  expect(first.stderr).toContain('Installing the dependencies, because dependencies are not installed yet');
  expect(first.stderr).toMatch(/Installed in \d+\.\d s\./);
  const second = await clone.run(setup);
  expectReady(second);
  expect(second.stderr.split('\n')).toHaveLength(2);
  expect(await clone.npmRuns()).toBe(1);
  expect(has(clone, lock)).toBe(false);
});

test('a lockfile that asks for another version is installed', async () => {
  const clone = await cloneWith();
  await clone.run(setup);
  await writeFile(join(clone.root, 'package-lock.json'), lockfile('2.0.0'));
  const { stderr } = await clone.run(setup);
  expect(stderr).toContain('the installed dependencies are not those of package-lock.json');
  expect(await clone.npmRuns()).toBe(2);
});

test('dependencies that npm ci installed without setup are taken as they are', async () => {
  const clone = await cloneWith();
  await clone.run(setup);
  const stamp = join(clone.root, 'node_modules/.lifeboat-setup');
  const content = await readFile(stamp, 'utf8');
  await rm(stamp);
  expectReady(await clone.run(setup));
  expect(await readFile(stamp, 'utf8')).toBe(content);
  expect(await clone.npmRuns()).toBe(1);
});

test('a missing Node 24 is installed again, whatever the stamp says', async () => {
  const clone = await cloneWith();
  await clone.run(setup);
  await rm(join(clone.root, 'node_modules/node'), { recursive: true });
  const { stderr } = await clone.run(setup);
  expect(stderr).toMatch(/because Node 24 \(.*node_modules\/node\/bin\/node\) is missing/);
  expect(await clone.npmRuns()).toBe(2);
});

test('an installation that leaves no working binary is refused', async () => {
  const clone = await cloneWith('true');
  expectRefused(await clone.run(setup), /npm reports success, but Node 24 .* is missing/);
  expect(await clone.npmRuns()).toBe(1);
});

test('a registry that cannot be reached for a moment is tried again', async () => {
  const clone = await cloneWith(unreachable, 'install');
  const ended = await clone.run(setup);
  expect(ended.stderr).toContain('The npm registry cannot be reached. Trying once more.');
  expectReady(ended);
});

test('a registry that stays away is refused after the second try, and nothing looks installed', async () => {
  const clone = await cloneWith(unreachable);
  expectRefused(await clone.run(setup), /The npm registry cannot be reached/);
  expect(await clone.npmRuns()).toBe(2);
  expect(has(clone, 'node_modules/.lifeboat-setup')).toBe(false);
  expect(has(clone, lock)).toBe(false);
});

test('a full disk is refused at once', async () => {
  const clone = await cloneWith('echo "npm error code ENOSPC" >&2; exit 1');
  expectRefused(await clone.run(setup), /The disk is full/);
  expect(await clone.npmRuns()).toBe(1);
});

test('a disk that has no room for the dependencies is refused before npm is started', async () => {
  const { requireFreeSpace } = await freeSpace();
  expect(() => requireFreeSpace('/nowhere', () => 500_000_000)).toThrow('has 500 MB free');
  expect(() => requireFreeSpace('/nowhere', () => 2_000_000_000)).not.toThrow();
  expect(() => requireFreeSpace('/nowhere', () => undefined)).not.toThrow();
});

test('a disk that fills up while npm writes is refused at once', async () => {
  const { watchFreeSpace } = await freeSpace();
  const sizes = [30_000_000_000, 10_000_000_000, 1_000_000];
  const problem = await new Promise<Error>((resolve) => {
    watchFreeSpace('/project', resolve, { intervalMs: 1, freeBytes: () => sizes.shift() });
  });
  expect(problem.message).toContain('The disk is full');
  expect(sizes).toEqual([]);
});

test('a missing lockfile is refused', async () => {
  const clone = await cloneWith();
  await rm(join(clone.root, 'package-lock.json'));
  expectRefused(await clone.run(setup), /package-lock\.json is missing/);
});

test('a folder that may not be written is refused before npm is started', async () => {
  const clone = await cloneWith();
  // Root may write anywhere: the clone belongs to root then, and setup runs as somebody else.
  const isRoot = process.getuid?.() === 0;
  const node = join(clone.root, 'npm/node');
  await copyFile(process.execPath, node);
  if (!isRoot) await chmod(clone.root, 0o555);
  expectRefused(
    await clone.run(setup, [], { node, ...(isRoot ? { uid: 65_534 } : {}) }),
    /read-only for this account/,
  );
  expect(await clone.npmRuns()).toBe(0);
  if (!isRoot) await chmod(clone.root, 0o755);
});

test('two setups at once install once, and both end ready', async () => {
  const clone = await cloneWith(waitForGo);
  const [first, second] = [clone.start(setup), clone.start(setup)];
  await until(() => /Waiting for another setup \(process \d+\)/.test(first.printed() + second.printed()));
  await writeFile(join(clone.root, 'npm/go'), '');
  for (const ended of await Promise.all([first.ended, second.ended])) expectReady(ended);
  expect(await clone.npmRuns()).toBe(1);
  expect(has(clone, lock)).toBe(false);
});

test('the lock of a setup that is gone is taken over', async () => {
  const clone = await cloneWith();
  const gone = clone.start(setup, [], { env: { npm_execpath: '', PATH: '' } });
  await gone.ended;
  const holder = { token: 'gone', pid: gone.child.pid, host: hostname() };
  await writeFile(join(clone.root, lock), JSON.stringify(holder));
  expectReady(await clone.run(setup));
  expect(has(clone, lock)).toBe(false);
});

test('a lock that nobody has touched for long is taken over, though its process id is in use again', async () => {
  const clone = await cloneWith();
  await writeFile(
    join(clone.root, lock),
    JSON.stringify({ token: 'old', pid: process.pid, host: hostname() }),
  );
  const longAgo = new Date(Date.now() - 600_000);
  await utimes(join(clone.root, lock), longAgo, longAgo);
  expectReady(await clone.run(setup));
});

test('after a killed setup the next one waits for the npm that it left behind', async () => {
  const clone = await cloneWith(waitForGo, 'install');
  const killed = clone.start(setup);
  await until(() => has(clone, 'npm/started'));
  await until(async () => (await readFile(join(clone.root, lock), 'utf8')).includes('groupId'));
  killed.child.kill('SIGKILL');
  const next = clone.start(setup);
  await until(() => next.printed().includes('Waiting for another setup'));
  expect(await clone.npmRuns()).toBe(1);
  await writeFile(join(clone.root, 'npm/go'), '');
  expectReady(await next.ended);
});

test('an interrupted setup ends npm and gives the lock back', async () => {
  const clone = await cloneWith(`echo $$ > npm/pid; ${waitForGo}`);
  const interrupted = clone.start(setup);
  await until(() => has(clone, 'npm/started'));
  interrupted.child.kill('SIGTERM');
  const { code, stderr } = await interrupted.ended;
  expect(stderr).toMatch(/Setup was interrupted\.\nNext: /);
  expect(code).toBe(143);
  expect(has(clone, lock)).toBe(false);
  const npmShell = Number(await readFile(join(clone.root, 'npm/pid'), 'utf8'));
  await until(() => !isAlive(npmShell));
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
