/** Every exit code that the README documents is reached by a command line here, and none that it does not. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { failureCodes } from '../../src/policy/failure.ts';
import { viewOf } from './canned-operations.ts';
import { failed, statusOf } from './canned-status.ts';
import { Workplace } from './command.ts';
import { problem, started, type Route } from './fake-app.ts';
import { estateOf, slot, type Estate } from './running-apps.ts';

const snapshot = `snapshot.lms.westeurope.${slot}`;
const narrow = ['--system', 'lms', '--region', 'westeurope'];
const ended = (outcome: string): Record<string, Route> => ({
  'POST snapshots': started(snapshot),
  [`GET operations/${snapshot}`]: {
    json: viewOf(snapshot, { state: 'succeeded', result: { outcome, detail: 'x', seconds: 1 } }),
  },
});
const bad = { 'GET status': { json: statusOf('westeurope', [failed('lms', 'westeurope')]) } };

interface Case {
  readonly code: number;
  readonly args: readonly string[];
  readonly routes?: Record<string, Route>;
  /** What is done to the estate before. */
  readonly before?: (estate: Estate) => Promise<unknown>;
}

const waiting = ['snapshot', ...narrow, '--wait'];
const cases: readonly Case[] = [
  { code: 0, args: waiting, routes: ended('done') },
  { code: 1, args: waiting, routes: ended('failed') },
  { code: 2, args: ['status', '--exit-code'], routes: bad },
  { code: 3, args: ['status'], routes: bad, before: (estate) => estate.apps[1]!.stop() },
  { code: 4, args: ['operation', snapshot] },
  {
    ...{ code: 5, args: ['snapshot', ...narrow] },
    routes: { 'POST snapshots': problem(409, 'conflict', 'it is at work', 'Wait.') },
  },
  { code: 64, args: ['snapshot', '--sytem', 'lms'] },
  { code: 69, args: ['status', '--region', 'westeurope'], before: (estate) => estate.apps[0]!.stop() },
  {
    code: 77,
    args: ['status', '--region', 'westeurope'],
    routes: { 'GET status': { status: 403, type: 'text/plain', text: '' } },
  },
];

test.each(cases)('$code: $args', async ({ code, args, routes = {}, before }) => {
  await using estate = await estateOf({ westeurope: routes, northeurope: {} });
  await before?.(estate);
  expect((await estate.place.runHere(args)).code).toBe(code);
});

test('130: an interrupted watch, which says how to go on', async () => {
  const running = { [`GET operations/${snapshot}`]: { json: viewOf(snapshot, { step: 'back up' }) } };
  await using estate = await estateOf({ westeurope: { ...ended('done'), ...running } });
  const command = estate.place.start(waiting);
  await expect.poll(command.stderr, { timeout: 20_000 }).toContain('back up');
  command.process.kill('SIGINT');
  const { code, stderr } = await command.ended;
  expect(code).toBe(130);
  expect(stderr).toContain(`lifeboat operation ${snapshot} --wait`);
});

test('the README names just these', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const [, section = ''] = readme.split('\n## The command\n');
  const table = (section.split('\n## ')[0] ?? '').split('| exit code |').slice(1).join('\n');
  const documented = [...table.matchAll(/\| (\d+) \|/g)].map(([, code]) => Number(code));
  const reached = [...cases.map(({ code }) => code), 130];
  expect(documented.toSorted((a, b) => a - b)).toEqual(reached.toSorted((a, b) => a - b));
  const failures = Object.values(failureCodes).map(({ exit }) => exit);
  expect(failures.filter((exit) => !reached.includes(exit))).toEqual([]);
});

test('a folder without a profile is a wrong command line', async () => {
  await using place = await Workplace.make();
  expect((await place.runHere(['status'])).code).toBe(64);
});
