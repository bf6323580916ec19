/** Who may what: every route, every role, and every kind of token that is none. */
import { createPublicKey } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SignJWT, UnsecuredJWT } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { issueToken } from '../../local/login/token.ts';
import { problemDocument } from '../../src/contracts/api/problem.ts';
import { roles } from '../../src/contracts/actor.ts';
import { routeNamed, routeNames, type RouteName } from '../../src/contracts/routes/table.ts';
import { TestApi, type Answer } from '../support/api.ts';
import { audience, issuer, makeLoginKey, tenant, TestIssuer } from '../support/issuer.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

const clock = new VirtualWallClock('2026-03-01T02:00:00.000Z');
const now = Math.floor(clock.now().toSeconds());
const subject = '33333333-3333-4333-8333-333333333333';
const identity = { clientId: subject, objectId: subject, roles: [...roles] };
let world: World;
let by: TestIssuer;
let api: TestApi;

beforeAll(async () => {
  world = makeWorld(clock);
  by = await TestIssuer.make();
  api = await TestApi.over(world, { issuer: by });
});

/** Each with every role in it, so that nothing but its own fault keeps it out. */
const bad: Readonly<Record<string, () => Promise<string | undefined>>> = {
  'no token': async () => undefined,
  garbage: async () => 'x.y.z',
  'one that has expired': () => by.issue(now - 7_200, roles),
  'one that is not valid yet': () => by.issue(now + 3_600, roles),
  'one of another issuer': () =>
    by.issue(now, roles, { issuer: `https://login.example/${subject}/v2.0`, identity }),
  'one for another audience': () => by.issue(now, roles, { audience: subject }),
  'one of another tenant': () => by.issue(now, roles, { tenant: subject }),
  'one without a signature': async () =>
    new UnsecuredJWT(claims()).setIssuer(issuer).setAudience(audience).encode(),
  'one signed with the public key as a secret': hs256,
  'one of a key that nobody knows': async () => issueToken(await makeLoginKey(), orderOf()),
  'one of another key under a known name': async () =>
    issueToken({ ...(await makeLoginKey()), jwk: by.key.jwk }, orderOf()),
  'one without a role': () => by.issue(now, []),
  'one with roles of another app': () => by.issue(now, ['Owner', 'Reader', 'OPERATOR']),
  'one that was changed': async () => changed(await by.issue(now, ['reader'])),
  'one of version 1.0': () => signed({ ...claims(), ver: '1.0' }),
  "a person's proof of who they are": () => signed({ ...claims(), azp: undefined }),
  'one for a person without the scope': () => signed({ ...claims(), scp: 'openid profile', sub: 'pairwise' }),
  'one without an end': () => signed(claims(), { expires: false }),
};

const claims = (): Record<string, unknown> => ({
  ...{ azp: subject, oid: subject, sub: subject, tid: tenant, ver: '2.0', roles: [...roles] },
});
const orderOf = () => ({ issuer, tenant, audience, identity, nowSeconds: now, lifetimeSeconds: 3_600 });

function signed(payload: Record<string, unknown>, { expires = true } = {}): Promise<string> {
  const jwt = new SignJWT(payload).setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: by.key.jwk.kid });
  jwt.setIssuer(issuer).setAudience(audience).setIssuedAt(now).setNotBefore(now);
  if (expires) jwt.setExpirationTime(now + 3_600);
  return jwt.sign(by.key.privateKey);
}

function hs256(): Promise<string> {
  const publicKey = createPublicKey({ key: by.key.jwk, format: 'jwk' });
  const secret = Buffer.from(publicKey.export({ type: 'spki', format: 'pem' }));
  return new SignJWT(claims())
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid: by.key.jwk.kid })
    .setIssuer(issuer)
    .setAudience(audience)
    .setExpirationTime(now + 3_600)
    .sign(secret);
}

/** The same token, in which a reader has made themselves more. */
function changed(token: string): string {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const said = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  const more = Buffer.from(JSON.stringify({ ...said, roles: [...roles] })).toString('base64url');
  return [header, more, signature].join('.');
}

/** A request to a route that would be taken from somebody who may. */
const requestTo = (name: RouteName): { method: string; path: string; body?: string } => {
  const { method, path: template, body } = routeNamed(name);
  const values: Record<string, string> = {
    ...{ system: 'shop', scan: 'latest', drill: 'drill-20260301T013000Z', id: 'x' },
    ...{ restore: 'restore-20260301T013000Z', digest: `sha256-${'0'.repeat(64)}` },
  };
  const filled = template.replaceAll(/\{(\w+)\}/g, (_, key: string) => values[key] ?? '');
  return { method, path: filled, ...(body === undefined ? {} : { body: '{}' }) };
};

function expectProblem(answer: Answer, status: number): void {
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(problemDocument.parse(answer.json).status).toBe(status);
}

describe.each(routeNames)('the route %s', (name) => {
  test.each(Object.keys(bad))('lets nobody in with %s', async (kind) => {
    const token = await bad[kind]?.();
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await api.ask({ ...requestTo(name), headers });
    expectProblem(answer, kind.includes('role') ? 403 : 401);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer error="(invalid_token|insufficient_scope)"$/);
    expect(answer.text).not.toContain('shop');
  });

  test.each(roles)('holds its rule for the role %s', async (role) => {
    const isAllowed = routeNamed(name).roles.includes(role);
    // The body is none that any route takes: whoever is let in is told so, and nothing is started.
    const answer = await api.as(role, { ...requestTo(name), path: `${requestTo(name).path}?more=1` });
    expectProblem(answer, isAllowed ? 400 : 403);
    expect(answer.text.includes('query.more')).toBe(isAllowed);
  });
});

test('the keys of the Functions host open nothing', async () => {
  const headers = { 'x-functions-key': 'master', authorization: 'Basic bWFzdGVy' };
  for (const name of routeNames) {
    const { path: at, ...rest } = requestTo(name);
    expectProblem(await api.ask({ ...rest, path: `${at}?code=master`, headers }), 401);
  }
});

test('what there is not is told only to those who have a role', async () => {
  const asked = { method: 'GET', path: 'secrets' };
  expectProblem(await api.ask(asked), 401);
  expectProblem(await api.as('reader', asked), 404);
  const nobody = { authorization: `Bearer ${await by.issue(now, [])}` };
  expectProblem(await api.ask({ ...asked, headers: nobody }), 403);
});

test('a path that there is, by a method that it does not take, is told which it takes', async () => {
  const wrong: readonly (readonly [string, string, string])[] = [
    ['POST', 'status', 'GET'],
    ['DELETE', 'holds/hold-20260301T013000Z/release', 'POST'],
    ['PUT', 'holds', 'GET, POST'],
    ['HEAD', 'points/shop', 'GET'],
    ['GET', 'restores/shop/restore-20260301T013000Z/approve', 'POST'],
    ['PATCH', 'audit/shop/files/segments/000000000001.jsonl', 'GET'],
  ];
  for (const [method, at, allowed] of wrong) {
    const answer = await api.as('reader', { method, path: at });
    expectProblem(answer, 405);
    expect(answer.headers['allow'], at).toBe(allowed);
    expectProblem(await api.ask({ method, path: at }), 401);
  }
  expectProblem(await api.as('reader', { method: 'PUT', path: 'status/more' }), 404);
});

test('the first role of the rule that somebody has is the one they act in', async () => {
  const token = await by.issue(now, ['reader', 'approver', 'operator']);
  const body = JSON.stringify({ system: 'shop', what: { everything: true }, reason: 'case 12' });
  const headers = { authorization: `Bearer ${token}` };
  const { json } = await api.ask({ method: 'POST', path: 'holds', body, headers });
  expect(json).toMatchObject({ hold: { by: `33333333-3333-4333-8333-333333333333@${tenant}` } });
});

test('nothing but the table is served by HTTP, and nothing by a key', () => {
  const folder = path.join(import.meta.dirname, '../../functions');
  const serving = readdirSync(folder).filter((name) =>
    /\.http\(|authLevel/.test(readFileSync(path.join(folder, name), 'utf8')),
  );
  expect(serving).toEqual(['api.ts']);
  const text = readFileSync(path.join(folder, 'api.ts'), 'utf8');
  expect(text.match(/authLevel: '\w+'/g)).toEqual(["authLevel: 'anonymous'", "authLevel: 'anonymous'"]);
  expect(text.match(/handler: [^;{}]*=>\s+serve(Route|Unknown)\(theApp/g)).toHaveLength(2);
});
