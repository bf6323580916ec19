/** `node local/setup/run.mjs` runs a script with Node 24 as if it had been started directly. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeClone, until, withInstallScript, type Clone, type Running } from './clone.ts';

const run = 'local/setup/run.mjs';
const longerThanCopiesTakeMs = 700;

let clone: Clone;

const scripts = {
  'echo.ts': `const given: string[] = process.argv.slice(2);
console.log(JSON.stringify({ given, cwd: process.cwd(), version: process.version }));
process.exitCode = 7;`,
  'sqlite.ts': "import { DatabaseSync } from 'node:sqlite';\nconsole.log(typeof DatabaseSync);",
  'kill.ts': "process.kill(process.pid, 'SIGKILL');",
  'count.ts': `let [interrupts, terminations] = [0, 0];
process.on('SIGINT', () => { interrupts += 1; console.log('interrupt'); });
process.on('SIGTERM', () => { terminations += 1; console.log('terminate'); });
process.on('SIGUSR2', () => { console.log(JSON.stringify({ interrupts, terminations })); process.exit(3); });
setInterval(() => undefined, 1_000);
console.log('pid', process.pid);`,
};

beforeAll(async () => {
  clone = await withInstallScript(await makeClone());
  await mkdir(join(clone.root, 'scripts'));
  for (const [name, source] of Object.entries(scripts))
    await writeFile(join(clone.root, 'scripts', name), source);
  await writeFile(
    join(clone.root, 'package.json'),
    JSON.stringify({ type: 'module', engines: { node: '>=20' } }),
  );
  await clone.run('local/setup/setup.mjs');
});

afterAll(() => clone.remove());

test('the script gets its arguments and the working directory, and its exit code is passed on', async () => {
  const { code, stdout, stderr } = await clone.run(run, ['scripts/echo.ts', '--once', 'a b']);
  expect(JSON.parse(stdout)).toEqual({ given: ['--once', 'a b'], cwd: clone.root, version: process.version });
  expect(stderr).toBe('');
  expect(code).toBe(7);
});

test('experimental parts of Node are used without a warning', async () => {
  expect(await clone.run(run, ['scripts/sqlite.ts'])).toEqual({ code: 0, stdout: 'function\n', stderr: '' });
});

test('a script that a signal ended gives 128 and the signal’s number', async () => {
  expect((await clone.run(run, ['scripts/kill.ts'])).code).toBe(137);
});

test('each request to stop reaches the script once, however many copies of it arrive', async () => {
  const running = clone.start(run, ['scripts/count.ts'], { detached: true });
  await until(() => running.printed().includes('pid'));
  running.child.kill('SIGINT');
  running.child.kill('SIGINT');
  await until(() => running.printed().includes('interrupt'));
  running.child.kill('SIGTERM');
  await until(() => running.printed().includes('terminate'));
  expect(await countsOf(running)).toEqual({ interrupts: 1, terminations: 1 });
});

test('a second request, after the time that copies take, is passed on as well', async () => {
  const running = clone.start(run, ['scripts/count.ts'], { detached: true });
  await until(() => running.printed().includes('pid'));
  running.child.kill('SIGINT');
  await until(() => running.printed().includes('interrupt'));
  await sleep(longerThanCopiesTakeMs);
  running.child.kill('SIGINT');
  await until(() => running.printed().split('interrupt').length > 2);
  expect(await countsOf(running)).toEqual({ interrupts: 2, terminations: 0 });
});

/** Ends the counting script by its own process id and reads what it counted. */
async function countsOf(running: Running): Promise<unknown> {
  process.kill(Number(/pid (\d+)/.exec(running.printed())?.[1]), 'SIGUSR2');
  const { code, stdout } = await running.ended;
  expect(code).toBe(3);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

test('a script that does not exist is refused with its path', async () => {
  const { code, stderr } = await clone.run(run, ['scripts/nowhere.ts']);
  expect(stderr).toMatch(/scripts\/nowhere\.ts does not exist\.\nNext: /);
  expect(code).toBe(64);
});

test('without a script the usage is shown', async () => {
  const { code, stderr } = await clone.run(run);
  expect(stderr).toContain('run.mjs <script.ts> [arguments…]');
  expect(code).toBe(64);
});
