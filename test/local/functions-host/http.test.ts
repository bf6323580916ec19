import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RunningHost } from './host-process.ts';
import { buildSampleApp, type BuiltApp } from './sample-app.ts';

let app: BuiltApp;
let stateDir: string;
let host: RunningHost;

beforeAll(async () => {
  app = await buildSampleApp();
  stateDir = fs.mkdtempSync(path.join(os.tmpdir(), 'functions-host-state-'));
  host = await RunningHost.start({ appDir: app.dir, stateDir });
}, 60_000);

afterAll(async () => {
  await host.end('SIGTERM');
  app.remove();
  fs.rmSync(stateDir, { recursive: true, force: true });
});

const withKey = (key: string): RequestInit => ({ headers: { 'x-functions-key': key } });
const statusOf = async (target: string, init?: RequestInit): Promise<number> =>
  (await host.request(target, init)).status;

describe('HTTP functions', () => {
  test('get route values, query, headers and body, and may set headers and cookies', async () => {
    const response = await host.request('/api/hello/Ann?q=1', {
      method: 'POST',
      body: 'text',
      headers: { 'x-test': 't' },
    });
    expect(await response.json()).toMatchObject({ name: 'Ann', q: '1', body: 'text', header: 't' });
    expect(response.headers.get('x-custom')).toBe('a');
    expect(response.headers.get('set-cookie')).toBe('c=v%201; Max-Age=60; Path=/; HttpOnly; SameSite=lax');
  });

  test('know the host name and the values of local.settings.json from the environment', async () => {
    const body = await host.json('/api/hello');
    expect(body).toMatchObject({
      name: null,
      hostname: new URL(host.url).host,
      setting: 'from local.settings.json',
    });
  });

  test('are chosen by method, constraint and precedence', async () => {
    expect(await host.json('/api/items/Books/12')).toEqual({ category: 'Books', id: '12' });
    expect(await host.json('/api/ITEMS/special/a/b')).toEqual({ special: true, rest: 'a/b' });
    expect(await statusOf('/api/items/Books/x')).toBe(404);
    expect(await statusOf('/api/items/Books/12', { method: 'POST' })).toBe(404);
    expect(await statusOf('/api/nobody')).toBe(404);
  });

  test('pass bytes through unchanged', async () => {
    const bytes = Buffer.from([0, 255, 1, 128, 13, 10]);
    const response = await host.request('/api/bytes', { method: 'POST', body: bytes });
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
  });

  test('that throw answer 500 and the log says why', async () => {
    expect(await statusOf('/api/boom')).toBe(500);
    expect(host.process.stderr()).toMatch(/^\S+Z error boom .*http boom/m);
  });

  test('that return nothing answer without a body', async () => {
    const response = await host.request('/api/nothing');
    expect([response.status, await response.text()]).toEqual([204, '']);
  });
});

describe('keys', () => {
  test('are kept in a file that only the owner can read', () => {
    const mode = fs.statSync(path.join(stateDir, 'keys.json')).mode & 0o777;
    expect(mode).toBe(0o600);
    expect(new Set(Object.values(host.keys)).size).toBe(3);
  });

  test('open functions by their level, from the header or the query', async () => {
    expect(await statusOf('/api/secure')).toBe(401);
    expect(await statusOf('/api/secure', withKey('wrong'))).toBe(401);
    expect(await statusOf('/api/secure', withKey(host.keys.system))).toBe(401);
    expect(await statusOf(`/api/secure?code=${host.keys.function}`)).toBe(200);
    expect(await statusOf('/api/secure', withKey(host.keys.master))).toBe(200);
    expect(await statusOf('/api/private', withKey(host.keys.function))).toBe(401);
    expect(await statusOf('/api/private', withKey(host.keys.master))).toBe(200);
  });

  test('guard the management API, and the app itself needs none', async () => {
    const instances = '/runtime/webhooks/durabletask/instances';
    expect(await statusOf(instances)).toBe(401);
    expect(await statusOf(instances, withKey(host.keys.function))).toBe(401);
    expect(await statusOf(instances, withKey(host.keys.system))).toBe(200);
    expect(await statusOf(instances, withKey(host.keys.master))).toBe(200);
    expect(await statusOf('/durabletask/instances')).toBe(404);
  });
});

describe('admin routes', () => {
  test('tell the state to everyone and the functions to the master key', async () => {
    expect(await host.json('/admin/host/status')).toMatchObject({
      state: 'Running',
      version: expect.any(String),
    });
    expect(await statusOf('/admin/functions')).toBe(401);
    const functions = (await host.json('/admin/functions', withKey(host.keys.master))) as {
      name: string;
      trigger: string;
    }[];
    expect(functions).toContainEqual(expect.objectContaining({ name: 'tick', trigger: 'timerTrigger' }));
  });

  test('run a timer function on demand', async () => {
    const init = { method: 'POST', ...withKey(host.keys.master) };
    expect(await statusOf('/admin/functions/tick', init)).toBe(202);
    expect(await statusOf('/admin/functions/hello', init)).toBe(404);
  });
});

test('an app that enables streaming gets its responses through chunk by chunk', async () => {
  const ownState = fs.mkdtempSync(path.join(os.tmpdir(), 'functions-host-state-'));
  const streaming = await RunningHost.start({
    appDir: app.dir,
    stateDir: ownState,
    env: { SAMPLE_STREAM: '1' },
  });
  try {
    const response = await streaming.request('/api/stream');
    const chunks: string[] = [];
    for await (const chunk of response.body as ReadableStream<Uint8Array>)
      chunks.push(Buffer.from(chunk).toString());
    expect(chunks.join('')).toBe('one two three');
    expect(chunks.length).toBeGreaterThan(1);
    expect(await streaming.json('/api/hello/Ann', { method: 'POST', body: 'text' })).toMatchObject({
      name: 'Ann',
      body: 'text',
    });
    expect((await streaming.request('/api/boom')).status).toBe(500);
    expect((await streaming.request('/api/nothing')).status).toBe(204);
  } finally {
    await streaming.end('SIGTERM');
    fs.rmSync(ownState, { recursive: true, force: true });
  }
}, 60_000);
