/** How snapshots are deleted at a real blob service: in batches, alone where batches do not serve, and never a blob. */
import type { TokenCredential } from '@azure/identity';
import type { ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BlobAccounts } from '../../src/azure/blob-accounts.ts';
import { deleteCopies } from '../../src/azure/copy-deletion.ts';
import type { SnapshotName, DeletionOutcome, StoreAddress } from '../../src/ports/content-store.ts';
import { Azurite } from '../support/azurite.ts';
import { WatchedService } from './watched-service.ts';

let azurite: Azurite;
let service: WatchedService;
let container: ContainerClient;
let store: StoreAddress;
let accounts: BlobAccounts;

beforeAll(async () => {
  azurite = await Azurite.start();
  service = await WatchedService.start(azurite.url);
});
afterAll(async () => {
  await service.stop();
  await azurite.stop();
});
beforeEach(async () => {
  container = await azurite.container();
  store = { account: service.url, container: container.containerName };
  service.reset();
  accounts = new BlobAccounts(azurite.credential as unknown as TokenCredential, () => ({
    retryOptions: { maxTries: 1 },
  }));
});

async function snapshotsOf(names: readonly string[]): Promise<SnapshotName[]> {
  const made: SnapshotName[] = [];
  for (const name of names) {
    await container.getBlockBlobClient(name).upload('x', 1);
    made.push({ name, snapshot: (await container.getBlobClient(name).createSnapshot()).snapshot ?? '' });
  }
  return made;
}
const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `files/${n}`);
const run = (snapshots: readonly SnapshotName[]): Promise<DeletionOutcome[]> =>
  deleteCopies(
    accounts,
    store,
    snapshots.map(({ name, snapshot }) => ({ name, by: 'snapshot', id: snapshot })),
  );
const count = (kind: string): number => service.sent.filter((one) => one === kind).length;
async function standing(): Promise<{ blobs: string[]; snapshots: SnapshotName[] }> {
  const [blobs, snapshots]: [string[], SnapshotName[]] = [[], []];
  for await (const { name, snapshot } of container.listBlobsFlat({ includeSnapshots: true }))
    if (snapshot === undefined) blobs.push(name);
    else snapshots.push({ name, snapshot });
  return { blobs, snapshots };
}
const gone = { name: 'files/0', snapshot: '2020-01-01T00:00:00.0000000Z' };
const part = (id: number, status: string): string =>
  `--x\r\nContent-Type: application/http\r\nContent-ID: ${id}\r\n\r\nHTTP/1.1 ${status}\r\nx-ms-version: 2021-12-02\r\n\r\n`;

describe('batches', () => {
  test('take 256 snapshots each; every blob and every snapshot that was not named stays', async () => {
    const snapshots = await snapshotsOf(numbered(300));
    const kept = await snapshotsOf(['files/0', 'files/299']);
    expect(await run(snapshots)).toEqual(snapshots.map(() => 'deleted'));
    expect(service.sent).toEqual(['BATCH', 'BATCH']);
    const { blobs, snapshots: left } = await standing();
    expect(blobs.toSorted()).toEqual(numbered(300).toSorted());
    expect(left).toEqual(kept);
    for (const body of service.bodies)
      for (const line of body.split('\r\n').filter((one) => one.includes(' HTTP/1.1')))
        expect(line).toMatch(/^DELETE \/account\/[^/]+\/files\/\d+\?snapshot=20[\d:.TZ-]+ HTTP\/1\.1$/);
  });

  test('delete under just the name that was given, however odd', async () => {
    const odd = [
      'a',
      'a/b',
      'a%2Fb',
      ' a b?c#d&e+f=g;h:i@j,k$l!m',
      'caf\u00E9',
      'cafe\u0301',
      '😀',
      `<"'&>`,
      '...a/..b/c../.d',
      '/a//b/',
      '%2e%2e/a',
    ];
    const snapshots = await snapshotsOf(odd);
    for (const [index, one] of snapshots.entries()) {
      expect(await run([one])).toEqual(['deleted']);
      const { blobs, snapshots: left } = await standing();
      expect(blobs.toSorted()).toEqual(odd.toSorted());
      const names = left.map(({ name }) => name).toSorted();
      expect(names).toEqual(odd.slice(index + 1).toSorted());
    }
    expect(count('DELETE')).toBe(0);
  });

  test('tell of each snapshot in the order asked for: deleted, gone already, not to be addressed', async () => {
    const [first, second] = await snapshotsOf(['files/0', 'files/1']);
    const outcomes = await run([
      gone,
      first!,
      { ...gone, name: 'a/../b' },
      second!,
      { ...gone, name: 'none' },
    ]);
    expect(outcomes).toMatchObject([
      'absent',
      'deleted',
      { failure: { code: 'refused' } },
      'deleted',
      'absent',
    ]);
    expect((await standing()).snapshots).toEqual([]);
  });

  test('of nothing are not sent', async () => {
    expect(await run([])).toEqual([]);
    expect(service.sent).toEqual([]);
  });

  test('are believed only when they say "deleted": what they say is gone is asked for alone', async () => {
    const snapshots = await snapshotsOf(numbered(3));
    const said = ['404 Not there', '500 Broken', '403 Forbidden'];
    service.onBatch = () => ({ status: 202, body: `${said.map((one, id) => part(id, one)).join('')}--x--` });
    expect(await run(snapshots)).toEqual(['deleted', 'deleted', 'deleted']);
    expect(service.sent).toEqual(['BATCH', 'DELETE', 'DELETE', 'DELETE']);
  });

  test.each([
    ['without an answer to a part', `${part(0, '202 Accepted')}--x--`],
    ['with one answer for all', '--x\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 400 Bad\r\n\r\n--x--'],
    ['with too few answers', `${part(0, '202 A')}${part(1, '202 A')}--x--`],
    ['that is no batch', 'hello'],
  ])('with an answer %s leave the rest to requests of their own', async (_what, body) => {
    const snapshots = await snapshotsOf(numbered(3));
    service.onBatch = () => ({ status: 202, body });
    const outcomes = await run(snapshots);
    expect(outcomes).toEqual(snapshots.map(() => 'deleted'));
  });

  test.each([400, 401, 403, 404, 405, 409, 501])(
    'that are refused with %i are not asked for again, and every snapshot is deleted alone',
    async (status) => {
      const snapshots = await snapshotsOf(numbered(5));
      service.onBatch = () => ({ status });
      expect(await run(snapshots)).toEqual(snapshots.map(() => 'deleted'));
      expect([count('BATCH'), count('DELETE')]).toEqual([1, 5]);
      expect((await standing()).blobs).toHaveLength(5);
    },
  );

  test.each([408, 429, 500, 503])(
    'that meet %i fail, and nothing more is asked of that service',
    async (status) => {
      const snapshots = await snapshotsOf(numbered(2));
      service.onBatch = () => ({ status });
      const failure = { failure: expect.objectContaining({ retryable: true }) as unknown };
      expect(await run(snapshots)).toEqual([failure, failure]);
      expect(service.sent).toEqual(['BATCH']);
      expect((await standing()).snapshots).toHaveLength(2);
    },
  );

  test('whose connection is lost fail, and are deleted or gone when asked for again', async () => {
    const snapshots = await snapshotsOf(numbered(2));
    service.onBatch = () => 'reset';
    expect(await run(snapshots)).toMatchObject(snapshots.map(() => ({ failure: { code: 'unavailable' } })));
    service.onBatch = () => undefined;
    expect(await run(snapshots)).toEqual(['deleted', 'deleted']);
    expect(await run(snapshots)).toEqual(['absent', 'absent']);
  });
});

test('a refusal of one snapshot is told of that one alone', async () => {
  const snapshots = await snapshotsOf(numbered(3));
  service.onBatch = () => ({ status: 501 });
  service.onSingle = (url) => (url.includes('files/1') ? { status: 409 } : undefined);
  expect(await run(snapshots)).toMatchObject(['deleted', { failure: { code: 'conflict' } }, 'deleted']);
  expect((await standing()).snapshots).toEqual([snapshots[1]]);
});

test('a store that does not exist is a failure of each snapshot, not an absence', async () => {
  store = { ...store, container: 'not-there' };
  expect(await run([gone])).toMatchObject([{ failure: { code: 'not-found' } }]);
});

test('nothing at all is sent if one of many names no snapshot', async () => {
  const snapshots = await snapshotsOf(numbered(2));
  await expect(run([...snapshots, { name: 'files/0', snapshot: '' }])).rejects.toMatchObject({
    code: 'refused',
    message: 'no snapshot of files/0 was named: the blob itself is never deleted here',
  });
  expect(service.sent).toEqual([]);
  expect((await standing()).snapshots).toHaveLength(2);
});

test('a snapshot whose name is no instant is sent as data, never as another part of the address', async () => {
  await snapshotsOf(['files/0']);
  for (const snapshot of ['x&comp=metadata', '2020#', '%', ' ', '2020-01-01T00:00:00+01:00'])
    expect(await run([{ name: 'files/0', snapshot }]), snapshot).not.toEqual(['deleted']);
  expect(await standing()).toMatchObject({ blobs: ['files/0'], snapshots: [{ name: 'files/0' }] });
});
