/** What the estate file may say of a smoke check, and that taking a request away makes an estate weaker. */
import { describe, expect, test } from 'vitest';
import { estateSchema } from '../../src/contracts/estate.ts';
import { protectionsOf } from '../../src/contracts/estate-protection.ts';
import { weakerThan } from '../../src/policy/retention/protection.ts';
import { sampleEstate } from '../support/sample-estate.ts';

const smoke = {
  ...{
    start: 'https://ops.example/start',
    stop: 'https://ops.example/stop',
    application: 'https://app.example/x',
  },
  requests: [
    { name: 'it opens', path: '/' },
    { name: 'nothing is lost', path: '/lost?now=1', json: { pointer: '/count', equals: 0 } },
  ],
};

function estateWith(given: unknown): unknown {
  const estate = structuredClone(sampleEstate()) as unknown as {
    systems: { regions: { drill: object }[] }[];
  };
  for (const region of estate.systems[0]!.regions) region.drill = { ...region.drill, smoke: given };
  return estate;
}

const problemOf = (given: unknown): string => {
  const [issue] = estateSchema.safeParse(estateWith(given)).error?.issues ?? [];
  return issue === undefined ? '' : `${issue.path.slice(6).join('.')} ${issue.message}`;
};

test('a smoke check has defaults: / is asked until it answers, for five minutes, and 200 is right', () => {
  const estate = estateSchema.parse(estateWith(smoke));
  expect(estate.systems[0]!.regions[0]!.drill.smoke).toMatchObject({
    ...{ ready: '/', readyWithin: 'PT5M' },
    requests: [{ status: 200 }, { status: 200 }],
  });
});

describe('an estate is refused', () => {
  test.each<[string, object, RegExp]>([
    ['whose hook is not https', { start: 'http://ops.example/' }, /^start must be an https/],
    [
      'whose application is on loopback by http',
      { application: 'http://127.0.0.1/' },
      /^application must be an https/,
    ],
    ['that holds a password', { stop: 'https://a:b@ops.example/' }, /^stop must hold no user/],
    [
      'whose application has a query',
      { application: 'https://a.example/?x' },
      /^application must hold no query/,
    ],
    ['that is no address', { start: 'ops' }, /^start must be an https/],
    ['that leads to another host', { ready: '//evil.example/' }, /^ready must be a path/],
    ['that leads there in another spelling', { ready: '/\\evil.example/' }, /^ready must be a path/],
    ['with a path that is an address', { ready: 'https://evil.example/' }, /^ready must be a path/],
    ['that would wait for hours', { readyWithin: 'PT2H' }, /^readyWithin must be at most an hour/],
    ['that asks for nothing', { requests: [] }, /^requests /],
    [
      'with a pointer that is none',
      { requests: [{ name: 'x', path: '/', json: { pointer: 'x', equals: 0 } }] },
      /JSON pointer/,
    ],
    ['with an unknown member', { headers: {} }, /headers/],
  ])('%s', (_, change, problem) => {
    expect(problemOf({ ...smoke, ...change })).toMatch(problem);
  });
});

test('an estate without a request that was approved is weaker, one with more is not', () => {
  const protections = (given: unknown) => protectionsOf(estateSchema.parse(estateWith(given)));
  const fewer = { ...smoke, requests: smoke.requests.slice(0, 1) };
  expect(weakerThan(protections(smoke), protections(fewer)).map(({ sentence }) => sentence)).toEqual([
    'drills of main do not check any more that "the application answers: nothing is lost"',
    'drills of main do not check any more that "the application answers: nothing is lost"',
  ]);
  expect(weakerThan(protections(smoke), protections(undefined))).toHaveLength(4);
  expect(weakerThan(protections(undefined), protections(smoke))).toEqual([]);
});
