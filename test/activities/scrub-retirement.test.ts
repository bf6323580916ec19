/** A scrub document that cannot be read any more, from a time when the store was divided otherwise. */
import { beforeEach, expect, test } from 'vitest';
import type { ScanDocument } from '../../src/contracts/scan-documents.ts';
import { allDigests, rangeName } from '../../src/policy/digest-ranges.ts';
import { takeSnapshot } from '../support/drill-steps.ts';
import { scanAll, type ScanOrder } from '../support/scan-steps.ts';
import { divideFinely } from '../support/small-shards.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { layout, makeWorld, type World } from '../support/world.ts';

const states = 'v1/shop/westeurope/scrub/files/sha256/';
const whole = `${states}${rangeName(allDigests)}.bin`;
const aside = 'v1/shop/westeurope/scrub-set-aside/files/sha256/';

let clock: VirtualWallClock;
let world: World;
let damaged: Buffer;

const night = (order: ScanOrder = {}): Promise<ScanDocument> => (
  clock.advance(86_400),
  scanAll(world, order)
);
const setAside = async (): Promise<Buffer[]> => {
  const kept: Buffer[] = [];
  for await (const path of world.vault.list(aside)) kept.push((await world.vault.read(path))!.bytes);
  return kept;
};

/** A store that was one shard and is many now, the document of that one shard without its first byte. */
beforeEach(async () => {
  clock = new VirtualWallClock();
  world = makeWorld(clock);
  for (let n = 0; n < 60; n += 1) world.source.references.push(world.contents.put(`content ${n}`, layout));
  await takeSnapshot(world);
  await night();
  damaged = (await world.vault.read(whole))!.bytes.subarray(1);
  world.vault.put(whole, damaged);
  divideFinely(world, 20);
});

test('it is reported by the scan that meets it, set aside by it, and asked for no more', async () => {
  expect(await night()).toMatchObject({ outcome: 'failed', counts: { blobs: 63, ok: 63 } });
  expect(await setAside()).toEqual([damaged]);
  expect(await night()).toMatchObject({ outcome: 'clean', counts: { blobs: 63 } });
});

test('it stays where it is while a scan has not looked at all of its range', async () => {
  await night({ part: '1/2' });
  await night({ mode: 'new' });
  const { outcome } = await (async () => {
    const listPage = world.contents.listPage.bind(world.contents);
    world.contents.listPage = (store, prefix, token) =>
      prefix.startsWith('0') && token === undefined
        ? Promise.reject(new Error('no answer'))
        : listPage(store, prefix, token);
    const scan = await night();
    world.contents.listPage = listPage;
    return scan;
  })();
  expect(outcome).toBe('failed');
  expect(await setAside()).toEqual([]);
  expect((await world.vault.read(whole))?.bytes).toEqual(damaged);
});

test('setting it aside twice keeps one copy', async () => {
  await night();
  world.vault.put(whole, damaged);
  await night();
  expect(await setAside()).toEqual([damaged]);
  expect((await night()).outcome).toBe('clean');
});
