/** `lifeboat hold`: what may be held and for how long, the list, and the release of a hold wherever it is kept. */
import { expect, test } from 'vitest';
import { renderHolds, renderSet } from '../../src/cli/holds-view.ts';
import { renderPoints } from '../../src/cli/points-view.ts';
import { renderStatus } from '../../src/cli/status-view.ts';
import {
  holdSetResponse,
  holdsResponse,
  holdView,
  type HoldSetResponse,
  type HoldsResponse,
  type HoldView,
} from '../../src/contracts/holds.ts';
import { passed, pointsOf, statusOf } from './canned-status.ts';
import { Workplace } from './command.ts';
import { problem, type Route } from './fake-app.ts';
import { expectNarrow } from './golden.ts';
import { estateOf, expectRefused, north, slot, west, type Estate } from './running-apps.ts';

const id = `hold-${slot}`;
const point = `on-demand-${slot}`;
const narrow = ['--system', 'lms', '--region', 'northeurope'];
const from = '2026-03-01T00:00:00Z';
const to = '2026-03-02T00:00:00Z';

const viewOf = (change: Partial<HoldView> = {}): HoldView =>
  holdView.parse({
    ...{ schema: 'lifeboat/hold/v1', id, system: 'lms', region: 'northeurope', what: { everything: true } },
    ...{ reason: 'case 12', by: 'function-key', setAt: '2026-03-01T01:30:00.000Z', state: 'active' },
    ...change,
  });
const released = viewOf({
  state: 'released',
  released: { at: '2026-03-05T00:00:00.000Z', by: 'function-key', reason: 'closed' },
});
const setOf = (change: Partial<HoldView> = {}, points: Partial<HoldSetResponse['points']> = {}) =>
  holdSetResponse.parse({ hold: viewOf(change), points: { standing: [], givenUp: [], gone: [], ...points } });
const holdsOf = (holds: HoldView[], damaged: HoldsResponse['damaged'] = []): HoldsResponse =>
  holdsResponse.parse({ holds, damaged });
const withApp = (routes: Record<string, Route> = {}): Promise<Estate> =>
  estateOf({ northeurope: { ...north, ...routes } });
const words = (text: string): string => text.replaceAll(/\s+/g, ' ');

test.each<[string[], object]>([
  [['--point', point], { what: { point } }],
  [['--from', from, '--to', to], { what: { from, to } }],
  [['--everything'], { what: { everything: true } }],
  [['--everything', '--until', to], { what: { everything: true }, until: to }],
])('hold set %j asks the app for just that', async (given, order) => {
  await using estate = await withApp({ 'POST holds': { status: 201, json: setOf() } });
  const { code, stdout, stderr } = await estate.place.runHere([
    ...['hold', 'set', ...narrow, ...given, '--reason', ' case 12 '],
  ]);
  expect(stdout).toContain(`${id} holds everything of lms in northeurope`);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(estate.apps[0]!.asked.map(({ body }) => body)).toEqual([
    { system: 'lms', reason: 'case 12', ...order },
  ]);
});

test('hold set --json is the answer of the app', async () => {
  const set = setOf({}, { standing: [point] });
  await using estate = await withApp({ 'POST holds': { json: set } });
  const { code, stdout } = await estate.place.runHere([
    ...['hold', 'set', ...narrow, '--everything', '--reason', 'case 12', '--json'],
  ]);
  expect(JSON.parse(stdout)).toEqual(set);
  expect(code).toBe(0);
});

test('a hold that came too late for something says so, and exits 3', async () => {
  const set = setOf({ what: { point } }, { givenUp: [point] });
  await using estate = await withApp({ 'POST holds': { json: set } });
  const { code, stdout, stderr } = await estate.place.runHere([
    ...['hold', 'set', ...narrow, '--point', point, '--reason', 'case 12'],
  ]);
  expect(words(stdout)).toContain('0 recovery point(s) now');
  expect(stderr).toMatch(/^lifeboat: the deletion of on-demand-\S+ had begun before hold-\S+ was set/);
  expect(stderr).toMatch(/^Next: /m);
  expect(code).toBe(3);
});

test.each<[string, string[], RegExp]>([
  ['nothing to hold', [], /It is not said what is to be held\.\nNext: Name one of/],
  ['a time without an end', ['--from', from], /It is not said what is to be held/],
  ['a time without a beginning', ['--to', to], /It is not said what is to be held/],
  ['two things to hold', ['--everything', '--point', point], /More than one thing to hold is named/],
  ['a point and a time', ['--point', point, '--from', from, '--to', to], /More than one thing/],
  [
    'the latest point',
    ['--point', 'latest'],
    /'--point <id>' argument 'latest' is invalid\. It must be a recovery/,
  ],
  ['a local time', ['--from', '2026-03-01T00:00:00'], /It must be an ISO-8601 instant in UTC/],
  ['an end that is no instant', ['--everything', '--until', 'soon'], /It must be an ISO-8601 instant in UTC/],
  [
    'a blank reason',
    ['--everything', '--reason', ' '],
    /'--reason <text>' argument ' ' is invalid\. It must not be/,
  ],
  [
    'a reason that is too long',
    ['--everything', '--reason', 'x'.repeat(501)],
    /It must be at most 500 characters/,
  ],
])('a hold with %s is refused before the app is asked', async (_, given, message) => {
  await using estate = await withApp();
  const reason = given.includes('--reason') ? [] : ['--reason', 'case 12'];
  const ended = await estate.place.runHere(['hold', 'set', ...narrow, ...given, ...reason]);
  expectRefused(ended, 64, message);
  expect(estate.apps[0]!.asked).toEqual([]);
});

test.each([
  ['set', '--everything'],
  ['release', id],
])('hold %s without a reason is refused', async (...args) => {
  await using place = await Workplace.make();
  expectRefused(
    await place.runHere(['hold', ...args]),
    64,
    /required option '--reason <text>' not specified/,
  );
});

test.each([
  [400, 'bad-input', 64],
  [404, 'not-found', 4],
  [409, 'conflict', 5],
  [503, 'cannot-record', 1],
])('a hold that the app answers %i is told in its words', async (status, code, exit) => {
  await using estate = await withApp({ 'POST holds': problem(status, code, 'it is not so', 'Do this.') });
  expectRefused(
    await estate.place.runHere(['hold', 'set', ...narrow, '--everything', '--reason', 'case 12']),
    exit,
    /it is not so\nNext: Do this\./,
  );
});

test('hold list shows the holds of every region, and with --all those of before', async () => {
  const western = viewOf({ region: 'westeurope', system: 'cloud-storage', what: { point } });
  await using estate = await estateOf({
    westeurope: { ...west, 'GET holds?all=false': { json: holdsOf([western]) } },
    northeurope: {
      ...north,
      'GET holds?all=false': { json: holdsOf([]) },
      'GET holds?all=true': { json: holdsOf([released]) },
    },
  });
  const { code, stdout } = await estate.place.runHere(['hold', 'list']);
  expect(words(stdout)).toContain(
    `${id} cloud-storage westeurope ${point} it is released Why ${id}: case 12`,
  );
  expect(code).toBe(0);
  const all = await estate.place.runHere(['hold', 'list', '--all', '--region', 'northeurope', '--json']);
  expect(JSON.parse(all.stdout)).toEqual({ holds: [released], damaged: [] });
});

test('hold list of one system asks only for that; one that is nowhere is not found', async () => {
  const unknown = problem(404, 'not-found', 'the estate has no system', 'Use one of: lms.');
  await using estate = await estateOf({
    westeurope: { ...west, 'GET holds?system=lms&all=false': unknown },
    northeurope: { ...north, 'GET holds?system=lms&all=false': { json: holdsOf([viewOf()]) } },
  });
  expect((await estate.place.runHere(['hold', 'list', '--system', 'lms'])).code).toBe(0);
  expectRefused(
    await estate.place.runHere(['hold', 'list', '--system', 'other']),
    4,
    /No system "other" is protected in westeurope, northeurope/,
  );
});

test('hold list with a damaged hold exits 1, with a silent region 3', async () => {
  const problem_ = 'v1/lms/northeurope/holds/hold-1.json in the vault is no JSON';
  const damaged = [{ system: 'lms', region: 'northeurope', path: 'p', problem: problem_ }];
  await using estate = await estateOf({
    westeurope: { ...west, 'GET holds?all=false': { json: holdsOf([]) } },
    northeurope: { ...north, 'GET holds?all=false': { json: holdsOf([], damaged) } },
  });
  const found = await estate.place.runHere(['hold', 'list']);
  expect(words(found.stdout)).toContain(`everything of their system is held until they are mended. lms in`);
  expect(words(found.stdout)).toContain(problem_);
  expect(found.code).toBe(1);
  await estate.apps[1]!.stop();
  const partly = await estate.place.runHere(['hold', 'list']);
  expect(partly.stdout).toBe('Nothing is held.\n');
  expect(partly.stderr).toContain('northeurope: NO ANSWER: ');
  expect(partly.code).toBe(3);
});

test('hold release finds out where the hold is kept, and gives its reason', async () => {
  await using estate = await estateOf({
    westeurope: { ...west, 'GET holds?all=true': { json: holdsOf([]) } },
    northeurope: {
      ...north,
      'GET holds?all=true': { json: holdsOf([viewOf()]) },
      [`POST holds/${id}/release`]: { json: { hold: released } },
    },
  });
  const { code, stdout } = await estate.place.runHere(['hold', 'release', id, '--reason', 'closed']);
  expect(words(stdout)).toContain(`${id} of lms in northeurope does not hold everything any more`);
  expect(words(stdout)).toContain('released 2026-03-05 00:00:00Z by function-key: closed');
  expect(code).toBe(0);
  expect(estate.apps[1]!.asked.at(-1)?.body).toEqual({ system: 'lms', reason: 'closed' });
  expect(estate.apps[0]!.asked.map(({ method }) => method)).toEqual(['GET']);
});

test('hold release of a named system and region asks nobody else', async () => {
  const again = problem(409, 'conflict', `${id} was released before`, 'Nothing was changed.');
  await using estate = await withApp({ [`POST holds/${id}/release`]: again });
  expectRefused(
    await estate.place.runHere(['hold', 'release', id, ...narrow, '--reason', 'closed']),
    5,
    /was released before\nNext: Nothing was changed\./,
  );
  expect(estate.apps[0]!.asked.map(({ method }) => method)).toEqual(['POST']);
});

test('hold release of a hold that is nowhere is not found, of one in two places is asked back', async () => {
  const both = (region: string): Record<string, Route> => ({
    'GET holds?all=true': { json: holdsOf([viewOf({ region })]) },
  });
  await using estate = await estateOf({
    westeurope: { ...west, ...both('westeurope') },
    northeurope: { ...north, ...both('northeurope') },
  });
  expectRefused(
    await estate.place.runHere(['hold', 'release', `${id}-2`, '--reason', 'closed']),
    4,
    /There is no hold hold-20260301T013000Z-2\./,
  );
  expectRefused(
    await estate.place.runHere(['hold', 'release', id, '--reason', 'closed']),
    64,
    /Several systems have a hold \S+:\n {2}--system lms --region westeurope\n {2}--system lms --region north/,
  );
  await estate.apps[0]!.stop();
  expectRefused(await estate.place.runHere(['hold', 'release', id, '--reason', 'closed']), 69, /./);
});

test.each(['newest', '../x', 'hold-1', `HOLD-${slot}`])(
  'hold release of %j is refused as usage',
  async (name) => {
    await using place = await Workplace.make();
    expectRefused(
      await place.runHere(['hold', 'release', name, '--reason', 'closed']),
      64,
      /It must be a hold such as hold-20260301T013000Z/,
    );
  },
);

const long = viewOf({
  id: `${id}-1234`,
  system: 'a-system-with-a-rather-long-name-of-it',
  what: { from: '2026-03-01T00:00:00.000Z', to: '2026-03-31T23:59:59.999Z' },
  until: '2027-01-01T00:00:00.000Z',
  reason: `case ${'4711-'.repeat(90)}`,
});

test('what is shown of holds fits into the terminal, and shows no control characters', () => {
  const wild = viewOf({
    reason: 'case \u001B[31m12\u0007',
    state: 'over',
    until: '2026-03-02T00:00:00.000Z',
  });
  const damaged = [{ system: 'lms', region: 'northeurope', path: 'p', problem: 'x '.repeat(200) }];
  const texts = [80, 100].map((width) => ({
    width,
    text: [
      ...renderHolds(holdsOf([long, released, wild], damaged), { width }),
      ...renderSet({ ...setOf(), hold: long }, { width }),
    ].join('\n'),
  }));
  for (const { width, text } of texts) {
    expectNarrow(text, width);
    for (const control of ['\u001B', '\u0007']) expect(text).not.toContain(control);
  }
});

test('the points say which of them are held', () => {
  const points = pointsOf('lms', 'northeurope');
  const heldIn = (held: string[]): number =>
    renderPoints({ ...points, held })
      .join('\n')
      .split('held').length - 1;
  expect(heldIn([])).toBe(0);
  expect(heldIn(points.points.map((one) => one.id).slice(0, 1))).toBe(1);
});

test('the status names the holds of a system, and what is wrong with them', () => {
  const held = {
    ...passed('lms', 'westeurope'),
    holds: { active: 2, oldestSetAt: '2026-03-01T01:30:00.000Z', damaged: ['x is no JSON'] },
  };
  const text = renderStatus([statusOf('westeurope', [held, passed('unite-cloud', 'westeurope')])], []);
  expect(text).toContain(`Held from deletion (lifeboat hold list)
  lms in westeurope: 2 hold(s), the oldest since 2026-03-01 01:30:00Z; x is no JSON
`);
  expect(renderStatus([statusOf('westeurope', [passed('lms', 'westeurope')])], [])).not.toContain('Held');
  expectNarrow(text.trimEnd());
});
