/** One suite for both scratch stores: what src/ports/scratch.ts promises in prose. */
import { BlobServiceClient, newPipeline } from '@azure/storage-blob';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ScratchContainers } from '../../src/azure/scratch-containers.ts';
import type { ScratchDeleter, ScratchStore } from '../../src/ports/scratch.ts';
import { Azurite } from '../support/azurite.ts';
import { MemoryScratch } from '../support/memory-scratch.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';

let azurite: Azurite;
beforeAll(async () => {
  azurite = await Azurite.start();
});
afterAll(() => azurite.stop());

const stores: Readonly<Record<string, () => ScratchStore & ScratchDeleter>> = {
  azure: () => new ScratchContainers(new BlobServiceClient(azurite.url, newPipeline(azurite.credential))),
  memory: () => new MemoryScratch(new VirtualWallClock()),
};
const marks = { system: 'shop', region: 'westeurope', drill: 'drill-1', expires: '2026-03-02T04:00:00.000Z' };
const of = (content: string): Readable => Readable.from([Buffer.from(content)]);

describe.each(Object.entries(stores))('scratch containers (%s)', (_name, make) => {
  test('are made once, found by their marks, and removed with all that is in them', async () => {
    const scratch = make();
    await scratch.create('scratch-one', marks);
    await scratch.create('scratch-one', marks);
    await expect(scratch.create('scratch-one', { ...marks, drill: 'drill-2' })).rejects.toMatchObject({
      code: 'conflict',
    });
    await scratch.put('scratch-one', 'a/b', 'absent', of('one'));
    expect(await scratch.list()).toMatchObject([{ container: 'scratch-one', marks }]);
    expect(await scratch.remove('scratch-one')).toBe(true);
    expect(await scratch.remove('scratch-one')).toBe(false);
    expect(await scratch.list()).toEqual([]);
  });

  test('take a write only where the blob is as the caller says', async () => {
    const scratch = make();
    await scratch.create('scratch-two', marks);
    const version = await scratch.put('scratch-two', 'a', 'absent', of('one'));
    expect(await scratch.put('scratch-two', 'a', 'absent', of('two'))).toBeUndefined();
    expect(await scratch.put('scratch-two', 'a', { version: '"0"' }, of('two'))).toBeUndefined();
    expect(await text((await scratch.open('scratch-two', 'a'))!.stream)).toBe('one');
    expect(await scratch.put('scratch-two', 'a', { version: version! }, of('three'))).toBeDefined();
    const read = (await scratch.open('scratch-two', 'a'))!;
    expect([read.size, await text(read.stream)]).toEqual([5, 'three']);
    expect(await scratch.open('scratch-two', 'b')).toBeUndefined();
    await scratch.remove('scratch-two');
  });
});

describe('a container of another name', () => {
  test('is neither made, written, read nor removed, and not listed', async () => {
    const client = new BlobServiceClient(azurite.url, newPipeline(azurite.credential));
    await client.getContainerClient('vault').create();
    const scratch = new ScratchContainers(client);
    const refused = { code: 'refused' };
    await expect(scratch.create('vault', marks)).rejects.toMatchObject(refused);
    await expect(scratch.put('vault', 'a', 'absent', of('x'))).rejects.toMatchObject(refused);
    await expect(scratch.open('vault', 'a')).rejects.toMatchObject(refused);
    await expect(scratch.remove('vault')).rejects.toMatchObject(refused);
    expect(await scratch.list()).toEqual([]);
    expect(await client.getContainerClient('vault').exists()).toBe(true);
  });
});

test('what fails on its way is not committed', async () => {
  const scratch = stores['azure']!();
  await scratch.create('scratch-three', marks);
  const broken = Readable.from(
    (async function* () {
      yield Buffer.alloc(10);
      throw new Error('broken off');
    })(),
    { objectMode: false },
  );
  await expect(scratch.put('scratch-three', 'a', 'absent', broken)).rejects.toThrow(/broken off/);
  expect(await scratch.open('scratch-three', 'a')).toBeUndefined();
});
