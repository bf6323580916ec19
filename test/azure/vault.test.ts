/** One suite for every implementation of the vault: what src/ports/vault.ts promises in prose. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { ContainerClient, newPipeline, StorageSharedKeyCredential } from '@azure/storage-blob';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { BlobVault } from '../../src/azure/blob-vault.ts';
import { safetyMargins } from '../../src/policy/safety-margins.ts';
import type { Vault, VaultDeleter, VaultLogs, VaultStreams } from '../../src/ports/vault.ts';
import { MemoryVault } from '../support/memory-vault.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';

type WholeVault = Vault & VaultStreams & VaultDeleter & VaultLogs;
const account = 'vault';
const key = btoa('a key that nobody uses here');
const blocks = 5;
let azurite: ChildProcess;
let endpoint: string;
let container: ContainerClient;
const clock = new VirtualWallClock('2026-03-01T23:59:00.000Z');

beforeAll(async () => {
  const args = ['--inMemoryPersistence', '--blobPort', '0', '--skipApiVersionCheck', '--silent'];
  azurite = spawn(process.execPath, ['node_modules/azurite/dist/src/blob/main.js', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, AZURITE_ACCOUNTS: `${account}:${key}` },
  });
  endpoint = await listening(azurite);
});
afterAll(async () => {
  azurite.kill('SIGKILL');
  if (azurite.exitCode === null && azurite.signalCode === null) await once(azurite, 'exit');
});

async function listening(child: ChildProcess): Promise<string> {
  let output = '';
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const found = /listens on (http:\/\/[\d.:]+)/.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', () => reject(new Error(`Azurite ended: ${output}`)));
  });
}

async function blobVault(): Promise<{ vault: WholeVault; other: WholeVault }> {
  const credential = new StorageSharedKeyCredential(account, key);
  container = new ContainerClient(`${endpoint}/${account}/${randomUUID()}`, newPipeline(credential));
  await container.create();
  return { vault: new BlobVault(container, clock), other: new BlobVault(container, clock) };
}
async function memoryVault(): Promise<{ vault: WholeVault; other: WholeVault }> {
  const vault = new MemoryVault(clock, blocks);
  return { vault, other: vault };
}

describe.each([
  ['in memory', memoryVault],
  ['of Azure blobs', blobVault],
])('the vault %s', (where, make) => {
  let vault: WholeVault;
  /** The vault as another process sees it. */
  let other: WholeVault;
  beforeEach(async () => {
    vi.spyOn(safetyMargins, 'segmentBlocks', 'get').mockReturnValue(blocks as never);
    ({ vault, other } = await make());
  });

  const text = async (path: string): Promise<string | undefined> =>
    (await other.read(path))?.bytes.toString();
  const names = async (prefix: string): Promise<string[]> => {
    const found: string[] = [];
    for await (const name of vault.list(prefix)) found.push(name);
    return found;
  };
  const create = (path: string, content: string): Promise<boolean> =>
    vault.create(path, Buffer.from(content), 'application/json');

  test('reads what was written, and nothing where nothing was', async () => {
    expect(await vault.read('v1/a.json')).toBeUndefined();
    expect(await create('v1/a.json', '{"ä":1}')).toBe(true);
    expect(await text('v1/a.json')).toBe('{"ä":1}');
  });

  test('deletes a document and no other, and is content where there is none', async () => {
    for (const path of ['v1/a.json', 'v1/a.json.other', 'v1/b.json']) await create(path, '1');
    await vault.delete('v1/a.json');
    await other.delete('v1/a.json');
    expect(await names('v1/')).toEqual(['v1/a.json.other', 'v1/b.json']);
    expect(await vault.read('v1/a.json')).toBeUndefined();
    expect(await create('v1/a.json', '2')).toBe(true);
  });

  test('lists what is stored with its version and when it was written, and deletes just that version', async () => {
    const before = Date.now();
    for (const path of ['v1/a/1', 'v1/a/2', 'v1/b']) await create(path, '1');
    const stored = [];
    for await (const one of vault.listStored('v1/a/')) stored.push(one);
    expect(stored.map(({ path }) => path)).toEqual(['v1/a/1', 'v1/a/2']);
    const [first, second] = stored;
    expect(first!.version).toBe((await other.read('v1/a/1'))?.version);
    // By the store's own clock, in whole seconds; the one in memory has the test's.
    const from = where === 'in memory' ? clock.now().toMillis() : Math.floor(before / 1000) * 1000;
    expect(first!.writtenAt.toMillis()).toBeGreaterThanOrEqual(from);
    expect(first!.writtenAt.toMillis()).toBeLessThan(from + 60_000);
    await other.replace('v1/a/1', first!.version, Buffer.from('2'));
    expect(await vault.deleteVersion('v1/a/1', first!.version)).toBe(false);
    expect(await vault.deleteVersion('v1/a/2', second!.version)).toBe(true);
    expect(await other.deleteVersion('v1/a/2', second!.version)).toBe(true);
    expect(await names('v1/a/')).toEqual(['v1/a/1']);
  });

  test('creates a document once among twenty callers, and leaves the first as it is', async () => {
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        (n % 2 === 0 ? vault : other).create('v1/once', Buffer.from(`${n}`), 'x/y'),
      ),
    );
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(await text('v1/once')).toBe(String(made.indexOf(true)));
  });

  test('replaces only the version that was read', async () => {
    await create('v1/a', '1');
    const { version } = (await vault.read('v1/a'))!;
    const changed = await Promise.all(
      [2, 3, 4].map((n) => vault.replace('v1/a', version, Buffer.from(String(n)))),
    );
    expect(changed.filter(Boolean)).toHaveLength(1);
    expect(await text('v1/a')).toBe(String([2, 3, 4][changed.indexOf(true)]));
    expect(await other.replace('v1/a', version, Buffer.from('late'))).toBe(false);
    expect(await vault.replace('v1/none', version, Buffer.from('x'))).toBe(false);
  });

  test('lists every name under a prefix in order, and no other', async () => {
    for (const name of ['v1/b', 'v1/a/2', 'v1/a/10', 'v1/ab', 'v2/a']) await create(name, '');
    expect(await names('v1/a')).toEqual(['v1/a/10', 'v1/a/2', 'v1/ab']);
    expect(await names('v3')).toEqual([]);
  });

  test('lists more names than one page holds', async () => {
    const all = Array.from({ length: 5_100 }, (_, n) => `v1/many/${String(n).padStart(5, '0')}`);
    for (let from = 0; from < all.length; from += 100)
      await Promise.all(all.slice(from, from + 100).map((name) => create(name, '')));
    expect(await names('v1/many/')).toEqual(all);
  });

  test('streams a document from any of its bytes on', async () => {
    await create('v1/lines', 'one\ntwo\n');
    for (const from of [undefined, 0, 1, 4, 7]) {
      const chunks: Buffer[] = [];
      for await (const chunk of await vault.open('v1/lines', from)) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks).toString()).toBe('one\ntwo\n'.slice(from));
    }
  });

  test('streams a large document in and out, once', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    const source = (): Readable => Readable.from(Array.from({ length: 9 }, () => chunk));
    expect(await vault.createFrom('v1/large', source(), 'text/plain')).toBe(true);
    expect(await vault.createFrom('v1/large', source(), 'text/plain')).toBe(false);
    let bytes = 0;
    for await (const part of await other.open('v1/large')) bytes += (part as Buffer).length;
    expect(bytes).toBe(9 * chunk.length);
    await expect(vault.open('v1/none')).rejects.toMatchObject({ code: 'not-found' });
  });

  const linesOf = async (log: string): Promise<string[]> => {
    const parts = await Promise.all((await names(log)).map(text));
    return parts.flatMap((part) => (part ?? '').trimEnd().split('\n'));
  };

  test('appends the lines of two writers without losing, tearing or reordering one', async () => {
    const of = (writer: string): string[][] =>
      [0, 1, 2, 3, 4, 5].map((n) => [`${writer}${n}a`, `${writer}${n}b`]);
    const append = async (into: WholeVault, writer: string): Promise<void> => {
      for (const lines of of(writer)) await into.append('v1/log/', lines);
    };
    await Promise.all([append(vault, 'x'), append(other, 'y'), append(vault, 'z')]);
    const lines = await linesOf('v1/log/');
    expect(lines).toHaveLength(36);
    for (const writer of ['x', 'y', 'z']) {
      expect(lines.filter((line) => line.startsWith(writer))).toEqual(of(writer).flat());
      for (const [first, second] of of(writer)) expect(lines[lines.indexOf(first!) + 1]).toBe(second);
    }
  });

  test('begins a new segment before the limit of blocks, and with each UTC day', async () => {
    clock.stepTo('2026-03-01T23:59:00.000Z');
    for (let n = 0; n <= blocks; n += 1) await vault.append('v1/day/', [`${n}`]);
    clock.stepTo('2026-03-02T00:00:00.000Z');
    await other.append('v1/day/', ['next']);
    clock.stepTo('2026-03-01T23:59:00.000Z');
    expect(await names('v1/day/')).toEqual([
      'v1/day/2026-03-01-0.jsonl',
      'v1/day/2026-03-01-1.jsonl',
      'v1/day/2026-03-02-0.jsonl',
    ]);
    expect(await linesOf('v1/day/')).toEqual(['0', '1', '2', '3', '4', '5', 'next']);
  });
});

test('a vault that cannot be written says that nothing was recorded', async () => {
  const { vault } = await blobVault();
  await container.delete();
  await expect(vault.append('v1/log/', ['x'])).rejects.toMatchObject({
    code: 'cannot-record',
    retryable: true,
  });
  await expect(vault.create('v1/a', Buffer.from(''), 'x/y')).rejects.toMatchObject({ name: 'Failure' });
});

test('a container that is gone is not an absent document', async () => {
  const { vault } = await blobVault();
  await container.delete();
  await expect(vault.read('v1/a')).rejects.toMatchObject({ name: 'Failure' });
  await expect(vault.listStored('v1/')[Symbol.asyncIterator]().next()).rejects.toMatchObject({
    name: 'Failure',
  });
  await expect(vault.list('v1/')[Symbol.asyncIterator]().next()).rejects.toMatchObject({ name: 'Failure' });
});
