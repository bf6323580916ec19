import { DateTime } from 'luxon';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AzureDatabaseServers } from '../../src/azure/database-servers.ts';
import { ResourceManager } from '../../src/azure/resource-manager.ts';
import type { Operation } from '../../src/contracts/operations.ts';
import { drillGroup, region, serverId, sourceServer, subscription } from '../support/sample-estate.ts';
import { ScriptedManager, type ScriptedAnswer } from '../support/scripted-manager.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';

let manager: ScriptedManager;
let servers: AzureDatabaseServers;
let clock: VirtualWallClock;
let tokens: number;
const status = '/subscriptions/x/operations/1';
const backupPath = `${sourceServer}/backups/b1`;
const target = serverId(drillGroup, 'drill-shop-1');

beforeEach(async () => {
  manager = await ScriptedManager.start();
  clock = new VirtualWallClock();
  tokens = 0;
  const credential = {
    getToken: async () => ({ token: `token-${(tokens += 1)}`, expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
  servers = new AzureDatabaseServers(new ResourceManager(manager.url, manager.url, credential), clock);
});
afterEach(() => manager.close());

const error = (code: string, http = 404): ScriptedAnswer => ({
  status: http,
  body: { error: { code, message: code } },
});
const standing = (state: string): ScriptedAnswer => ({
  status: 200,
  body: {
    id: target,
    name: 'drill-shop-1',
    location: 'West Europe',
    tags: { a: 'b' },
    properties: { state, fullyQualifiedDomainName: 'h:1' },
  },
});
const listing = (...names: string[]): ScriptedAnswer => ({
  status: 200,
  body: {
    value: names.map((name) => ({
      name,
      properties: { backupType: 'Customer On-Demand', completedTime: '2026-03-01T01:31:00Z' },
    })),
  },
});
const operation = (kind: Operation['kind'], statusUrl?: string): Operation => ({
  kind,
  server: kind === 'restore' || kind === 'delete-server' ? target : sourceServer,
  ...(kind === 'backup' ? { item: 'b1' } : {}),
  acceptedAt: '2026-03-01T01:30:00.000Z',
  ...(statusUrl === undefined ? {} : { statusUrl }),
});
const accepted = (url: string): ScriptedAnswer => ({
  status: 202,
  headers: { 'azure-asyncoperation': url, 'retry-after': '0' },
});
/** A backup of the provider's own. */
const automatic: ScriptedAnswer = {
  status: 200,
  body: {
    value: [{ name: 'a1', properties: { backupType: 'Full', completedTime: '2026-03-01T01:31:00Z' } }],
  },
};
const restore = (): ReturnType<AzureDatabaseServers['beginRestore']> =>
  servers.beginRestore({ source: sourceServer, target, location: region, instant: DateTime.utc(), tags: {} });

describe('what a storage account keeps', () => {
  const account = `/subscriptions/${subscription}/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/shop`;
  const keeping = (properties: unknown): Promise<unknown> => {
    manager.on(`GET ${account}/blobServices/default`, { status: 200, body: { properties } });
    return servers.storageKeeping(account);
  };

  test('is what its blob service says', async () => {
    expect(
      await keeping({ isVersioningEnabled: true, deleteRetentionPolicy: { enabled: true, days: 7 } }),
    ).toEqual({ softDelete: true, versions: true });
  });

  test.each([{}, undefined, { isVersioningEnabled: 'yes', deleteRetentionPolicy: null }])(
    'is nothing where it does not certainly say so: %o',
    async (properties) => {
      expect(await keeping(properties)).toEqual({ softDelete: false, versions: false });
    },
  );

  test('is not known where it cannot be asked', async () => {
    manager.on(`GET ${account}/blobServices/default`, error('AuthorizationFailed', 403));
    await expect(servers.storageKeeping(account)).rejects.toMatchObject({ code: 'access-denied' });
  });
});

describe('a server', () => {
  test('is described in the terms of the port', async () => {
    manager.on(`GET ${target}`, standing('Ready'));
    expect(await servers.get(target)).toMatchObject({
      location: 'westeurope',
      state: 'Ready',
      address: 'h:1',
      tags: { a: 'b' },
      createdAt: undefined,
    });
  });

  test.each(['ResourceNotFound', 'ParentResourceNotFound', 'ResourceGroupNotFound'])(
    'is absent when the provider says %s',
    async (code) => {
      manager.on(`GET ${target}`, error(code));
      expect(await servers.get(target)).toBeUndefined();
    },
  );

  test.each([
    ['a 404 of another kind', error('SubscriptionNotFound'), 'not-found'],
    ['a 404 without a word', { status: 404 }, 'not-found'],
    ['no permission', error('AuthorizationFailed', 403), 'access-denied'],
  ] as const)('is not called absent by %s', async (_what, answer, code) => {
    manager.on(`GET ${target}`, answer);
    await expect(servers.get(target)).rejects.toMatchObject({ name: 'Failure', code });
  });

  test.each([429, 503])('is asked for again after the time that a %i names', async (http) => {
    manager.on(
      `GET ${target}`,
      { ...error('TooManyRequests', http), headers: { 'retry-after': '1' } },
      standing('Ready'),
    );
    expect(await servers.get(target)).toMatchObject({ state: 'Ready' });
    const [first, second] = manager.to(`GET ${target}`);
    expect(second!.at - first!.at).toBeGreaterThanOrEqual(990);
  });

  test('is not looked for where a redirect points', async () => {
    const elsewhere = await ScriptedManager.start();
    try {
      elsewhere.on(`GET ${target}`, standing('Ready'));
      manager.on(`GET ${target}`, { status: 307, headers: { location: `${elsewhere.url}${target}` } });
      await servers.get(target).catch(() => undefined);
      expect(elsewhere.seen).toEqual([]);
    } finally {
      await elsewhere.close();
    }
  });
});

test('a listing follows every page, an empty one too', async () => {
  const path = `${sourceServer}/backups`;
  const page = (link: string | undefined, ...names: string[]): ScriptedAnswer => ({
    status: 200,
    body: {
      ...(listing(...names).body as object),
      ...(link === undefined ? {} : { nextLink: `${manager.url}${path}?page=${link}` }),
    },
  });
  manager.on(`GET ${path}`, page('2', 'b1'), page('3'), page(undefined, 'b2'));
  expect((await servers.listBackups(sourceServer)).map((one) => one.name)).toEqual(['b1', 'b2']);
});

test('a listing whose next page is elsewhere is an error, and nothing is sent there', async () => {
  const elsewhere = await ScriptedManager.start();
  try {
    manager.on(`GET ${sourceServer}/backups`, {
      status: 200,
      body: { value: [], nextLink: `${elsewhere.url}/x` },
    });
    await expect(servers.listBackups(sourceServer)).rejects.toMatchObject({ code: 'refused' });
    expect(elsewhere.seen).toEqual([]);
  } finally {
    await elsewhere.close();
  }
});

describe('a start', () => {
  test('that was accepted is an operation with the URL of its status', async () => {
    manager.on(`PUT ${target}`, accepted(`${manager.url}${status}`));
    manager.on(`GET ${status}`, { status: 200, body: { status: 'InProgress' } });
    expect(await restore()).toEqual({
      state: 'running',
      operation: {
        kind: 'restore',
        server: target,
        statusUrl: `${manager.url}${status}`,
        acceptedAt: '2026-03-01T01:30:00.000Z',
      },
    });
    expect(manager.to(`PUT ${target}`)).toHaveLength(1);
  });

  test.each<[string, ScriptedAnswer]>([
    [
      'has failed at the first look',
      { status: 200, body: { status: 'Failed', error: { code: 'WalMissing', message: 'gone' } } },
    ],
    ['is not found at the first look', error('OperationNotFound')],
    ['has no status at the first look', { status: 200, body: {} }],
  ])('that was accepted and %s is an operation all the same', async (_what, answer) => {
    manager.on(`PUT ${backupPath}`, accepted(`${manager.url}${status}`));
    manager.on(`GET ${status}`, answer);
    expect(await servers.beginBackup(sourceServer, 'b1')).toMatchObject({
      state: 'running',
      operation: { item: 'b1', statusUrl: `${manager.url}${status}` },
    });
    expect(manager.to(`PUT ${backupPath}`)).toHaveLength(1);
  });

  test.each([
    [undefined, 'PointInTimeRestore'],
    ['revive', 'ReviveDropped'],
    ['geo', 'GeoRestore'],
  ] as const)('of a restore (%s) is sent as %s', async (mode, createMode) => {
    manager.on(`PUT ${target}`, accepted(`${manager.url}${status}`));
    manager.on(`GET ${status}`, { status: 200, body: { status: 'InProgress' } });
    await servers.beginRestore({
      ...{ source: sourceServer, target, location: region, instant: DateTime.utc(), tags: {}, mode },
    });
    expect(JSON.parse(manager.to(`PUT ${target}`)[0]!.text)).toMatchObject({
      properties: { createMode, sourceServerResourceId: sourceServer },
    });
  });

  test('that was refused is a failure in the words of the provider', async () => {
    manager.on(`PUT ${target}`, error('ServerNameAlreadyExists', 409));
    await expect(restore()).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('ServerNameAlreadyExists') as string,
    });
  });

  test('on a busy server is worth trying again', async () => {
    manager.on(`PUT ${target}`, error('ServerIsBusy', 409));
    await expect(restore()).rejects.toMatchObject({ code: 'busy', retryable: true });
  });
});

describe('a look at an operation', () => {
  const poll = (kind: Operation['kind'] = 'restore'): ReturnType<AzureDatabaseServers['poll']> =>
    servers.poll(operation(kind, `${manager.url}${status}`));
  const says = (body: unknown): void => manager.on(`GET ${status}`, { status: 200, body });

  test('whose status is on another host is refused before a token is sent there', async () => {
    const elsewhere = await ScriptedManager.start();
    try {
      const before = tokens;
      await expect(servers.poll(operation('restore', `${elsewhere.url}${status}`))).rejects.toMatchObject({
        code: 'refused',
        retryable: false,
      });
      expect(elsewhere.seen).toEqual([]);
      expect(tokens).toBe(before);
      manager.on(`PUT ${target}`, accepted(`${elsewhere.url}${status}`));
      await restore();
      expect(elsewhere.seen).toEqual([]);
    } finally {
      await elsewhere.close();
    }
  });

  test('believes success only when the server is there and ready', async () => {
    says({ status: 'Succeeded' });
    manager.on(`GET ${target}`, error('ResourceNotFound'), standing('Provisioning'), standing('Ready'));
    const looks = [(await poll()).state, (await poll()).state, (await poll()).state];
    expect(looks).toEqual(['running', 'running', 'succeeded']);
  });

  test('says that a server is removed which the provider calls done and, after the grace, does not know', async () => {
    says({ status: 'Succeeded' });
    manager.on(`GET ${target}`, error('ResourceNotFound'));
    clock.advance(29);
    expect((await poll()).state).toBe('running');
    clock.advance(1);
    expect(await poll()).toMatchObject({ state: 'failed', code: 'ServerRemoved' });
    expect(await poll('delete-server')).toEqual({ state: 'succeeded' });
  });

  test('believes the server when it is ready and the status lags behind', async () => {
    says({ status: 'InProgress', percentComplete: 40 });
    manager.on(`GET ${target}`, standing('Ready'));
    expect(await poll()).toEqual({ state: 'succeeded' });
  });

  test.each(['parameter', 'restart'] as const)(
    'waits for the provider to say that a %s is over',
    async (kind) => {
      manager.on(
        `GET ${status}`,
        { status: 200, body: { status: 'InProgress' } },
        { status: 200, body: { status: 'Succeeded' } },
      );
      manager.on(`GET ${sourceServer}`, standing('Ready'));
      expect([(await poll(kind)).state, (await poll(kind)).state]).toEqual(['running', 'succeeded']);
    },
  );

  test.each([{}, { status: null }, { status: 'Pondering' }, { status: 7 }])(
    'takes the status %j for still running',
    async (body) => {
      says(body);
      manager.on(`GET ${target}`, standing('Provisioning'));
      expect(await poll()).toMatchObject({ state: 'running' });
    },
  );

  test.each(['Failed', 'Canceled'])('takes %s for the end, with code and message', async (word) => {
    says({ status: word, error: { code: 'WalMissing', message: 'segment gone' } });
    expect(await poll()).toEqual({ state: 'failed', code: 'WalMissing', message: 'segment gone' });
  });

  test('waits while the provider does not know the operation yet, and asks the resource after the grace', async () => {
    manager.on(`GET ${status}`, error('OperationNotFound'));
    manager.on(`GET ${target}`, standing('Provisioning'), standing('Ready'));
    clock.advance(60);
    expect((await poll()).state).toBe('running');
    clock.advance(120);
    expect((await poll()).state).toBe('succeeded');
  });

  test('without a status URL asks the resource alone', async () => {
    manager.on(`GET ${sourceServer}/backups`, listing('b0'), listing('b0', 'b1'));
    expect([
      (await servers.poll(operation('backup'))).state,
      (await servers.poll(operation('backup'))).state,
    ]).toEqual(['running', 'succeeded']);
  });

  test('for a first backup asks whether the provider holds one of its own', async () => {
    const first = { ...operation('first-backup'), server: sourceServer };
    manager.on(`GET ${sourceServer}/backups`, listing('b1'), automatic);
    expect(await servers.poll(first)).toEqual({ state: 'running' });
    expect(await servers.poll(first)).toEqual({ state: 'succeeded' });
  });

  test('believes a deletion only when the provider says that the server is absent', async () => {
    says({ status: 'Succeeded' });
    manager.on(`GET ${target}`, standing('Dropping'), error('ResourceNotFound'));
    expect([(await poll('delete-server')).state, (await poll('delete-server')).state]).toEqual([
      'running',
      'succeeded',
    ]);
  });

  test('that the provider does not answer is worth trying again', async () => {
    manager.on(`GET ${status}`, { status: 403, body: {} });
    await expect(poll()).rejects.toMatchObject({ code: 'access-denied' });
  });
});
