/** The smoke check: what the hooks hear, how long the application is waited for, and what each answer is called. */
import { beforeEach, describe, expect, test } from 'vitest';
import { checksFor } from '../../src/activities/checks/registry.ts';
import type { CheckRun, FinishedCheck } from '../../src/contracts/drill.ts';
import { smokeStart } from '../../src/contracts/smoke.ts';
import { restoreServer, takeSnapshot, type Planned } from '../support/drill-steps.ts';
import { MemoryHttp } from '../support/memory-http.ts';
import { sampleEstate } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

const hooks = 'https://ops.example/hooks';
const app = 'https://shop.example/drill/';
const estate = sampleEstate();
const [region] = estate.systems[0]!.regions;
region!.drill.smoke = {
  ...{ start: `${hooks}/start`, stop: `${hooks}/stop`, application: app, ready: '/ready' },
  readyWithin: 'PT60S',
  requests: [
    { name: 'the shop opens', path: '/', status: 200, contains: 'Welcome' },
    { name: 'nothing is lost', path: '/items?lost=1', status: 200, json: { pointer: '/count', equals: 0 } },
    { name: 'strangers are refused', path: '/admin', status: 403 },
  ],
};

let clock: VirtualWallClock;
let http: MemoryHttp;
let world: World;
let planned: Planned;

const welcome = { text: '<h1>Welcome</h1>' };
const none = { text: '{"count":0}' };

beforeEach(async () => {
  clock = new VirtualWallClock();
  http = new MemoryHttp();
  world = makeWorld(clock, { estate, http });
  http
    .on(`POST ${hooks}/start`, { status: 202 })
    .on(`POST ${hooks}/stop`, { status: 204 })
    .on('GET https://shop.example/drill/ready', {})
    .on('GET https://shop.example/drill/', welcome)
    .on('GET https://shop.example/drill/items?lost=1', none)
    .on('GET https://shop.example/drill/admin', { status: 403 });
  await takeSnapshot(world);
  planned = await restoreServer(world);
});

const portion = (number: number): Promise<CheckRun> =>
  world.value<CheckRun>('runCheck', { ...planned.on, check: 'smoke', portion: number });

async function smoke(): Promise<FinishedCheck> {
  const run = await portion(0);
  if ('goesOn' in run) throw new Error('it goes on');
  return run;
}

const drill = { hasRecord: true, occasion: 'drill', isLast: true } as const;

test('is planned for a drill, behind every other check of every database, and for no restore of a person', () => {
  const [database] = region!.databases;
  expect(checksFor(region!, database!, drill).at(-1)).toBe('smoke');
  expect(checksFor(region!, database!, { ...drill, isLast: false })).not.toContain('smoke');
  expect(checksFor(region!, database!, { ...drill, occasion: 'restore' })).not.toContain('smoke');
  expect(
    checksFor({ ...region!, drill: { ...region!.drill, smoke: undefined } }, database!, drill),
  ).not.toContain('smoke');
});

test('points the application at the restored server, asks it, and stops it, in this order', async () => {
  expect(await smoke()).toMatchObject({
    ...{ status: 'passed', actual: '3 answered as they should', findings: [] },
    expected: expect.stringContaining('https://shop.example answers 3 request(s)') as string,
  });
  expect(http.asked).toEqual([
    `POST ${hooks}/start`,
    'GET https://shop.example/drill/ready',
    'GET https://shop.example/drill/',
    'GET https://shop.example/drill/items?lost=1',
    'GET https://shop.example/drill/admin',
    `POST ${hooks}/stop`,
  ]);
  const [start, stop] = [http.sent[0]!.body, http.sent.at(-1)!.body];
  expect(smokeStart.parse(start)).toMatchObject({
    ...{ run: planned.drill, system: 'shop', region: 'westeurope' },
    databases: [
      { database: 'main', host: `${planned.target.split('/').at(-1)}.example`, port: 5432, name: 'shop' },
    ],
  });
  expect(stop).toEqual({
    ...{ schema: 'lifeboat/smoke-stop/v1', run: planned.drill, system: 'shop', region: 'westeurope' },
  });
  expect(JSON.stringify(start)).not.toMatch(/password|token|secret/i);
});

describe('a wrong answer fails it', () => {
  test.each<[string, string, object, RegExp]>([
    ['of another status', '/', { status: 500 }, /^the shop opens: status 500 instead of 200/],
    ['that is a redirect, which is not followed', '/', { status: 302 }, /status 302 instead of 200/],
    ['without the text', '/', { text: 'Sorry' }, /its body does not contain "Welcome"/],
    [
      'with another value',
      '/items?lost=1',
      { text: '{"count":7}' },
      /^nothing is lost: \/count is 7 instead of 0/,
    ],
    ['without the value', '/items?lost=1', { text: '{}' }, /\/count is not there instead of 0/],
    ['that is no JSON', '/items?lost=1', { text: '<html>' }, /its body is no JSON/],
    ['that lets strangers in', '/admin', {}, /^strangers are refused: status 200 instead of 403/],
  ])('%s', async (_, path, reply, said) => {
    http.on(`GET https://shop.example/drill${path}`, reply);
    const result = await smoke();
    expect(result).toMatchObject({ status: 'failed', findingCount: 1 });
    expect(result.actual).toMatch(said);
    expect(http.asked).toHaveLength(6);
  });

  test('of each request of several, which are all made', async () => {
    http
      .on('GET https://shop.example/drill/', { status: 500 })
      .on('GET https://shop.example/drill/admin', {});
    expect(await smoke()).toMatchObject({ status: 'failed', findingCount: 2 });
  });

  test('of an application that answers and is never ready', async () => {
    http.on('GET https://shop.example/drill/ready', { status: 503 });
    http.onSent = () => clock.advance(25);
    const result = await smoke();
    expect(result).toMatchObject({ status: 'failed' });
    expect(result.actual).toMatch(/was not ready within PT60S: \/ready answered 503/);
    expect(http.asked.at(-1)).toBe(`POST ${hooks}/stop`);
    expect(http.asked).not.toContain('GET https://shop.example/drill/');
  });
});

describe('what cannot be reached says nothing', () => {
  test.each<[string, string, object | undefined, RegExp]>([
    ['a start hook that is away', `POST ${hooks}/start`, undefined, /^the start hook gave no answer/],
    ['a start hook that fails', `POST ${hooks}/start`, { status: 500 }, /^the start hook answered 500/],
    [
      'a start hook that sends elsewhere',
      `POST ${hooks}/start`,
      { status: 307 },
      /^the start hook answered 307/,
    ],
    [
      'an application that is gone again',
      'GET https://shop.example/drill/',
      undefined,
      /^the shop opens: .*cannot be reached/,
    ],
    [
      'an answer that was not read to its end',
      'GET https://shop.example/drill/',
      { text: 'x', isCut: true },
      /its body is longer than what is read of it/,
    ],
  ])('%s', async (_, route, reply, said) => {
    http.on(route, reply);
    const result = await smoke();
    expect(result).toMatchObject({ status: 'inconclusive', findings: [] });
    expect(result.actual).toMatch(said);
    expect(http.asked.at(-1)).toBe(`POST ${hooks}/stop`);
  });

  test('an application that nobody ever reached', async () => {
    http.on('GET https://shop.example/drill/ready', undefined);
    http.onSent = () => clock.advance(25);
    expect(await smoke()).toMatchObject({ status: 'inconclusive' });
  });

  test('a stop hook that is away changes nothing of what was found, and is told', async () => {
    http.on(`POST ${hooks}/stop`, undefined);
    expect(await smoke()).toMatchObject({
      ...{ status: 'passed', measured: { stopHook: 'not heard' } },
      actual: expect.stringMatching(/^3 answered as they should; the stop hook gave no answer/) as string,
    });
  });

  test('a wrong answer beside it still fails the check', async () => {
    http.on('GET https://shop.example/drill/', undefined).on('GET https://shop.example/drill/admin', {});
    expect(await smoke()).toMatchObject({ status: 'failed' });
  });
});

test('an application that takes long is waited for in portions, and is started once', async () => {
  http.on('GET https://shop.example/drill/ready', { status: 503 }, { status: 503 }, {});
  let asked = 0;
  // The first portion lasts longer than a portion may.
  http.onSent = () => clock.advance((asked += 1) === 2 ? 55 + 70 : 0);
  region!.drill.smoke!.readyWithin = 'PT5M';
  expect(await portion(0)).toEqual({ goesOn: 1 });
  expect(await portion(0)).toEqual({ goesOn: 1 });
  expect(await portion(1)).toMatchObject({ status: 'passed' });
  expect(http.asked.filter((one) => one.startsWith('POST'))).toEqual([
    `POST ${hooks}/start`,
    `POST ${hooks}/stop`,
  ]);
  region!.drill.smoke!.readyWithin = 'PT60S';
});

test('a check that was killed tells the hooks the same run again', async () => {
  const first = await smoke();
  const evidence = first.evidence!.path;
  world.vault.remove(evidence);
  expect(await smoke()).toMatchObject({ status: 'passed' });
  const runs = http.sent.flatMap(({ body }) => (body === undefined ? [] : [(body as { run: string }).run]));
  expect(new Set(runs)).toEqual(new Set([planned.drill]));
});
