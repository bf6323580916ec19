import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hasEnded, RunningHost, type InstanceStatus } from './host-process.ts';
import { buildSampleApp, type BuiltApp } from './sample-app.ts';

let app: BuiltApp;
let stateDir: string;
let notes: string;
let host: RunningHost | undefined;

beforeAll(async () => {
  app = await buildSampleApp();
  stateDir = fs.mkdtempSync(path.join(os.tmpdir(), 'functions-host-state-'));
  notes = path.join(stateDir, 'notes.txt');
});

afterAll(async () => {
  await host?.end('SIGKILL');
  app.remove();
  fs.rmSync(stateDir, { recursive: true, force: true });
});

const start = (): Promise<RunningHost> =>
  RunningHost.start({ appDir: app.dir, stateDir, env: { SAMPLE_NOTES: notes } });
const noteCount = (prefix: string): number => {
  const text = fs.existsSync(notes) ? fs.readFileSync(notes, 'utf8') : '';
  return text.split('\n').filter((line) => line.startsWith(prefix)).length;
};

/** Kills the host once so many more activities have begun: in the middle of activities and of turns. */
async function killAfter(running: RunningHost, activities: number): Promise<void> {
  const target = noteCount('begin') + activities;
  await expect
    .poll(() => noteCount('begin'), { timeout: 30_000, interval: 3 })
    .toBeGreaterThanOrEqual(target);
  await running.end('SIGKILL');
}

test('after SIGKILL at many points everything completes, and every completion stands once in the history', async () => {
  const running = await start();
  host = running;
  const sequences = await Promise.all([1, 2, 3, 4].map(() => running.start('steps', { n: 30, ms: 15 })));
  const fanOut = await host.start('slowFanOut', { n: 60, ms: 20 });
  const timer = await host.start('timer', { ms: 3_000 });
  const parent = await host.start('parent');
  const waiting = await host.start('twoEvents');
  await host.client('event', waiting, '?name=E', 'before the crash');
  for (const activities of [1, 5, 2, 11, 3, 17]) {
    await killAfter(host, activities);
    host = await start();
  }
  await host.client('event', waiting, '?name=E', 'after the crash');

  const ids = [...sequences, fanOut, timer, parent, waiting];
  const ended = new Map<string, InstanceStatus>();
  for (const id of ids) ended.set(id, await host.until(id, hasEnded, 60_000));
  expect([...ended.values()].map((status) => status.runtimeStatus)).toEqual(ids.map(() => 'Completed'));
  for (const id of sequences)
    expect(ended.get(id)?.output).toEqual(Array.from({ length: 30 }, (_, step) => step));
  expect(ended.get(fanOut)?.output).toBe(60);
  expect(ended.get(waiting)?.output).toEqual(['before the crash', 'after the crash']);
  expect(ended.get(timer)).toMatchObject({ output: { last: 'after' } });
  const { elapsed } = (ended.get(timer) as InstanceStatus).output as { elapsed: number };
  expect(elapsed).toBeGreaterThanOrEqual(3_000);

  for (const id of ids) {
    const { history } = await host.rawHistory(id);
    const created = history.filter((event) => event.EventId >= 0).map((event) => event.EventId);
    expect(created).toEqual([...new Set(created)]);
    const completed = history.flatMap((event) => event.TaskScheduledId ?? event.TimerId ?? []);
    expect(completed.length).toBeGreaterThanOrEqual(id === waiting ? 0 : 1);
    expect(completed).toEqual([...new Set(completed)]);
  }
  const needed = 4 * 30 + 60;
  expect(noteCount('end')).toBeGreaterThanOrEqual(needed);
  // The kills really hit running activities: some began more often than they ended.
  expect(noteCount('begin')).toBeGreaterThan(noteCount('end'));
}, 180_000);
