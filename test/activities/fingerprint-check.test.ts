/** The check of the fingerprint where tables changed around the instant: what is said of each, and what is not. */
import { expect, test } from 'vitest';
import type { CheckAnswer, CheckContext } from '../../src/activities/checks/check.ts';
import { fingerprintCheck } from '../../src/activities/checks/fingerprint.ts';
import { addressOf } from '../support/memory-servers.ts';
import { sourceServer } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld } from '../support/world.ts';

const table = (rows: number, checksum: string) => ({
  ...{ table: 'shop.orders', rows, checksum, method: 'record' as const },
});
const item = { table: 'shop.item', rows: 3, checksum: '111', method: 'record' as const };

/** Runs the check over a database whose orders have so many rows, where they had 4 before the instant and 7 after it. */
async function checked(rows: number, itemsNow = item.rows): Promise<CheckAnswer> {
  const world = makeWorld(new VirtualWallClock());
  world.source.tables.set('shop.orders', { rows, checksum: '5' });
  world.source.tables.set('shop.item', { rows: itemsNow, checksum: '111' });
  const fingerprint = { mode: 'bracketed', before: [item, table(4, '1')], after: [item, table(7, '2')] };
  const context: Omit<Partial<CheckContext>, 'recorded'> & { readonly recorded: unknown } = {
    deps: world.deps,
    at: { address: addressOf(sourceServer), name: 'shop' },
    recorded: { fingerprint },
    ...{ timeIsUp: () => false, blocksAtOnce: 1_000 },
  };
  return (await fingerprintCheck.run(context as CheckContext)) as CheckAnswer;
}

test('a table that changed passes with a number of rows between the two', async () => {
  expect(await checked(5)).toMatchObject({ status: 'passed', findings: [] });
});

test.each([3, 8])('one that has %i rows, outside of the two, is not called wrong', async (rows) => {
  const answer = await checked(rows);
  expect(answer).toMatchObject({ status: 'inconclusive', findingCount: 1 });
  expect(answer.actual).toBe(
    'table shop.orders changed at that moment, and rows that came and went in it are in neither count: ' +
      `expected 4 to 7 rows, found ${rows} rows, checksum 5`,
  );
});

test('what is certainly wrong is not hidden by it', async () => {
  const answer = await checked(8, 2);
  expect(answer).toMatchObject({ status: 'failed', findingCount: 1 });
  expect(answer.actual).toContain('table shop.item has another number of rows');
});
