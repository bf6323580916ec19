import { createPublicKey, verify } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/azure/clock.ts';
import { KeyVaultSigner, parseKeyUrl } from '../../src/azure/key-vault-signer.ts';
import type { SigningKey } from '../../src/contracts/signing.ts';
import { KeyVaultFixture } from '../support/key-vault.ts';
import { keyPair } from '../support/memory-signer.ts';
import { ScriptedManager } from '../support/scripted-manager.ts';

const audience = 'https://vault.azure.net';
const bytes = Buffer.from('{"a":1}');
let vault: KeyVaultFixture;
beforeAll(async () => {
  vault = await KeyVaultFixture.start();
});
afterAll(() => vault.stop());
afterEach(() => vault.control('DELETE', 'faults'));

const signerOf = (url = vault.keyUrl, forAudience = audience): KeyVaultSigner =>
  new KeyVaultSigner(url, forAudience, vault.credential, systemClock);

function isSigned({ jwk }: SigningKey, signature: Buffer): boolean {
  const key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
  return verify('sha384', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature);
}

describe('the signer over a key vault', () => {
  test('signs what it is given by the version that it named, with 96 raw bytes', async () => {
    const signer = signerOf();
    const key = await signer.currentKey();
    const signature = await signer.sign(key, bytes);
    expect(signature).toHaveLength(96);
    expect(isSigned(key, signature)).toBe(true);
    expect(key.source).toMatch(new RegExp(`^${vault.keyUrl}/[0-9a-f]{32}$`));
  });

  test('keeps its keys over a restart', async () => {
    const before = await signerOf().currentKey();
    await vault.close();
    await vault.open();
    expect((await signerOf().currentKey()).keyId).toBe(before.keyId);
  });

  test('goes on with the newest version after a rotation, and with the one that the setting names', async () => {
    const first = await signerOf().currentKey();
    const version = await vault.rotate();
    await vault.control('POST', 'attributes', { key: vault.key, version, nbf: 1 });
    const now = Math.floor(systemClock.now().toSeconds());
    const future = await vault.rotate();
    await vault.control('POST', 'attributes', { key: vault.key, version: future, nbf: now + 3600 });
    const ended = await vault.rotate();
    await vault.control('POST', 'attributes', { key: vault.key, version: ended, exp: now });
    const disabled = await vault.rotate();
    await vault.control('POST', 'attributes', { key: vault.key, version: disabled, enabled: false });
    // Versions of one second are in no order: the first one is put aside.
    const firstVersion = first.source.split('/').at(-1) ?? '';
    await vault.control('POST', 'attributes', { key: vault.key, version: firstVersion, enabled: false });
    const second = await signerOf().currentKey();
    expect(second).toMatchObject({
      source: `${vault.keyUrl}/${version}`,
      notBefore: '1970-01-01T00:00:01.000Z',
    });
    expect(second.keyId).not.toBe(first.keyId);
    await vault.control('POST', 'attributes', { key: vault.key, version: firstVersion, enabled: true });
    expect(await signerOf(first.source).currentKey()).toEqual(first);
    await expect(signerOf(`${vault.keyUrl}/${disabled}`).currentKey()).rejects.toMatchObject({
      code: 'operation-failed',
    });
  });

  test('lists every version, page by page', async () => {
    const before = await signerOf().versions();
    const made: string[] = [];
    for (let more = 0; more < 60; more += 1) made.push(await vault.rotate());
    const version = made[30] ?? '';
    await vault.control('POST', 'attributes', { key: vault.key, version, enabled: false });
    const all = await signerOf().versions();
    expect(all).toHaveLength(before.length + 60);
    expect(all).toContainEqual({ source: `${vault.keyUrl}/${version}`, enabled: false });
  });

  test.each([429, 503])('tries again when it is told to wait (%i)', async (status) => {
    const signer = signerOf();
    const key = await signer.currentKey();
    await vault.control('POST', 'faults', { status, retryAfter: 0, path: 'sign$' });
    expect(isSigned(key, await signer.sign(key, bytes))).toBe(true);
  });

  test('says that the key vault is not available when it stays away', async () => {
    const signer = signerOf();
    const key = await signer.currentKey();
    await vault.control('POST', 'faults', { status: 503, times: 20, retryAfter: 0 });
    await expect(signer.sign(key, bytes)).rejects.toMatchObject({ code: 'unavailable', retryable: true });
  });

  test('is refused with a token for something else', async () => {
    await expect(signerOf(undefined, 'https://management.azure.com').currentKey()).rejects.toMatchObject({
      code: 'access-denied',
    });
  });

  test('does not sign by a version that was disabled since', async () => {
    const signer = signerOf();
    const key = await signer.currentKey();
    const version = key.source.split('/').at(-1) ?? '';
    await vault.control('POST', 'attributes', { key: vault.key, version, enabled: false });
    await expect(signer.sign(key, bytes)).rejects.toMatchObject({ code: 'access-denied' });
    await vault.control('POST', 'attributes', { key: vault.key, version, enabled: true });
  });
});

describe('a key vault that is none', () => {
  let other: ScriptedManager;
  beforeAll(async () => {
    other = await ScriptedManager.start();
  });
  afterAll(() => other.close());

  test('cannot have the token sent elsewhere', async () => {
    other.on('GET /keys/reports/versions', {
      status: 200,
      body: { value: [], nextLink: 'https://elsewhere.example/keys/reports/versions?api-version=7.4' },
    });
    await expect(signerOf(`${other.url}/keys/reports`).versions()).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('elsewhere.example') as string,
    });
    other.on('GET /keys/reports/versions', { status: 302, headers: { location: `${other.url}/stolen` } });
    await expect(signerOf(`${other.url}/keys/reports`).versions()).rejects.toThrow('in an unknown form');
    expect(other.to('GET /stolen')).toEqual([]);
  });

  test('does not pass with a signature by another key, nor with none', async () => {
    const { jwk } = keyPair('somebody');
    const signer = signerOf(`${other.url}/keys/reports`);
    const key = { keyId: 'x'.repeat(43), source: `${other.url}/keys/reports/1`, jwk, createdAt: '' };
    for (const value of [Buffer.alloc(96, 7).toString('base64url'), 'AA', undefined]) {
      other.on('POST /keys/reports/1/sign', { status: 200, body: { value } });
      await expect(signer.sign(key, bytes)).rejects.toMatchObject({ code: 'operation-failed' });
    }
  });

  test('is not taken with a key of another kind or curve', async () => {
    const list = { value: [{ kid: 'https://x/keys/reports/1', attributes: { enabled: true, created: 1 } }] };
    other.on('GET /keys/reports/versions', { status: 200, body: list });
    const point = { x: 'a'.repeat(64), y: 'b'.repeat(64) };
    for (const key of [{ kty: 'RSA' }, { kty: 'EC', crv: 'P-256', ...point }, undefined]) {
      other.on('GET /keys/reports/1', { status: 200, body: { key } });
      await expect(signerOf(`${other.url}/keys/reports`).currentKey()).rejects.toThrow('no key of the curve');
    }
    other.on('GET /keys/reports/1', {
      status: 200,
      body: { key: { kty: 'EC-HSM', crv: 'P-384', ...point } },
    });
    expect(await signerOf(`${other.url}/keys/reports`).currentKey()).toMatchObject({ jwk: { kty: 'EC' } });
  });
});

test.each([
  [
    'https://v.vault.azure.net/keys/reports',
    { key: 'https://v.vault.azure.net/keys/reports', version: undefined },
  ],
  [
    'https://v.vault.azure.net/keys/reports/0a1b',
    { key: 'https://v.vault.azure.net/keys/reports', version: '0a1b' },
  ],
])('%s is a key', (url, parts) => {
  expect(parseKeyUrl(url)).toEqual(parts);
});

test.each(['https://v.vault.azure.net/secrets/reports', 'https://v/keys/', 'http://v/keys/reports'])(
  '%s is no key',
  (url) => {
    expect(() => parseKeyUrl(url)).toThrow('the URL of the signing key');
  },
);
