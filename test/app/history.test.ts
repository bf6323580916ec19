import type { DateTime } from 'luxon';
import { expect, test } from 'vitest';
import type { App } from '../../src/app/compose.ts';
import { purgeHistory } from '../../src/app/history.ts';
import { readSettings } from '../../src/app/settings.ts';
import { Failure } from '../../src/policy/failure.ts';
import type { TaskHub } from '../../src/ports/task-hub.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld } from '../support/world.ts';

function appWith(history?: string): App {
  const { deps } = makeWorld(new VirtualWallClock('2026-03-10T00:00:00.000Z'));
  const settings = readSettings({
    LIFEBOAT_REGION: 'westeurope',
    LIFEBOAT_VAULT_URL: 'https://vault.example/lifeboat',
    LIFEBOAT_DATABASE_ROLE: 'lifeboat',
    LIFEBOAT_SIGNING_KEY: 'https://vault.example/keys/reports',
    ...(history === undefined ? {} : { LIFEBOAT_HISTORY: history }),
  });
  return { settings, deps, activities: [], systems: ['shop'] };
}

const hubThat = (purgeEnded: TaskHub['purgeEnded']): TaskHub => ({
  start: () => Promise.reject(new Error('nothing is started here')),
  find: () => Promise.reject(new Error('nothing is looked for here')),
  purgeEnded,
});

test.each([
  [undefined, '2026-03-03T00:00:00.000Z'],
  ['PT1H', '2026-03-09T23:00:00.000Z'],
  ['P30D', '2026-02-08T00:00:00.000Z'],
])('with the setting %s what has ended and began before %s is forgotten', async (history, before) => {
  const asked: DateTime[] = [];
  const hub = hubThat(async (instant) => (asked.push(instant), 7));
  expect(await purgeHistory(appWith(history), hub)).toBe(7);
  expect(asked.map((instant) => instant.toISO())).toEqual([before]);
});

test('a hub that does not answer is a failure of the purge, which the next one tries again', async () => {
  const down = new Failure('unavailable', 'the task hub: no answer', 'Try again.');
  await expect(
    purgeHistory(
      appWith(),
      hubThat(() => Promise.reject(down)),
    ),
  ).rejects.toBe(down);
});
