/** `lifeboat restore`: what is sent, the name that is typed, words on it, the list, and the cancellation. */
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { renderRestores } from '../../src/cli/commands/restore.ts';
import { restoresResponse } from '../../src/contracts/api/restores.ts';
import { startedResponse } from '../../src/contracts/api/runs.ts';
import { planned } from './canned-restore-plan.ts';
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
const digest = `sha256-${'0'.repeat(64)}`;
const plans = { [`GET restore-plans/lms/${digest}`]: { json: planned } };
const order = ['--plan', digest, '--reason', 'rows are gone'];
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

test('restore request asks the app for just what was said, with the name typed, and tells who goes on how', async () => {
  const routes = { ...plans, 'POST restores': { status: 202, json: started } };
  await using estate = await estateOf({ northeurope: { ...north, ...routes } });
  const { code, stdout, stderr } = await estate.place.runHere([
    ...['restore', 'request', ...narrow, ...order, '--confirm', 'lms-again'],
  ]);
  expect(code).toBe(0);
  expect(stdout).toContain(operation);
  expect(stderr).toContain(`lifeboat restore show restore-${slot}`);
  expect(stderr).toContain(
    [
      'It waits for another person than you. They look at it, and approve it with their reason at the end:',
      `  lifeboat restore show restore-${slot} --system lms --region northeurope`,
      `  lifeboat restore approve restore-${slot} --system lms --region northeurope \\`,
      `    --digest ${digest} \\`,
      '    --reason\n',
    ].join('\n'),
  );
  expect(estate.apps[0]!.asked.at(-1)!.body).toEqual({
    ...{ system: 'lms', plan: digest, reason: 'rows are gone', confirm: 'lms-again' },
  });
});

test('who approves is told with --as where the profile brings an identity for it, and not to that identity itself', async () => {
  const routes = { ...plans, 'POST restores': { status: 202, json: started } };
  await using estate = await estateOf({ northeurope: { ...north, ...routes } });
  const file = join(estate.place.folder, '.lifeboat', 'profile.json');
  const profile = JSON.parse(await readFile(file, 'utf8')) as { login: object };
  const identity = { clientId: 'x', secret: 'y' };
  const login = { ...profile.login, as: 'operator', identities: { operator: identity, approver: identity } };
  await writeFile(file, JSON.stringify({ ...profile, login }), { mode: 0o600 });
  await chmod(file, 0o600);
  const asked = ['restore', 'request', ...narrow, ...order, '--yes'];
  expect((await estate.place.runHere(asked)).stderr).toContain('    --as approver --reason\n');
  const own = await estate.place.runHere([...asked, '--as', 'approver']);
  expect(own.stderr).toContain('    --reason\n');
});

test('without the name typed again nothing is sent where nobody can be asked', async () => {
  await using estate = await estateOf({ northeurope: { ...north, ...plans } });
  const refused = await estate.place.runHere(['restore', 'request', ...narrow, ...order]);
  expectRefused(refused, 64, /"lms-again" was not typed: nothing was done/);
  expect(estate.apps[0]!.asked.filter(({ method }) => method === 'POST')).toEqual([]);
});

test.each([
  [['request', '--plan', 'sha256-1', '--reason', 'x'], /64 hexadecimal digits/],
  [['request', '--plan', digest], /--reason/],
  [['approve', `restore-${slot}`, '--reason', 'x'], /--digest/],
  [['reject', `restore-${slot}`, '--digest', digest], /--reason/],
  [['break-glass', `restore-${slot}`, '--digest', digest, '--reason', ' '], /must not be empty/],
])('%j is refused', async (given, said) => {
  await using estate = await estateOf({ northeurope: north });
  expectRefused(await estate.place.runHere(['restore', ...given, ...narrow]), 64, said);
});

test.each([
  ['approve', 'approved', /is approved, which counts until 2026-03-01 02:00:00Z/],
  ['reject', 'rejected', /is rejected; nothing is restored/],
  ['break-glass', 'break-glass', /without a second person/],
])('restore %s sends the digest and the reason', async (word, answered, said) => {
  const json = {
    ...{ restore: `restore-${slot}`, operation, word: answered, by: 'Joe' },
    at: '2026-03-01T01:00:00.000Z',
    ...(word === 'approve' ? { expiresAt: '2026-03-01T02:00:00.000Z' } : {}),
  };
  const routes = { [`POST restores/lms/restore-${slot}/${word}`]: { json } };
  await using estate = await estateOf({ northeurope: { ...north, ...routes } });
  const given = ['--digest', digest, '--reason', 'seen'];
  const { code, stdout } = await estate.place.runHere([
    'restore',
    word,
    `restore-${slot}`,
    ...narrow,
    ...given,
  ]);
  expect(code).toBe(0);
  expect(stdout).toMatch(said);
  expect(estate.apps[0]!.asked.at(-1)!.body).toEqual({ digest, reason: 'seen' });
});

test('restore show tells whose it is, what was said to it, and its plan', async () => {
  const about = { restore: `restore-${slot}`, system: 'lms', region: 'northeurope', plan: digest };
  const said = { by: 'Jane', at: '2026-03-01T01:30:00.000Z', reason: 'rows are gone' };
  const answer = restoresResponse.parse({
    restores: [
      {
        ...{ id: `restore-${slot}`, operation, plan: planned.plan },
        request: { schema: 'lifeboat/restore-request/v1', ...about, ...said },
      },
    ],
  });
  const routes = { 'GET restores/lms': { json: answer } };
  await using estate = await estateOf({ northeurope: { ...north, ...routes } });
  const { code, stdout } = await estate.place.runHere(['restore', 'show', `restore-${slot}`, ...narrow]);
  expect(code).toBe(0);
  expect(stdout).toContain('asked for by Jane at 2026-03-01 01:30:00Z: rows are gone');
  expect(stdout).toContain(`Digest: ${digest}`);
  const unknown = await estate.place.runHere(['restore', 'show', 'restore-20200101T000000Z', ...narrow]);
  expectRefused(unknown, 4, /has no restore/);
});

test('restore list shows where each is reached, and which waits', async () => {
  const answer = restoresResponse.parse({
    restores: [
      {
        ...{ id: 'restore-20260301T033000Z', operation: operation.replace('0130', '0330') },
        plan: {
          ...planned.plan,
          point: 'on-demand-20260301T003000Z',
          name: 'lifeboat_restored_20260301_140216',
        },
      },
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
  expect(stdout).toMatch(
    /restore-20260301T033000Z  on-demand-20260301T003000Z  waits +lifeboat_restored_20260301_140216\n/,
  );
  expect(stdout).toMatch(
    /restore-20260301T013000Z .* ready .*\n  2026-03-01 02:30:00Z, lms-again\.example\n/,
  );
  expect(stdout).toMatch(
    /restore-20260228T013000Z .* cancelled .*\n  2026-03-01 02:30:00Z, lms-again removed\n/,
  );
  expectNarrow(stdout);
  const json = await estate.place.runHere(['restore', 'list', ...narrow, '--json']);
  expect(JSON.parse(json.stdout)).toEqual(answer);
  expect(renderRestores({ restores: [] }, { width: 100, color: false })).toEqual([
    'No restore was ever asked for.',
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
