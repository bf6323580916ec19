/** What answers of hooks mean, what has to be taken back, and what a cutover came to. */
import { describe, expect, test } from 'vitest';
import { filledAddress, filledBody, problemOfHookAddress } from '../../src/policy/cutover-hooks.ts';
import {
  cutoverSteps,
  hooksBack,
  judgeCutover,
  judgeHookStatus,
  standingHooks,
  stillStanding,
  type HookEnd,
} from '../../src/policy/cutover.ts';

const end = (hook: string, state: HookEnd['state']): HookEnd => ({ hook, state, detail: 'because' });
const values = {
  ...{ system: 'shop', region: 'westeurope', restore: 'r', cutover: 'c', database: 'shop' },
  ...{
    server: 'new',
    host: 'new.example',
    port: '5432',
    source: 'old',
    sourceHost: 'a/b?c',
    sourcePort: '5432',
  },
};

test.each([
  [200, 'done'],
  [204, 'refused'],
  [302, 'refused'],
  [400, 'refused'],
  [404, 'refused'],
  [408, 'unclear'],
  [429, 'unclear'],
  [500, 'unclear'],
  [503, 'unclear'],
] as const)('a hook that answers %i where 200 is right is %s', (status, said) => {
  expect(judgeHookStatus(status, [200])).toBe(said);
});

describe('the way back', () => {
  const ran = [end('a', 'done'), end('b', 'unknown'), end('c', 'refused'), end('d', 'not-run')];

  test('is of what ran or may have run, the last one first', () => {
    expect(standingHooks(ran)).toEqual(['a', 'b']);
    expect(hooksBack(['a', 'b'], [])).toEqual(['b', 'a']);
    expect(hooksBack(['a', 'b'], ['a'])).toEqual(['b']);
  });

  test('leaves standing what it did not certainly take back', () => {
    expect(stillStanding(['a', 'b', 'c'], [end('c', 'done'), end('b', 'unknown')], [])).toEqual(['a', 'b']);
    expect(stillStanding(['a', 'b'], [end('b', 'done')], ['a'])).toEqual([]);
  });
});

test.each([
  [{ hooks: [end('a', 'done')] }, 'done'],
  [{ hooks: [end('a', 'done'), end('b', 'unknown')] }, 'failed'],
  [{ hooks: [end('a', 'refused'), end('b', 'not-run')] }, 'failed'],
  [{ hooks: [end('a', 'done')], failure: 'it was lost' }, 'failed'],
  [{ hooks: [], refusal: 'nobody decided' }, 'refused'],
  [{ hooks: [], cancelledBy: 'Jane' }, 'cancelled'],
] as const)('of %j it is %s', (events, outcome) => {
  expect(judgeCutover(events).outcome).toBe(outcome);
});

test('what is filled in breaks out of no address and of no text', () => {
  expect(filledAddress('https://app.example/x/{sourceHost}?to={host}', values)).toBe(
    'https://app.example/x/a%2Fb%3Fc?to=new.example',
  );
  expect(filledBody({ '{host}': ['{host}:{port}', 1, null], a: { b: '{database}' } }, values)).toEqual({
    '{host}': ['new.example:5432', 1, null],
    a: { b: 'shop' },
  });
});

test.each([
  ['http://app.example/', 'must be an https:// URL'],
  ['https://{host}/x', 'must name its host: no placeholder may stand in it'],
  ['https://app.example:{port}/', 'must name its host: no placeholder may stand in it'],
  ['https://user:word@app.example/', 'must hold no user and no password'],
  ['https://app.example/#x', 'must hold no fragment'],
  ['https://', 'must be an https:// URL'],
])('%s is no address of a hook', (address, problem) => {
  expect(problemOfHookAddress(address)).toBe(problem);
});

test('a source that is gone is not said to stay as it is', () => {
  const facts = {
    direction: 'over',
    hooks: [],
    without: [],
    breakGlassAfterSeconds: 900,
    isApproved: false,
  } as const;
  const kept = (isGone: boolean) =>
    cutoverSteps({
      ...facts,
      databases: [{ database: 'main', source: 'shop', server: 'shop-again', isGone }],
    }).at(-1);
  expect(kept(false)?.what).toMatch(
    /^shop stays as it is, and is what Lifeboat protects until .* shop-again/,
  );
  expect(kept(true)?.what).toMatch(/^shop, which is gone, is what Lifeboat protects until/);
});
