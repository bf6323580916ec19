/**
 * Requests that are wrong, of every kind and to every route: refused with a problem document that names the request and
 * nothing of the app, and nothing comes of them.
 */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { ApiHub } from '../../src/app/api/handlers.ts';
import { roles } from '../../src/contracts/actor.ts';
import { problemDocument } from '../../src/contracts/api/problem.ts';
import { routeNamed, routeNames, type RouteName } from '../../src/contracts/routes/table.ts';
import { budget } from '../budget.ts';
import { TestApi, type Asked } from '../support/api.ts';
import { TestIssuer } from '../support/issuer.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
let api: TestApi;
let token: string;

const hub: ApiHub = {
  start: async (workflow) => {
    throw new Error(`${workflow} was started`);
  },
  find: async () => undefined,
  waiting: async () => [],
  suspended: async () => [],
};

beforeAll(async () => {
  const clock = new VirtualWallClock('2026-03-01T02:00:00.000Z');
  world = makeWorld(clock);
  const issuer = await TestIssuer.make();
  api = await TestApi.over(world, { hub, issuer });
  token = await issuer.issue(Math.floor(clock.now().toSeconds()), roles);
});

const hostile = fc.oneof(
  fc.string({ minLength: 1, maxLength: 60 }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
  fc.constantFrom(
    ...['../../x', '..%2f..%2fkeys', '%00', '\u0000', "' OR 1=1 --", '<script>alert(1)</script>'],
    ...['${jndi:ldap://x}', '{{7*7}}', 'constructor', '__proto__', 'NaN', '-1', '1e309', '\ud800', '\u202e'],
    ...['A'.repeat(5_000), 'SHOP', 'shop ', 'shop\n', 'drill-20260301T013000Z/..'],
  ),
);
/** A value for a path that no schema of a name takes. */
const wrongName = hostile.map((text) => `!${text}`);
const path = (name: RouteName, wrong: string): string =>
  routeNamed(name).path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(wrong.toWellFormed()));
const wellFormed = (name: RouteName): string =>
  routeNamed(name).path.replaceAll(/\{(\w+)\}/g, (_, key: string) => values[key] ?? 'x');
const values: Readonly<Record<string, string>> = {
  ...{ system: 'shop', scan: 'latest', drill: 'drill-20260301T013000Z', id: 'hold-20260301T013000Z' },
  ...{ restore: 'restore-20260301T013000Z', digest: `sha256-${'0'.repeat(64)}` },
};
const route = fc.constantFrom(...routeNames);
const posting = fc.constantFrom(...routeNames.filter((name) => routeNamed(name).method === 'POST'));
const withParameters = fc.constantFrom(...routeNames.filter((name) => routeNamed(name).path.includes('{')));

/** Bodies that no route takes: no JSON, no object, or an object with a member that nobody knows. */
const wrongBody = fc.oneof(
  hostile.map((text) => `{${text}`),
  fc.constantFrom(
    '[',
    '{"system":"shop"',
    '{"system":"shop"}{}',
    'null',
    '[]',
    '"x"',
    '1e999',
    '\ufeff{',
    '{"a":1,}',
  ),
  fc.jsonValue().map((value) => JSON.stringify([value])),
  fc
    .tuple(hostile, fc.jsonValue())
    .map(([key, value]) => JSON.stringify({ system: 'shop', [`!${key}`]: value })),
  fc.jsonValue().map((value) => `{"system":"shop","__proto__":${JSON.stringify(value)},"!":1}`),
  fc.integer({ min: 1, max: 3_000 }).map((depth) => `${'{"what":'.repeat(depth)}1${'}'.repeat(depth)}`),
  fc.integer({ min: 65_000, max: 90_000 }).map((length) => JSON.stringify({ '!': 'x'.repeat(length) })),
);
const query = fc
  .tuple(hostile, hostile)
  .map(([key, value]) => new URLSearchParams([[`!${key}`, value]]).toString());

const malformed: fc.Arbitrary<Asked> = fc.oneof(
  fc.tuple(withParameters, wrongName).map(([name, wrong]) => ({
    method: routeNamed(name).method,
    path: path(name, wrong),
    ...(routeNamed(name).method === 'POST' ? { body: '{}' } : {}),
  })),
  fc.tuple(route, query, fc.boolean()).map(([name, wrong, isFilled]) => ({
    method: routeNamed(name).method,
    path: `${wellFormed(name)}?${wrong}${isFilled ? '&limit=1' : ''}`,
    ...(routeNamed(name).method === 'POST' ? { body: '{}' } : {}),
  })),
  fc.tuple(posting, wrongBody).map(([name, body]) => ({ method: 'POST', path: wellFormed(name), body })),
  fc.tuple(fc.constantFrom('PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'), route).map(([method, name]) => ({
    method,
    path: wellFormed(name),
  })),
  fc.tuple(wrongName, fc.constantFrom('GET', 'POST')).map(([wrong, method]) => ({
    method,
    path: encodeURIComponent(wrong.toWellFormed()),
  })),
  fc.tuple(posting, fc.constantFrom('', ' ', 'a b', 'x'.repeat(300), '\u00e9')).map(([name, key]) => ({
    ...{ method: 'POST', path: wellFormed(name), body: '{"!":1}' },
    headers: { 'idempotency-key': key },
  })),
);

/** What only somebody who runs the app should see. */
const internal =
  /\bat \S+ \(|\.ts\b|\.mjs|node_modules|\/work\/|TypeError|SyntaxError|ZodError|RangeError|_zod|vault\.example/;

test('every malformed request is refused as such, with nothing internal shown and nothing done', async () => {
  const refuse = fc.asyncProperty(malformed, async (asked) => {
    const headers = { authorization: `Bearer ${token}`, ...asked.headers };
    const { status, headers: answered, json, text } = await api.ask({ ...asked, headers });
    expect(status, text).toBeGreaterThanOrEqual(400);
    expect(status, text).toBeLessThan(500);
    expect(answered['content-type']).toBe('application/problem+json');
    const { title, detail, hint } = problemDocument.parse(json);
    expect(`${title} ${hint}`).not.toMatch(internal);
    // Of what is told of the request only its own words are left out.
    const isTheirs = internal.test(`${asked.path} ${decodeURIComponent(asked.path)} ${asked.body ?? ''}`);
    expect(isTheirs || !internal.test(detail), detail).toBe(true);
  });
  await fc.assert(refuse, { numRuns: budget.malformedRequests });
  expect(world.vault.paths()).toEqual([]);
});
