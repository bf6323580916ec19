import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RunningHost, startProcess, type ProcessEnd, type ProcessOptions } from './host-process.ts';
import { buildSampleApp, type BuiltApp } from './sample-app.ts';

let app: BuiltApp;
let stateDir: string;

beforeAll(async () => {
  app = await buildSampleApp();
});
afterAll(() => app.remove());
beforeEach(() => {
  stateDir = fs.mkdtempSync(path.join(os.tmpdir(), 'functions-host-state-'));
});
afterEach(() => fs.rmSync(stateDir, { recursive: true, force: true }));

const failToStart = async (options: Partial<ProcessOptions>): Promise<ProcessEnd> =>
  startProcess({ appDir: app.dir, stateDir, ...options }).ended;

/** One line on stderr, no stack trace, nothing on stdout. */
function expectOneLine(end: ProcessEnd, code: number, ...named: string[]): void {
  expect(end.stderr.trimEnd().split('\n')).toHaveLength(1);
  for (const word of named) expect(end.stderr).toContain(word);
  expect(end.stdout).toBe('');
  expect(end.code).toBe(code);
}

describe('a host that cannot start', () => {
  test('because the port is taken names it and exits with 69', async () => {
    const blocker = http.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => blocker.once('listening', resolve));
    const { port } = blocker.address() as AddressInfo;
    try {
      expectOneLine(await failToStart({ port }), 69, `Port ${port}`, '--port');
    } finally {
      blocker.close();
    }
  });

  test('because the app throws while loading says what it threw and exits with 70', async () => {
    expectOneLine(
      await failToStart({ env: { SAMPLE_THROW: '1' } }),
      70,
      'sample app refuses to load',
      app.dir,
    );
  });

  test('because the app registers nothing says so and exits with 70', async () => {
    const empty = fs.mkdtempSync(path.join(os.tmpdir(), 'functions-host-app-'));
    fs.writeFileSync(path.join(empty, 'host.json'), '{}');
    fs.writeFileSync(path.join(empty, 'package.json'), '{"main":"app.mjs"}');
    fs.writeFileSync(path.join(empty, 'app.mjs'), 'export {};');
    expectOneLine(await failToStart({ appDir: empty }), 70, 'registered no function');
    fs.rmSync(path.join(empty, 'app.mjs'));
    expectOneLine(await failToStart({ appDir: empty }), 70, 'Build the app first');
    fs.rmSync(path.join(empty, 'host.json'));
    expectOneLine(await failToStart({ appDir: empty }), 70, 'host.json');
    fs.rmSync(empty, { recursive: true });
  });

  test('because a schedule refers to a setting that is not set names both and exits with 70', async () => {
    expectOneLine(await failToStart({ env: { SAMPLE_SCHEDULE: '' } }), 70, "'tick'", 'SAMPLE_SCHEDULE');
  });

  test('because another host holds the state says so and exits with 75', async () => {
    const first = await RunningHost.start({ appDir: app.dir, stateDir });
    try {
      expectOneLine(await failToStart({}), 75, 'Another host', stateDir);
    } finally {
      await first.end('SIGTERM');
    }
  });

  test('because of a wrong option says which and exits with 64', async () => {
    expectOneLine(await failToStart({ args: ['--colour', 'red'] }), 64, '--colour');
    expectOneLine(await failToStart({ args: ['--port', 'red'] }), 64, '--port red');
    expectOneLine(await failToStart({ args: ['--log-level', 'loud'] }), 64, 'loud');
  });
});

describe('a host that is stopped', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'by %s lets a running activity finish and exits with 0',
    async (signal) => {
      const notes = path.join(stateDir, 'notes.txt');
      const host = await RunningHost.start({ appDir: app.dir, stateDir, env: { SAMPLE_NOTES: notes } });
      const id = await host.start('steps', { n: 2, ms: 700 });
      await expect
        .poll(() => fs.existsSync(notes) && fs.readFileSync(notes, 'utf8').includes('begin 0'), {
          timeout: 10_000,
        })
        .toBe(true);
      const end = await host.end(signal);
      expect([end.code, end.signal]).toEqual([0, null]);
      expect(fs.readFileSync(notes, 'utf8')).toContain('end 0');
      expect(end.stdout).toMatch(/^READY \{"url":"http:\/\/127\.0\.0\.1:\d+","functions":\d+\}\n$/);

      const next = await RunningHost.start({ appDir: app.dir, stateDir, env: { SAMPLE_NOTES: notes } });
      expect((await next.until(id)).output).toEqual([0, 1]);
      await next.end('SIGTERM');
      expect(fs.readFileSync(notes, 'utf8').match(/begin 0/g)).toHaveLength(1);
    },
  );

  test('keeps its keys for the next start', async () => {
    const first = await RunningHost.start({ appDir: app.dir, stateDir });
    await first.end('SIGTERM');
    const second = await RunningHost.start({ appDir: app.dir, stateDir });
    await second.end('SIGTERM');
    expect(second.keys).toEqual(first.keys);
  });
});

test('a timer function runs by its schedule in a real host', async () => {
  const notes = path.join(stateDir, 'notes.txt');
  const host = await RunningHost.start({
    appDir: app.dir,
    stateDir,
    env: { SAMPLE_NOTES: notes, SAMPLE_SCHEDULE: '*/1 * * * * *' },
  });
  await expect
    .poll(() => fs.existsSync(notes) && fs.readFileSync(notes, 'utf8').split('\n').length > 2, {
      timeout: 20_000,
    })
    .toBe(true);
  await host.end('SIGTERM');
  expect(fs.readFileSync(notes, 'utf8')).toMatch(/^tick \{.*"isPastDue":false/);
});
