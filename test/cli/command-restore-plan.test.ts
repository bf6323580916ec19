/** `lifeboat restore plan`: what is asked, and what a person reads. */
import { expect, test } from 'vitest';
import { renderRestorePlan } from '../../src/cli/restore-plan-view.ts';
import { planned } from './canned-restore-plan.ts';
import { expectNarrow } from './golden.ts';
import { estateOf, expectRefused, north } from './running-apps.ts';

const narrow = ['--system', 'lms', '--region', 'northeurope'];
const wish = ['--to', 'latest', '--name', 'lms-again'];

test('shows what is lost, how long it takes, what it costs, who approves, and the digest', async () => {
  const routes = { 'POST restore-plans': { json: planned } };
  await using estate = await estateOf({ northeurope: { ...north, ...routes } });
  const { code, stdout } = await estate.place.runHere(['restore', 'plan', ...narrow, ...wish]);
  expect(code).toBe(0);
  const flat = stdout.replaceAll(/\s+/g, ' ');
  expect(flat).toContain('newest heartbeat 2026-03-01 13:58:02Z: 4 m 15 s of writes are not in it');
  expect(flat).toContain('12 m 34 s (median of 4, 10 m to 20 m)');
  expect(flat).toContain('0.2 EUR per hour for one server');
  expect(flat).toContain('one person may go on alone where nobody decided for 15 m');
  expect(stdout).toContain(`Digest: ${planned.digest}`);
  expectNarrow(stdout);
  expect(estate.apps[0]!.asked.at(-1)).toMatchObject({
    body: { system: 'lms', to: 'latest', name: 'lms-again' },
  });
});

test('tells first what must be known beside', () => {
  const warned = { ...planned, plan: { ...planned.plan, warnings: ['the server lms is gone'] } };
  expect(renderRestorePlan(warned)[1]).toBe('  warning:  the server lms is gone');
});

test('asks for one database alone', async () => {
  const routes = { 'POST restore-plans': { json: planned } };
  await using estate = await estateOf({ northeurope: { ...north, ...routes } });
  await estate.place.runHere(['restore', 'plan', ...narrow, ...wish, '--database', 'lms']);
  expect(estate.apps[0]!.asked.at(-1)!.body).toMatchObject({ database: 'lms', name: 'lms-again' });
  const text = renderRestorePlan({ ...planned, plan: { ...planned.plan, database: 'lms' } }).join(' ');
  expect(text).toContain('database lms of lms in northeurope');
});

test('asks for chosen tables, and tells what is left out and how rows are taken over', async () => {
  const { plan } = planned;
  const tables = {
    schema: 'lifeboat_restored_20260301_140000',
    chosen: [
      {
        ...{ table: 'shop.item', rows: 1_234, bytes: 2_000_000, leftOut: ['foreign key item_fkey'] },
        takeOver: [{ what: 'rows that are gone come back', sql: 'INSERT INTO shop.item …;' }],
      },
    ],
    remove: 'DROP SCHEMA "lifeboat_restored_20260301_140000" CASCADE;',
  };
  const answer = { ...planned, plan: { ...plan, tables, database: 'lms', name: tables.schema } };
  const routes = { 'POST restore-plans': { json: answer } };
  await using estate = await estateOf({ northeurope: { ...north, ...routes } });
  const asked = ['--to', 'latest', '--database', 'lms', '--tables', 'shop.item, shop.orders'];
  const { code, stdout } = await estate.place.runHere(['restore', 'plan', ...narrow, ...asked]);
  expect(code).toBe(0);
  expect(estate.apps[0]!.asked.at(-1)!.body).toEqual({
    ...{ system: 'lms', to: 'latest', database: 'lms', tables: ['shop.item', 'shop.orders'] },
  });
  expect(stdout).toContain('shop.item of database lms of lms in northeurope');
  expect(stdout).toContain('shop.item: 1,234 rows, 1.9 MiB in the source');
  expect(stdout).toContain('without foreign key item_fkey');
  expect(stdout).toContain('INSERT INTO shop.item …;');
  expect(stdout).toContain(tables.remove);
  expect(stdout).toContain('while it is at work');
});

test('what is not known is told as unknown, with the reason', () => {
  const { plan } = planned;
  const bare = {
    ...plan,
    ...{ loss: { unknown: [{ database: 'lms', problem: 'it does not answer' }] }, expected: {} },
    ...{ cost: undefined, approval: { by: 'another-person' as const } },
  };
  const text = renderRestorePlan({ ...planned, plan: bare })
    .join(' ')
    .replaceAll(/\s+/g, ' ');
  expect(text).toContain('unknown: lms: it does not answer');
  expect(text).toContain('unknown: no drill and no restore of this system has ended yet');
  expect(text).toContain('the estate names no price');
  expect(text).toContain('nobody may go on alone');
});

test.each([
  [['--to', 'yesterday', '--name', 'lms-again'], /must be "latest", "archived", an instant/],
  [['--to', 'latest'], /--name/],
  [['--to', 'latest', '--tables', 'item'], /must be schema\.table/],
  [['--to', 'latest', '--tables', 'shop.item,shop.item'], /names a table twice/],
  [['--to', 'latest', '--tables', 'shop.item', '--name', 'again'], /cannot be used with/],
])('%j is refused', async (given, said) => {
  await using estate = await estateOf({ northeurope: north });
  expectRefused(await estate.place.runHere(['restore', 'plan', ...narrow, ...given]), 64, said);
});
