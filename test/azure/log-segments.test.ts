/** One suite for every implementation of log segments: what src/ports/log-segments.ts promises in prose. */
import type { ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AuditLog } from '../../src/activities/audit-log.ts';
import { BlobSegments } from '../../src/azure/blob-segments.ts';
import { chainBeginning } from '../../src/policy/audit-chain.ts';
import { digestOf } from '../../src/policy/canonical-json.ts';
import type { LogSegments } from '../../src/ports/log-segments.ts';
import { verifyAuditLog } from '../../src/verification/audit-log.ts';
import { Azurite } from '../support/azurite.ts';
import { MemoryVault } from '../support/memory-vault.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';

let azurite: Azurite;
let container: ContainerClient;
const clock = new VirtualWallClock();
beforeAll(async () => {
  azurite = await Azurite.start();
});
afterAll(() => azurite.stop());

const inBlobs = async (): Promise<LogSegments> => {
  container = await azurite.container();
  return new BlobSegments(container, 'vault');
};

describe.each([
  ['in memory', async (): Promise<LogSegments> => new MemoryVault(clock)],
  ['in append blobs', inBlobs],
])('segments %s', (_, make) => {
  let log: LogSegments;
  beforeEach(async () => {
    log = await make();
  });

  const text = async (path: string, from?: number): Promise<string> => {
    const chunks: Buffer[] = [];
    for await (const chunk of await log.open(path, from)) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  };
  const append = (position: number, bytes: string): Promise<boolean> =>
    log.appendAt('v1/log/1', position, Buffer.from(bytes));

  test('are made once, and appended to at their end alone', async () => {
    expect(await log.endOf('v1/log/1')).toBeUndefined();
    await log.begin('v1/log/1');
    expect(await log.endOf('v1/log/1')).toEqual({ bytes: 0, appends: 0, lastLine: undefined });
    expect(await append(0, 'one\ntwo\n')).toBe(true);
    expect(await append(0, 'other\n')).toBe(false);
    expect(await append(4, 'other\n')).toBe(false);
    expect(await append(9, 'other\n')).toBe(false);
    expect(await append(8, 'three\n')).toBe(true);
    await log.begin('v1/log/1');
    expect(await text('v1/log/1')).toBe('one\ntwo\nthree\n');
    expect(await text('v1/log/1', 8)).toBe('three\n');
    expect(await log.endOf('v1/log/1')).toEqual({ bytes: 14, appends: 2, lastLine: Buffer.from('three') });
  });

  test('of several who name the same position let exactly one write', async () => {
    await log.begin('v1/log/1');
    const won = await Promise.all(Array.from({ length: 8 }, (_one, n) => append(0, `${n}\n`)));
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(await text('v1/log/1')).toBe(`${won.indexOf(true)}\n`);
  });

  test('tell their last line however long it is', async () => {
    await log.begin('v1/log/1');
    const long = 'x'.repeat(200_000);
    await append(0, `one\n${long}\n`);
    expect((await log.endOf('v1/log/1'))?.lastLine?.toString()).toBe(long);
    await append(200_005, 'torn');
    expect((await log.endOf('v1/log/1'))?.lastLine?.toString()).toBe('torn');
  });

  test('are listed with their sizes, in order, and none of another log', async () => {
    for (const path of ['v1/log/2', 'v1/log/1', 'v1/other/1']) await log.begin(path);
    await append(0, 'one\n');
    const found: object[] = [];
    for await (const one of log.listSegments('v1/log/')) found.push(one);
    expect(found).toEqual([
      { path: 'v1/log/1', bytes: 4 },
      { path: 'v1/log/2', bytes: 0 },
    ]);
  });

  test('that are not there are not made by an append, and not read as empty', async () => {
    await expect(append(0, 'one\n')).rejects.toMatchObject({ name: 'Failure' });
    await expect(log.open('v1/log/1')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('hold one chain, whoever writes at once', async () => {
    const scope = { system: 'shop', region: 'westeurope' };
    const writers = Array.from({ length: 6 }, () => new AuditLog(log, clock, 'lifeboat'));
    const said = { action: 'snapshot', stage: 'intent' as const, detail: {} };
    const actor = { kind: 'automation', subject: 'lifeboat' } as const;
    await Promise.all(
      writers.map(async (writer, number) => {
        for (let n = 0; n < 5; n += 1) {
          const target = `${number} ${n}`;
          const at = clock.now().toISO() ?? '';
          await writer.append(scope, [{ ...said, actor, at, target, step: digestOf({ target }) }]);
        }
      }),
    );
    const path = 'v1/shop/westeurope/audit/000000000001.jsonl';
    const content = await text(path);
    const files = { unchained: [], checkpoints: [], copies: [] };
    const open = async function* open() {
      yield Buffer.from(content);
    };
    const verified = await verifyAuditLog(
      { ...scope, ...files, segments: [{ name: '000000000001.jsonl', open }] },
      [],
    );
    expect(verified).toMatchObject({ entries: 30, first: 1, last: 30, problems: [] });
    expect(content.startsWith(`{"action"`)).toBe(true);
    expect(content).toContain(chainBeginning(scope).digest);
  });
});

test('a container that is gone is not a log without an end', async () => {
  const log = await inBlobs();
  await container.delete();
  await expect(log.endOf('v1/log/1')).rejects.toMatchObject({ name: 'Failure' });
  await expect(log.begin('v1/log/1')).rejects.toMatchObject({ name: 'Failure' });
});
