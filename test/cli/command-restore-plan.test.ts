/** `lifeboat restore plan`: what is asked, and what a person reads. */
import { expect, test } from 'vitest';
import { restorePlanResponse, type RestorePlanResponse } from '../../src/contracts/api.ts';
import { renderRestorePlan } from '../../src/cli/restore-plan-view.ts';
import { expectNarrow } from './golden.ts';
import { estateOf, expectRefused, north } from './running-apps.ts';

const server = (group: string, name: string): string =>
  `/subscriptions/8a1d5c1e-0b51-4a7e-9d3c-5f6b7c8d9e0f/resourceGroups/${group}/providers/Microsoft.DBforPostgreSQL/flexibleServers/${name}`;
export const planned: RestorePlanResponse = restorePlanResponse.parse({
  digest: `sha256-${'0'.repeat(64)}`,
  plan: {
    ...{ schema: 'lifeboat/restore-plan/v2', restore: 'restore-20260301T140217Z', system: 'lms' },
    ...{ region: 'northeurope', plannedAt: '2026-03-01T14:02:17.000Z', to: 'latest', name: 'lms-again' },
    ...{ validUntil: '2026-03-02T14:02:17.000Z', instant: '2026-03-01T14:02:16.000Z' },
    ...{ pinned: ['on-demand-20260301T013000Z'], checks: ['heartbeat'] },
    targets: [
      {
        ...{ database: 'lms', source: server('rg-lms', 'lms'), target: server('rg-restored', 'lms-again') },
        ...{ location: 'northeurope', name: 'lms', instant: '2026-03-01T14:02:16.000Z' },
        allowedAddresses: [],
      },
    ],
    steps: [{ step: 'restore', what: 'database lms of lms is restored into the new server lms-again' }],
    loss: { newestHeartbeat: '2026-03-01T13:58:02.000Z', seconds: 255, unknown: [] },
    expected: { overall: { samples: 4, median: 754, shortest: 600, longest: 1200 } },
    cost: { currency: 'EUR', perHour: 0.2, servers: 1 },
    approval: { by: 'another-person', breakGlassAfterSeconds: 900 },
    ...{ estateDigest: `sha256-${'1'.repeat(64)}`, softwareVersion: '0.1.0' },
  },
});
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
  [['--to', 'yesterday', '--name', 'lms-again'], /must be "latest", an instant/],
  [['--to', 'latest'], /--name/],
])('%j is refused', async (given, said) => {
  await using estate = await estateOf({ northeurope: north });
  expectRefused(await estate.place.runHere(['restore', 'plan', ...narrow, ...given]), 64, said);
});
