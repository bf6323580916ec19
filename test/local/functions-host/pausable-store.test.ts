import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hasEnded, RunningHost } from './host-process.ts';
import { buildSampleApp, type BuiltApp } from './sample-app.ts';

let app: BuiltApp;
let stateDir: string;
let notes: string;
let host: RunningHost;

beforeAll(async () => {
  app = await buildSampleApp();
  stateDir = fs.mkdtempSync(path.join(os.tmpdir(), 'functions-host-state-'));
  notes = path.join(stateDir, 'notes.txt');
  host = await start();
});

afterAll(async () => {
  await host.end('SIGKILL');
  app.remove();
  fs.rmSync(stateDir, { recursive: true, force: true });
});

const start = (): Promise<RunningHost> =>
  RunningHost.start({ appDir: app.dir, stateDir, env: { SAMPLE_NOTES: notes } });
const begun = (): number =>
  fs
    .readFileSync(notes, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('begin')).length;
const standing = (): boolean => fs.existsSync(path.join(stateDir, 'paused.json'));

function ask(step: string, side: 'before' | 'after'): void {
  const file = path.join(stateDir, 'pause-at.json');
  fs.writeFileSync(`${file}.new`, JSON.stringify({ instance: 'steps', step, side }));
  fs.renameSync(`${file}.new`, file);
}

async function untilStanding(): Promise<void> {
  await expect.poll(standing, { timeout: 30_000, interval: 5 }).toBe(true);
}

function release(): void {
  fs.rmSync(path.join(stateDir, 'paused.json'));
}

test('a host that stands before the record of an activity has run it; killed there, it runs it once more', async () => {
  fs.writeFileSync(notes, '');
  ask('activity 2', 'before');
  const id = await host.start('steps', { n: 5, ms: 1 });
  await untilStanding();
  expect(begun()).toBe(3);
  await host.end('SIGKILL');
  release();
  host = await start();
  expect(await host.until(id, hasEnded, 30_000)).toMatchObject({ runtimeStatus: 'Completed' });
  expect(begun()).toBe(6);
});

test('a host that stands after a turn begins nothing of what the turn decided, until it is let go on', async () => {
  fs.writeFileSync(notes, '');
  ask('turn TaskScheduled:2', 'after');
  const id = await host.start('steps', { n: 5, ms: 1 });
  await untilStanding();
  await sleep(100); // Time in which a host that does not stand would have gone on.
  expect(begun()).toBe(2);
  release();
  expect(await host.until(id, hasEnded, 30_000)).toMatchObject({ runtimeStatus: 'Completed' });
  expect(begun()).toBe(5);
});

test('killed after the record of an activity, it does not run it again', async () => {
  fs.writeFileSync(notes, '');
  ask('activity 4', 'after');
  const id = await host.start('steps', { n: 5, ms: 1 });
  await untilStanding();
  await host.end('SIGKILL');
  release();
  host = await start();
  expect(await host.until(id, hasEnded, 30_000)).toMatchObject({ runtimeStatus: 'Completed' });
  expect(begun()).toBe(5);
});
