/** `lifeboat restore`: what is sent, the name that is typed twice, the list, and the cancellation. */
import { expect, test } from 'vitest';
import { renderRestores } from '../../src/cli/commands/restore.ts';
import { restoresResponse, startedResponse } from '../../src/contracts/api.ts';
import { expectNarrow } from './golden.ts';
import { estateOf, expectRefused, north, slot } from './running-apps.ts';

const narrow = ['--system', 'lms', '--region', 'northeurope'];
const operation = `restore.lms.northeurope.${slot}`;
const started = startedResponse.parse({
  operations: [
    {
      ...{ id: operation, kind: 'restore', system: 'lms', region: 'northeurope' },
      statusUrl: `/api/v1/operations/${operation}`,
    },
  ],
});
const order = ['--to', 'latest', '--name', 'lms-again', '--reason', 'rows are gone'];
const server = (state: string): object => ({
  ...{ database: 'lms', state, detail: 'restored' },
  target:
    '/subscriptions/8a1d5c1e-0b51-4a7e-9d3c-5f6b7c8d9e0f/resourceGroups/rg-restored/providers/Microsoft.DBforPostgreSQL/flexibleServers/lms-again',
});
const end = (outcome: string, servers: object[]): object => ({
  ...{ schema: 'lifeboat/restore/v1', restore: `restore-${slot}`, system: 'lms', region: 'northeurope' },
  ...{ endedAt: '2026-03-01T02:30:00.000Z', outcome, detail: 'x', servers, checks: [], timeline: [] },
  secondsByPart: { decide: 1, restore: 2, reconfigure: 3, validate: 4 },
});

test('restore asks the app for just what was said, with the name typed twice', async () => {
  const routes = { 'POST restores': { status: 202, json: started } };
  await using estate = await estateOf({ northeurope: { ...north, ...routes } });
  const { code, stdout } = await estate.place.runHere([
    ...['restore', ...narrow, ...order, '--confirm', 'lms-again'],
  ]);
  expect(code).toBe(0);
  expect(stdout).toContain(operation);
  expect(estate.apps[0]!.asked.map(({ body }) => body)).toEqual([
    { system: 'lms', to: 'latest', name: 'lms-again', reason: 'rows are gone', confirm: 'lms-again' },
  ]);
});

test('without the name typed again nothing is sent where nobody can be asked', async () => {
  await using estate = await estateOf({ northeurope: north });
  const refused = await estate.place.runHere(['restore', ...narrow, ...order]);
  expectRefused(refused, 64, /"lms-again" was not typed: nothing was done/);
  expect(estate.apps[0]!.asked.filter(({ method }) => method === 'POST')).toEqual([]);
});

test.each([
  [['--to', 'yesterday', '--name', 'lms-again', '--reason', 'x'], /must be "latest", an instant/],
  [['--to', 'latest', '--name', 'LMS', '--reason', 'x'], /3 to 42 of a-z/],
  [['--to', 'latest', '--name', 'lms-again'], /--reason/],
  [['--name', 'lms-again', '--reason', 'x'], /--to/],
])('%j is refused', async (given, said) => {
  await using estate = await estateOf({ northeurope: north });
  expectRefused(await estate.place.runHere(['restore', ...narrow, ...given]), 64, said);
});

test('restore list shows where each is reached, and which is at work', async () => {
  const answer = restoresResponse.parse({
    restores: [
      { id: 'restore-20260301T033000Z', operation: operation.replace('0130', '0330') },
      {
        id: `restore-${slot}`,
        operation,
        end: end('ready', [{ ...server('ready'), address: 'lms-again.example' }]),
      },
      { id: 'restore-20260228T013000Z', operation, end: end('cancelled', [server('removed')]) },
    ],
  });
  await using estate = await estateOf({ northeurope: { ...north, 'GET restores/lms': { json: answer } } });
  const { code, stdout } = await estate.place.runHere(['restore', 'list', ...narrow]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/restore-20260301T033000Z .* at work/);
  expect(stdout).toMatch(/restore-20260301T013000Z .* ready +lms-again\.example/);
  expect(stdout).toMatch(/restore-20260228T013000Z .* cancelled +lms-again removed/);
  expectNarrow(stdout);
  const json = await estate.place.runHere(['restore', 'list', ...narrow, '--json']);
  expect(JSON.parse(json.stdout)).toEqual(answer);
  expect(renderRestores({ restores: [] }, { width: 100, color: false })).toEqual([
    'No restore was ever started.',
  ]);
});

test('restore cancel sends the reason and tells how to watch it', async () => {
  const route = `POST restores/lms/restore-${slot}/cancel`;
  const reply = { status: 202, json: { restore: `restore-${slot}`, operation } };
  await using estate = await estateOf({ northeurope: { ...north, [route]: reply } });
  const { code, stdout, stderr } = await estate.place.runHere([
    ...['restore', 'cancel', `restore-${slot}`, ...narrow, '--reason', 'wrong instant', '--yes'],
  ]);
  expect(code).toBe(0);
  expect(stdout).toContain(`restore-${slot} is being cancelled`);
  expect(stderr).toContain(`lifeboat operation ${operation} --wait`);
  expect(estate.apps[0]!.asked.at(-1)!.body).toEqual({ reason: 'wrong instant' });
});
