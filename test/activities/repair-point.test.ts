/** A repair that is for the blobs of a recovery point alone: what only blobs are lost of needs no server. */
import { createHash } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { writeInventory, type InventoryEntry } from '../../src/activities/inventory.ts';
import type { RecoveryPoint } from '../../src/contracts/documents.ts';
import { noCounts, type ScanDocument } from '../../src/contracts/scan-documents.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { canonicalJson } from '../../src/policy/canonical-json.ts';
import { addressFromHex, blobNameFor } from '../../src/policy/content-address.ts';
import { examplePoint } from '../support/documents.ts';
import {
  good,
  hexOfGood,
  makeRepairWorld,
  nameOfGood,
  scan,
  slot,
  type RepairWorld,
} from '../support/repair-world.ts';
import { scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { layout } from '../support/world.ts';

let world: RepairWorld;
const id = 'on-demand-20260301T003000Z';
const other = Buffer.from('of another year');
const hexOfOther = createHash('sha256').update(other).digest('hex');
const nameOfOther = blobNameFor(layout, addressFromHex('sha256', hexOfOther)!);

/** Two blobs that are gone, both with an earlier version; the point refers to the first. */
beforeEach(async () => {
  world = makeRepairWorld(new VirtualWallClock());
  for (const [name, content] of [
    [nameOfGood, good],
    [nameOfOther, other],
  ] as const) {
    world.store.upload(name, content);
    world.store.delete(name);
  }
  world.find([nameOfGood, 'missing'], [nameOfOther, 'missing']);
  await putPoint('2026-03-01T00:30:00.000Z');
  putScan([id]);
});

/** What the scan came to; these points said what must be there. */
function putScan(points: string[]): void {
  const document: ScanDocument = {
    ...{
      schema: 'lifeboat/scan/v2',
      id: scan,
      ...scope,
      mode: 'cycle',
      isWhole: true,
      points,
      incomplete: [],
    },
    ...{ startedAt: '2026-03-01T01:00:02.000Z', endedAt: '2026-03-01T01:01:00.000Z', outcome: 'damaged' },
    ...{ detail: 'd', counts: noCounts, stores: [], findings: [] },
  };
  world.vault.put(vaultPaths.scan(scope, scan), canonicalJson(document));
}

async function putPoint(instant: string): Promise<void> {
  world.vault.remove('i');
  async function* entries(): AsyncGenerator<InventoryEntry> {
    yield { address: addressFromHex('sha256', hexOfGood)!, held: 'both' };
  }
  const inventory = { path: 'i', ...(await writeInventory(world.vault, 'i', {}, entries())) };
  const point: RecoveryPoint = {
    ...examplePoint,
    ...{ ...scope, id, instant },
    stores: [{ store: 'files', database: 'main', inventory }],
  };
  world.vault.put(vaultPaths.point(scope, id), canonicalJson(point));
}

/** The names in the plan of a repair that is narrowed so. */
async function planned(narrowed: { point?: string; store?: string }): Promise<string[]> {
  const input = { ...scope, slot, scan, ...narrowed };
  await world.value('examineRepair', { ...input, position: { part: 0, from: 0 } });
  const { plan } = await world.value<{ plan: string }>('sealRepair', {
    ...{ ...input, dryRun: true, isByPolicyOnly: false },
  });
  expect(world.plan(plan)).toMatchObject(narrowed);
  return world.plan(plan).items.map(({ name }) => name);
}

test('looks only at what the point refers to, and says so in its plan', async () => {
  expect(await planned({ point: id })).toEqual([nameOfGood]);
});

test('without a point is for all that the scan found, or that of one store', async () => {
  expect(await planned({ store: 'files' })).toEqual([nameOfGood, nameOfOther].toSorted());
});

test('a scan that looked for what the point refers to may be of the same slot', async () => {
  await putPoint('2026-03-01T01:00:01.000Z');
  expect(await planned({ point: id })).toEqual([nameOfGood]);
});

test('a scan that did not know the point says nothing of it, also a later one', async () => {
  putScan([]);
  await expect(planned({ point: id })).rejects.toThrow(/refused: .* did not know on-demand-/);
});

test.each([
  [{ point: 'on-demand-20260301T003001Z' }, /has no recovery point/],
  [{ store: 'elsewhere' }, /has no blob store "elsewhere".*/],
])('%j is told as what it is', async (narrowed, said) => {
  await expect(planned(narrowed)).rejects.toThrow(said);
});

test('an inventory that is not what was recorded names nothing', async () => {
  world.vault.put('i', world.vault.text('i').replace(hexOfGood, hexOfOther));
  await expect(planned({ point: id })).rejects.toThrow(/bad-document/);
});
