/** `lifeboat cutover`: what is sent, the name that is typed, what is shown, and the exit code of an end. */
import { expect, test } from 'vitest';
import { startedResponse } from '../../src/contracts/api/runs.ts';
import { outcomeOf } from '../../src/cli/outcome.ts';
import { renderCutover, renderCutoverPlan, renderCutovers } from '../../src/cli/cutover-view.ts';
import type { CutoverPlan } from '../../src/contracts/cutover-plan.ts';
import { expectNarrow } from './golden.ts';
import { estateOf, expectRefused, north, slot } from './running-apps.ts';

const narrow = ['--system', 'lms', '--region', 'northeurope'];
const id = `cutover-${slot}`;
const restore = `restore-${slot}`;
const digest = `sha256-${'0'.repeat(64)}`;
const server = (name: string): string =>
  `/subscriptions/8a1d5c1e-0b51-4a7e-9d3c-5f6b7c8d9e0f/resourceGroups/rg/providers/Microsoft.DBforPostgreSQL/flexibleServers/${name}`;
const plan: CutoverPlan = {
  ...{ schema: 'lifeboat/cutover-plan/v1', cutover: id, direction: 'over', restore },
  ...{ system: 'lms', region: 'northeurope', name: 'lms-again' },
  ...{ plannedAt: '2026-03-01T01:30:00.000Z', validUntil: '2026-03-02T01:30:00.000Z' },
  databases: [
    { database: 'lms', source: server('lms'), server: server('lms-again'), address: 'lms-again.example' },
  ],
  ...{
    hooks: [],
    without: [],
    steps: [{ step: 'hook application', what: 'POST https://app.example/; the way back: …' }],
  },
  loss: { from: '2026-03-01T01:20:00.000Z', until: '2026-03-01T01:29:00.000Z', seconds: 540, unknown: [] },
  approval: { by: 'another-person', breakGlassAfterSeconds: 900 },
  ...{ estateDigest: digest, softwareVersion: '0.1.0' },
};
const started = startedResponse.parse({
  operations: [
    {
      ...{ id: `cutover.lms.northeurope.${slot}`, kind: 'cutover', system: 'lms', region: 'northeurope' },
      statusUrl: `/api/v1/operations/cutover.lms.northeurope.${slot}`,
    },
  ],
});
const routes = {
  'POST cutover-plans': { json: { digest, plan } },
  [`GET cutover-plans/lms/${digest}`]: { json: { digest, plan } },
  'POST cutovers': { status: 202, json: started },
};

test('cutover request sends what was said, with the name typed, and tells who goes on how', async () => {
  await using estate = await estateOf({ northeurope: { ...north, ...routes } });
  const order = ['cutover', 'request', ...narrow, '--plan', digest, '--reason', 'it is right'];
  const { code, stderr } = await estate.place.runHere([...order, '--confirm', 'lms-again']);
  expect(code).toBe(0);
  expect(stderr).toContain(`  lifeboat cutover show ${id} --system lms --region northeurope\n`);
  expect(stderr).toContain(
    `  lifeboat approve ${digest} --system lms --region northeurope \\\n    --reason\n`,
  );
  expect(estate.apps[0]!.asked.at(-1)!.body).toEqual({
    ...{ system: 'lms', plan: digest, reason: 'it is right', confirm: 'lms-again' },
  });
  expectRefused(await estate.place.runHere(order), 64, /"lms-again" was not typed: nothing was done/);
});

test('cutover back plans the way back and asks for it; what was taken back by hand is left out', async () => {
  await using estate = await estateOf({ northeurope: { ...north, ...routes } });
  const order = [
    'cutover',
    'back',
    id,
    ...narrow,
    '--reason',
    'it is wrong',
    '--without',
    'a1',
    '--without',
    'b2',
  ];
  const shown = await estate.place.runHere([...order, '--dry-run']);
  expect(shown.code).toBe(0);
  expect(estate.apps[0]!.asked.at(-1)!.body).toEqual({ system: 'lms', back: id, without: ['a1', 'b2'] });
  const { code } = await estate.place.runHere([...order, '--yes']);
  expect(code).toBe(0);
  expect(estate.apps[0]!.asked.at(-1)!.body).toMatchObject({ plan: digest, reason: 'it is wrong' });
});

test.each([
  [['plan', 'restore-1'], /must be a restore such as/],
  [['back', restore, '--reason', 'x'], /must be a cutover such as/],
  [['plan', restore, '--without', 'A B'], /id of a hook/],
  [['request', '--plan', digest], /--reason/],
])('cutover %j is a wrong command line', async (args, message) => {
  await using estate = await estateOf({ northeurope: north });
  expectRefused(await estate.place.runHere(['cutover', ...args, ...narrow]), 64, message);
});

test('a plan says what is lost and how it is taken back; a list what is in force', () => {
  const lines = renderCutoverPlan({ digest, plan }, { width: 80 });
  expect(lines.join('\n')).toContain('9 m');
  expect(lines.at(-1)).toBe(`Digest: ${digest}`);
  const view = { id, operation: 'o', plan };
  const inForce = {
    ...{ cutover: id, restore, plan: digest, since: plan.plannedAt, servers: [server('lms-again')] },
    hooks: ['application'],
  };
  const listed = renderCutovers({ inForce, cutovers: [view] }, { width: 80 });
  expect(listed.join(' ')).toContain(`lifeboat cutover back ${id}`);
  expect(renderCutovers({ cutovers: [] })).toEqual(['No cutover is in force.']);
  expectNarrow([...listed, ...renderCutover(view, { width: 80 })].join('\n'), 80);
});

test.each([
  ['done', 0, 'done', false],
  ['failed', 1, 'unknown', true],
  ['failed', 1, 'not-run', false],
  ['refused', 3, 'not-run', false],
  ['cancelled', 3, 'not-run', false],
] as const)(
  'one that is %s exits with %i; a hook that is %s has a way back: %s',
  (outcome, exit, state, hasBack) => {
    const result = {
      outcome,
      cutover: id,
      direction: 'over',
      detail: 'x',
      hooks: [{ hook: 'application', state, detail: 'x', asked: 1 }],
      seconds: 1,
      timeline: [],
    };
    const view = {
      id: 'o',
      kind: 'cutover',
      system: 'lms',
      region: 'northeurope',
      state: 'succeeded',
      result,
    };
    const times = { startedAt: plan.plannedAt, updatedAt: plan.plannedAt };
    const judged = outcomeOf({ ...view, ...times } as Parameters<typeof outcomeOf>[0]);
    expect(judged.exit).toBe(exit);
    expect(judged.reasons.join(' ').includes(`lifeboat cutover back ${id}`)).toBe(hasBack);
  },
);
