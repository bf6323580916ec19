import { DateTime } from 'luxon';
import { expect, test } from 'vitest';
import { Authority } from '../../src/scan-engine/authority.ts';
import { bearerAuthorization, type TokenSource } from '../../src/scan-engine/authorization.ts';
import { endpointOf } from '../../src/scan-engine/endpoint.ts';

const now = DateTime.utc(2026, 6, 1);
const clock = { now: () => now, monotonicMilliseconds: () => 0 };
const account = 'https://a.blob.core.windows.net';
const lasting = (seconds: number): TokenSource & { readonly asked: unknown[] } => {
  const asked: unknown[] = [];
  return {
    asked,
    getToken(scopes, options) {
      asked.push([scopes, options]);
      return Promise.resolve({ token: 'secret', expiresOnTimestamp: now.toMillis() + seconds * 1000 });
    },
  };
};

test.each([
  [86_400, 86_100],
  [3_600, 3_300],
  [400, 200],
  [1, 1],
  [-5, 1],
])('a token of %i s is used for %i s', async (seconds, usableSeconds) => {
  const got = await bearerAuthorization(lasting(seconds), clock)({ account, isRefused: false });
  expect(got).toEqual({ header: 'Bearer secret', usableSeconds });
});

test('tokens are for storage, and claims are passed on', async () => {
  const source = lasting(3_600);
  const authorize = bearerAuthorization(source, clock);
  await authorize({ account, isRefused: false });
  await authorize({ account, isRefused: true, claims: '{}' });
  const scope = 'https://storage.azure.com/.default';
  expect(source.asked).toEqual([
    [scope, {}],
    [scope, { claims: '{}' }],
  ]);
});

test('a token is never fetched for an account without TLS', async () => {
  const source = lasting(3_600);
  const asked = bearerAuthorization(source, clock)({ account: 'http://a', isRefused: false });
  await expect(asked).rejects.toMatchObject({ code: 'refused' });
  expect(source.asked).toEqual([]);
});

test('no token is a Failure', async () => {
  const none = bearerAuthorization({ getToken: () => Promise.resolve(null) }, clock);
  await expect(none({ account, isRefused: false })).rejects.toMatchObject({ code: 'access-denied' });
  const broken = bearerAuthorization({ getToken: () => Promise.reject(new Error('IMDS\nstack')) }, clock);
  await expect(broken({ account, isRefused: false })).rejects.toMatchObject({
    code: 'unavailable',
    message: 'no token for storage: IMDS',
  });
});

test('one fetch serves all who wait, and one refusal all who were refused', async () => {
  let fetched = 0;
  const authority = new Authority(() => {
    fetched += 1;
    return Promise.resolve({ header: `Bearer ${fetched}` });
  }, account);
  const [first] = await Promise.all([authority.obtain(), authority.obtain()]);
  const challenge = {
    status: 401,
    length: 0,
    chunked: false,
    closes: false,
    isEncoded: false,
    text: 'HTTP/1.1 401 No\r\n',
  };
  await Promise.all([authority.replace(first, challenge), authority.replace(first, challenge)]);
  expect(await authority.replace(first, challenge)).toEqual({ header: 'Bearer 2' });
  expect(fetched).toBe(2);
});

test('what could break out of a header is refused', async () => {
  const authority = new Authority(() => Promise.resolve({ header: 'Bearer a\r\nX: y' }), account);
  await expect(authority.obtain()).rejects.toMatchObject({ code: 'refused' });
});

test.each([
  ['https://a.blob.core.windows.net/', true, 'a.blob.core.windows.net', 443, ''],
  ['http://127.0.0.1:10000/account', false, '127.0.0.1', 10_000, '/account'],
  ['https://[::1]:8443', true, '::1', 8_443, ''],
])('the account %s', (url, secure, host, port, basePath) => {
  expect(endpointOf(url)).toMatchObject({ secure, host, port, basePath });
});

test.each(['', 'a', 'ftp://a', 'https://a/?sig=b', 'https://user@a'])('%j is no account', (url) => {
  expect(() => endpointOf(url)).toThrow('is no URL of a storage account');
});
