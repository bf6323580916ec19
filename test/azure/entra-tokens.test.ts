/** The keys of the issuer: when they are looked for, and what happens where they cannot be had. */
import { beforeEach, expect, test, vi } from 'vitest';
import { issueToken } from '../../local/login/token.ts';
import { audience, issuer, makeLoginKey, tenant, TestIssuer } from '../support/issuer.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';

const start = '2026-03-01T02:00:00.000Z';
const now = Date.parse(start) / 1000;
let clock: VirtualWallClock;
let by: TestIssuer;

beforeEach(async () => {
  vi.useFakeTimers({ now: now * 1000, toFake: ['Date'] });
  clock = new VirtualWallClock(start);
  by = await TestIssuer.make();
  return () => vi.useRealTimers();
});

test('a token says who somebody is, and which of the roles they have', async () => {
  const token = await by.issue(now, ['auditor', 'reader', 'Owner']);
  expect(await by.tokens(clock).verify(token)).toEqual({
    ...{ subject: '33333333-3333-4333-8333-333333333333', tenant, roles: ['reader', 'auditor'] },
  });
});

test('what a token calls somebody is told beside the ids, made harmless', async () => {
  const identity = { clientId: tenant, objectId: tenant, roles: ['reader'], name: 'Jane\u202e (root)\nDoe' };
  const token = await by.issue(now, ['reader'], { identity });
  expect(await by.tokens(clock).verify(token)).toMatchObject({ subject: tenant, name: 'Jane [root] Doe' });
});

test('keys are looked for once, however many tokens come', async () => {
  const tokens = by.tokens(clock);
  const token = await by.issue(now, ['reader']);
  await Promise.all(Array.from({ length: 20 }, () => tokens.verify(token)));
  await tokens.verify(token);
  expect(by.asked).toHaveLength(2);
});

test('a new key is found within the cool-down, and a flood of unknown ones asks no more than that', async () => {
  const tokens = by.tokens(clock);
  await tokens.verify(await by.issue(now, ['reader']));
  const next = await makeLoginKey();
  by.published.keys = { keys: [by.key.jwk, next.jwk] };
  const order = { issuer, tenant, audience, nowSeconds: now, lifetimeSeconds: 3_600 };
  const identity = { clientId: tenant, objectId: tenant, roles: ['reader'] };
  const token = await issueToken(next, { ...order, identity });
  for (let times = 0; times < 50; times += 1)
    await expect(tokens.verify(token)).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(by.asked).toHaveLength(2);
  vi.setSystemTime(now * 1000 + 31_000);
  expect(await tokens.verify(token)).toMatchObject({ roles: ['reader'] });
  expect(by.asked).toHaveLength(4);
});

test('a key that is published no more counts for an hour at most', async () => {
  const tokens = by.tokens(clock);
  const token = await by.issue(now, ['reader']);
  await tokens.verify(token);
  by.published.keys = { keys: [(await makeLoginKey()).jwk] };
  vi.setSystemTime(now * 1000 + 3_601_000);
  await expect(tokens.verify(token)).rejects.toMatchObject({ code: 'unauthenticated' });
});

test('while the issuer is away nobody is let in, and it is asked again only after some seconds', async () => {
  const tokens = by.tokens(clock);
  const token = await by.issue(now, ['reader']);
  by.isDown = true;
  for (let times = 0; times < 10; times += 1)
    await expect(tokens.verify(token)).rejects.toMatchObject({ code: 'unavailable' });
  expect(by.asked).toHaveLength(1);
  by.isDown = false;
  clock.advance(6);
  expect(await tokens.verify(token)).toMatchObject({ roles: ['reader'] });
});

test.each<[string, object]>([
  ['calls itself by another name', { issuer: 'https://login.example/other/v2.0' }],
  ['sends to another host for its keys', { jwks_uri: 'https://elsewhere.example/keys' }],
  ['says nothing of its keys', { jwks_uri: undefined }],
])('an issuer that %s is not believed', async (_, change) => {
  Object.assign(by.published.configuration, change);
  const verified = by.tokens(clock).verify(await by.issue(now, ['reader']));
  await expect(verified).rejects.toMatchObject({ code: 'unavailable' });
  expect(by.asked).toHaveLength(1);
});

test('clocks may differ by a minute and not by two', async () => {
  const tokens = by.tokens(clock);
  expect(await tokens.verify(await by.issue(now + 55, ['reader']))).toBeDefined();
  expect(await tokens.verify(await by.issue(now - 3_655, ['reader']))).toBeDefined();
  for (const at of [now + 120, now - 3_720])
    await expect(tokens.verify(await by.issue(at, ['reader']))).rejects.toMatchObject({
      code: 'unauthenticated',
    });
});
