import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ScanDocument } from '../../src/contracts/scan-documents.ts';
import type { ScanResult, ScannedShard } from '../../src/contracts/scan.ts';
import type { SlotClaim } from '../../src/contracts/documents.ts';
import { newestWholeScan } from '../../src/activities/scan/findings.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { Failure } from '../../src/policy/failure.ts';
import { takeSnapshot } from '../support/drill-steps.ts';
import { makeFail, wordsOfTrouble, type ActivityTrouble } from '../support/failing-activities.ts';
import { sampleEstate, scope } from '../support/sample-estate.ts';
import { divideFinely } from '../support/small-shards.ts';
import { WorkflowHub, type Ended } from '../support/workflow-hub.ts';
import { layout } from '../support/world.ts';

const slot = '20260301T013000Z';
let hub: WorkflowHub;
beforeEach(() => {
  hub = new WorkflowHub();
});
afterEach(() => hub.close());

const scan = (): Promise<Ended<ScanResult>> =>
  hub.run('integrityScan', `scan.shop.westeurope.${slot}`, { ...scope, slot, trigger: 'schedule' });
const result = (): ScanDocument => hub.world.vault.json(vaultPaths.scan(scope, `scan-${slot}`));
const claim = (): SlotClaim => hub.world.vault.json(vaultPaths.slot(scope, 'scan', slot));
const longestHistory = (): number => Math.max(...hub.histories().map(({ history }) => history.length));
const isShard =
  (shard: string) =>
  (input: unknown): boolean =>
    labelOf((input as { shard: ScannedShard }).shard) === shard;
const labelOf = ({ isStray, leading }: ScannedShard): string => (isStray ? 'stray' : leading);

/** A store of sixty blobs more, in sixteen shards; their digests in hex. */
async function withSixteenShards(): Promise<string[]> {
  const hexes = Array.from({ length: 60 }, (_, n) => hub.world.contents.put(`content ${n}`, layout));
  hub.world.source.references.push(...hexes);
  divideFinely(hub.world, 20);
  await takeSnapshot(hub.world);
  return hexes;
}
const generationsOf = (name: string): number => hub.histories().filter((one) => one.name === name).length;

/** An estate whose shop has three stores of the same rows. */
const withThreeStores = (): WorkflowHub => withStores('models', 'images');

function withStores(...more: readonly string[]): WorkflowHub {
  const estate = structuredClone(sampleEstate());
  const stores = estate.systems[0]!.regions[0]!.blobStores;
  for (const id of more) stores.push({ ...stores[0]!, id, container: id });
  return new WorkflowHub(undefined, { estate });
}

describe('a scan', () => {
  test('of three stores reads each of them and keeps every history short', async () => {
    await hub.close();
    hub = withThreeStores();
    await takeSnapshot(hub.world);
    const { status, output } = await scan();
    expect(status).toBe('Completed');
    expect(output).toMatchObject({ outcome: 'clean', counts: { blobs: 9, ok: 9 } });
    expect(result().stores.map((one) => [one.store, one.counts.ok])).toEqual([
      ['files', 3],
      ['models', 3],
      ['images', 3],
    ]);
    expect(generationsOf('scanStore')).toBe(3);
    expect(generationsOf('scanShard')).toBe(3);
    expect(longestHistory()).toBeLessThan(200);
    expect(claim()).toMatchObject({ finished: { outcome: 'clean' } });
  });

  test('of very many stores goes on as new: each has its result, and no history is long', async () => {
    await hub.close();
    hub = withStores(...Array.from({ length: 69 }, (_, n) => `store-${n}`));
    await takeSnapshot(hub.world);
    const { output } = await scan();
    expect(output).toMatchObject({ outcome: 'clean', counts: { blobs: 3 * 70 } });
    expect(new Set(result().stores.map(({ store }) => store)).size).toBe(70);
    expect(longestHistory()).toBeLessThan(200);
  });

  test.each<ActivityTrouble>(['said', 'thrown', 'garbled'])(
    'with a shard whose trouble is %s scans the others, and names the one',
    async (trouble) => {
      await withSixteenShards();
      makeFail(hub.world, 'scanPart', trouble, isShard('7'));
      const { output } = await scan();
      expect(output.outcome).toBe('failed');
      expect(output.detail).toMatch(/^1 shard\(s\) were not scanned to their end; files 7: /);
      expect(output.detail).toMatch(wordsOfTrouble[trouble]);
      expect(result().incomplete).toMatchObject([{ store: 'files', shard: '7' }]);
      expect(output.counts?.blobs).toBeGreaterThan(50);
      // What was not read is not called missing.
      expect(output.counts).toMatchObject({ ok: output.counts?.blobs, missing: 0 });
      expect(claim()).toMatchObject({ finished: { outcome: 'failed' } });
    },
  );

  test('of a store that is repaired by itself starts a repair of what it found, and says what it found', async () => {
    await hub.close();
    const estate = structuredClone(sampleEstate());
    estate.systems[0]!.regions[0]!.blobStores[0]!.repair = 'automatic';
    hub = new WorkflowHub(undefined, { estate });
    await takeSnapshot(hub.world);
    hub.world.contents.damage([...hub.world.contents.blobs.keys()][0]!, 'flip');
    expect((await scan()).output).toMatchObject({ outcome: 'damaged', counts: { 'digest-mismatch': 1 } });
    expect(hub.world.vault.json(vaultPaths.slot(scope, 'repair', slot))).toHaveProperty('finished.outcome');
    expect(hub.histories().filter(({ name }) => name === 'repair')).toHaveLength(1);
    expect(hub.histories().filter(({ name }) => name === 'waitForApproval')).toEqual([]);
  });

  test('of some blobs only serves no slot and leaves the result of the whole one in view', async () => {
    await takeSnapshot(hub.world);
    await scan();
    const later = '20260301T013100Z';
    const input = { ...scope, slot: later, trigger: 'person', mode: 'new' };
    await hub.run('integrityScan', `scan.shop.westeurope.${later}`, input);
    expect(hub.world.vault.json(vaultPaths.slot(scope, 'scan', later))).toMatchObject({
      finished: { outcome: 'partial' },
    });
    expect(await newestWholeScan(hub.world.deps, scope)).toMatchObject({ id: `scan-${slot}` });
  });

  test('with a shard that fails still reports the damage of another', async () => {
    await withSixteenShards();
    const name = [...hub.world.contents.blobs.keys()][0]!;
    hub.world.contents.damage(name, 'flip');
    makeFail(hub.world, 'scanPart', 'said', isShard('stray'));
    const { output } = await scan();
    expect(output.outcome).toBe('damaged');
    expect(output.detail).toMatch(
      /^1 damaged and 0 missing of 63 blobs; 1 shard\(s\) were not scanned to their end; files stray: the role is missing$/,
    );
    expect(hub.world.vault.paths(vaultPaths.alerts(scope))).toContain(
      'v1/shop/westeurope/alerts/scan-damage.json',
    );
  });

  test.each<ActivityTrouble>(['said', 'thrown', 'garbled'])(
    'with a shard that cannot be judged (%s) has failed, and what is known of it stays as it was',
    async (trouble) => {
      await withSixteenShards();
      makeFail(hub.world, 'finishShard', trouble, isShard('7'));
      const { output } = await scan();
      expect(output).toMatchObject({ outcome: 'failed', counts: { blobs: 63, ok: 63 } });
      expect(output.detail).toMatch(/^1 shard\(s\) were not scanned to their end; files 7: /);
      const states = hub.world.vault.paths('v1/shop/westeurope/scrub/files/sha256/');
      expect(states).toHaveLength(15);
      expect(states).not.toContain('v1/shop/westeurope/scrub/files/sha256/70-80.bin');
    },
  );

  test.each<ActivityTrouble>(['said', 'thrown', 'garbled'])(
    'whose log of changes cannot be verified (%s) has failed, and judges no shard',
    async (trouble) => {
      const hexes = await withSixteenShards();
      hub.world.contents.blobs.delete(`${hexes[7]!.slice(0, 2)}/${hexes[7]}`);
      makeFail(hub.world, 'verifyChanges', trouble);
      const { output } = await scan();
      expect(output).toMatchObject({ outcome: 'failed', counts: { blobs: 62, ok: 62, missing: 0 } });
      expect(output.detail).toMatch(/^1 shard\(s\) were not scanned to their end; files change records: /);
      expect(hub.world.vault.paths('v1/shop/westeurope/scrub/')).toEqual([]);
    },
  );

  test.each<ActivityTrouble>(['said', 'thrown', 'garbled'])(
    'with a store that cannot be planned (%s) scans the others, and names the one',
    async (trouble) => {
      await hub.close();
      hub = withThreeStores();
      await takeSnapshot(hub.world);
      makeFail(hub.world, 'planStore', trouble, (input) => (input as { store: string }).store === 'models');
      const { output } = await scan();
      expect(output).toMatchObject({ outcome: 'failed', counts: { blobs: 6, ok: 6 } });
      expect(output.detail).toMatch(wordsOfTrouble[trouble]);
      expect(result().incomplete).toMatchObject([{ store: 'models', shard: 'all' }]);
    },
  );

  test('whose store does not answer three times goes through', async () => {
    await takeSnapshot(hub.world);
    const listPage = hub.world.contents.listPage.bind(hub.world.contents);
    let failures = 3;
    hub.world.contents.listPage = (...given) =>
      (failures -= 1) >= 0
        ? Promise.reject(new Failure('unavailable', 'no answer', 'It passes.'))
        : listPage(...given);
    expect((await scan()).output).toMatchObject({ outcome: 'clean', counts: { ok: 3 } });
  });

  test.each<[string, ActivityTrouble]>([
    ['planScan', 'said'],
    ['planScan', 'thrown'],
    ['finalizeScan', 'said'],
    ['finalizeScan', 'garbled'],
  ])('whose %s ends in trouble (%s) has failed and says why', async (activity, trouble) => {
    makeFail(hub.world, activity, trouble);
    const { status, output } = await scan();
    expect(status).toBe('Completed');
    expect(output).toMatchObject({
      outcome: 'failed',
      detail: expect.stringMatching(wordsOfTrouble[trouble]) as string,
    });
    expect(claim()).toMatchObject({ finished: { outcome: 'failed' } });
    expect(hub.world.vault.json(vaultPaths.alert(scope, 'scan-failed'))).toMatchObject({
      detail: expect.stringMatching(wordsOfTrouble[trouble]) as string,
      runbook: 'runbooks/scan-damage.md',
    });
  });

  test('of a store of many parts goes on as new: the totals are whole and no history is long', async () => {
    const { contents } = hub.world;
    const all = Array.from({ length: 60 }, (_, n) => contents.put(`content ${n}`, layout));
    hub.world.source.references.push(...all);
    await takeSnapshot(hub.world);
    contents.blobs.delete(`${all[7]!.slice(0, 2)}/${all[7]}`);
    contents.pageSize = 1;
    const listPage = contents.listPage.bind(contents);
    contents.listPage = (...given) => {
      hub.time.jumpTo(hub.time.now() + 11_000);
      return listPage(...given);
    };
    const { output } = await scan();
    expect(output).toMatchObject({ outcome: 'damaged', counts: { blobs: 62, ok: 62, missing: 1 } });
    const parts = hub.world.vault.paths(vaultPaths.scanParts(scope, `scan-${slot}`));
    expect(parts.filter((path) => /files\.all\.\d/.test(path))).toHaveLength(62);
    expect(longestHistory()).toBeLessThan(200);
  });

  test('of a store of many shards goes on as new: the totals are whole and no history is long', async () => {
    const { contents } = hub.world;
    const all = Array.from({ length: 400 }, (_, n) => contents.put(`content ${n}`, layout));
    hub.world.source.references.push(...all);
    divideFinely(hub.world, 2);
    await takeSnapshot(hub.world);
    contents.blobs.delete(`${all[7]!.slice(0, 2)}/${all[7]}`);
    contents.damage(`${all[8]!.slice(0, 2)}/${all[8]}`, 'flip');
    contents.blobs.set('odd', Buffer.from('x'));
    const { output } = await scan();
    expect(output).toMatchObject({
      outcome: 'damaged',
      counts: { blobs: 403, ok: 401, missing: 1, 'digest-mismatch': 1, 'not-an-address': 1, cycleBlobs: 402 },
    });
    expect(result().findings.map((one) => one.verdict)).toEqual([
      ...['missing', 'digest-mismatch', 'not-an-address'],
    ]);
    const shards = result().stores[0]!.shards;
    expect(shards).toBeGreaterThan(200);
    expect(hub.world.vault.paths('v1/shop/westeurope/scrub/files/')).toHaveLength(shards - 1);
    expect(longestHistory()).toBeLessThan(200);
  });
});
