import { ContainerClient, newPipeline, AnonymousCredential } from '@azure/storage-blob';
import { DateTime } from 'luxon';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AzureReferenceClocks } from '../../src/azure/reference-clocks.ts';
import { ResourceManager } from '../../src/azure/resource-manager.ts';
import { clockDoubt } from '../../src/policy/clock-trust.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { Azurite } from '../support/azurite.ts';
import { sourceServer } from '../support/sample-estate.ts';
import { ScriptedManager, type ScriptedAnswer } from '../support/scripted-manager.ts';

let azurite: Azurite;
let manager: ScriptedManager;
let real: ContainerClient;
const credential = {
  getToken: () => Promise.resolve({ token: 'a-token', expiresOnTimestamp: Date.now() + 3_600_000 }),
};

beforeAll(async () => {
  azurite = await Azurite.start();
  manager = await ScriptedManager.start();
  real = await azurite.container();
});
afterAll(async () => {
  await manager.close();
  await azurite.stop();
});

const serverPath = `GET ${sourceServer}`;
const instant = '2026-03-01T01:30:00.000Z';
const dated = (date: string, status = 200): ScriptedAnswer => ({ status, body: {}, headers: { date } });
const header = (at: string): string => DateTime.fromISO(at, { zone: 'utc' }).toHTTP() ?? '';
const still: Clock = {
  now: () => DateTime.fromISO(instant, { zone: 'utc' }),
  monotonicMilliseconds: () => 0,
};
/** A storage account that answers what is scripted, without retries. */
const scriptedVault = (): ContainerClient =>
  new ContainerClient(
    `${manager.url}/vault`,
    newPipeline(new AnonymousCredential(), { retryOptions: { maxTries: 1 } }),
  );
const clocks = (vault: ContainerClient, clock: Clock = still, url = manager.url): AzureReferenceClocks =>
  new AzureReferenceClocks(vault, new ResourceManager(url, url, credential), sourceServer, clock);

describe('the clocks of real services', () => {
  test.each([
    [0, /^agreed$/],
    [3600, /storage is -?\d+ s behind/],
    [-3600, /storage is \d+ s ahead/],
  ])('held against a host that is %i s ahead', async (ahead, doubt) => {
    const clock: Clock = { ...still, now: () => DateTime.utc().plus({ seconds: ahead }) };
    manager.on(serverPath, { status: 200, body: {} });
    const offsets = await clocks(real, clock).offsets();
    expect(offsets.map((one) => one.source)).toEqual(['storage', 'resource manager']);
    for (const { seconds } of offsets) expect(Math.abs((seconds ?? Number.NaN) + ahead)).toBeLessThan(60);
    expect(clockDoubt(offsets) ?? 'agreed').toMatch(doubt);
  });
});

describe('a date', () => {
  beforeEach(() => {
    manager.on(serverPath, dated(header(instant)));
    manager.on('GET /vault', dated(header(instant)));
  });

  test('of the same second is no offset, and each service is asked once', async () => {
    manager.seen.length = 0;
    expect(await clocks(scriptedVault()).offsets()).toEqual([
      { source: 'storage', seconds: 0 },
      { source: 'resource manager', seconds: 0 },
    ]);
    expect(manager.seen.map((one) => one.path).toSorted()).toEqual([sourceServer, '/vault'].toSorted());
  });

  test.each([
    ['2026-03-01T02:30:00Z', 3600],
    ['2026-03-01T01:24:59Z', -301],
  ])('of %s is %i s from the host’s', async (date, seconds) => {
    manager.on(serverPath, dated(header(date)));
    expect((await clocks(scriptedVault()).offsets())[1]).toEqual({ source: 'resource manager', seconds });
  });

  test('counts whatever else the answer says: a refusal is dated as well', async () => {
    for (const status of [403, 404]) {
      manager.on(serverPath, dated(header(instant), status));
      expect((await clocks(scriptedVault()).offsets())[1]?.seconds).toBe(0);
    }
  });

  test('is held against the middle of a slow request', async () => {
    let calls = 0;
    const clock: Clock = {
      ...still,
      now: () => DateTime.fromISO(instant, { zone: 'utc' }).plus({ seconds: (calls += 1) > 2 ? 20 : 0 }),
    };
    for (const { seconds } of await clocks(scriptedVault(), clock).offsets()) expect(seconds).toBe(-10);
  });

  test.each<[string, ScriptedAnswer]>([
    ['is no date', dated('yesterday')],
    ['is empty', dated('')],
  ])('that %s counts as no answer', async (_what, answer) => {
    manager.on(serverPath, answer);
    const offsets = await clocks(scriptedVault()).offsets();
    expect(offsets[1]).toEqual({ source: 'resource manager', seconds: undefined });
    expect(clockDoubt(offsets)).toBe('resource manager did not say what time it is');
  });
});

describe('a service that does not answer', () => {
  test('storage: has no seconds, and the other one is still asked', async () => {
    manager.on(serverPath, dated(header(instant)));
    manager.on('GET /vault', { status: 503 });
    expect(await clocks(scriptedVault()).offsets()).toEqual([
      { source: 'storage', seconds: undefined },
      { source: 'resource manager', seconds: 0 },
    ]);
  });

  test('a container that is gone is not taken for an agreeing clock', async () => {
    const gone = await azurite.container();
    await gone.delete();
    expect((await clocks(gone).offsets())[0]).toEqual({ source: 'storage', seconds: undefined });
  });

  test('the credential: has no seconds', async () => {
    const manager_ = new ResourceManager(manager.url, manager.url, {
      getToken: () => Promise.reject(new Error('the token endpoint is down')),
    });
    manager.on('GET /vault', dated(header(instant)));
    const offsets = await new AzureReferenceClocks(scriptedVault(), manager_, sourceServer, still).offsets();
    expect(offsets).toEqual([
      { source: 'storage', seconds: 0 },
      { source: 'resource manager', seconds: undefined },
    ]);
  });
});
