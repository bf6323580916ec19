import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ScanDocument, ScanResult } from '../../src/contracts/scan.ts';
import type { SlotClaim } from '../../src/contracts/documents.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { Failure } from '../../src/policy/failure.ts';
import { takeSnapshot } from '../support/drill-steps.ts';
import { makeFail, wordsOfTrouble, type ActivityTrouble } from '../support/failing-activities.ts';
import { sampleEstate, scope } from '../support/sample-estate.ts';
import { WorkflowHub, type Ended } from '../support/workflow-hub.ts';
import { layout } from '../support/world.ts';

const slot = '20260301T020000Z';
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
    (input as { shard: string }).shard === shard;

/** An estate whose shop has three stores of the same rows. */
function withThreeStores(): WorkflowHub {
  const estate = structuredClone(sampleEstate());
  const stores = estate.systems[0]!.regions[0]!.blobStores;
  for (const id of ['models', 'images']) stores.push({ ...stores[0]!, id, container: id });
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
    expect(hub.histories().filter(({ name }) => name === 'scanShard')).toHaveLength(51);
    expect(longestHistory()).toBeLessThan(200);
    expect(claim()).toMatchObject({ finished: { outcome: 'clean' } });
  });

  test.each<ActivityTrouble>(['said', 'thrown', 'garbled'])(
    'with a shard whose trouble is %s scans the others, and names the one',
    async (trouble) => {
      await takeSnapshot(hub.world);
      makeFail(hub.world, 'scanPart', trouble, isShard('7'));
      const { output } = await scan();
      expect(output.outcome).toBe('failed');
      expect(output.detail).toMatch(/^1 shard\(s\) were not scanned to their end; files 7: /);
      expect(output.detail).toMatch(wordsOfTrouble[trouble]);
      expect(result().incomplete).toMatchObject([{ store: 'files', shard: '7' }]);
      expect(output.counts?.blobs).toBeGreaterThan(0);
      expect(claim()).toMatchObject({ finished: { outcome: 'failed' } });
    },
  );

  test('with a shard that fails still reports the damage of another', async () => {
    await takeSnapshot(hub.world);
    const name = [...hub.world.contents.blobs.keys()][0]!;
    hub.world.contents.damage(name, 'flip');
    makeFail(hub.world, 'scanPart', 'said', isShard('stray'));
    const { output } = await scan();
    expect(output.outcome).toBe('damaged');
    expect(output.detail).toMatch(/1 shard\(s\) were not scanned: the role is missing$/);
    expect(hub.world.vault.paths(vaultPaths.alerts(scope))).toContain(
      'v1/shop/westeurope/alerts/scan-damage.json',
    );
  });

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
      hub.time.jumpTo(hub.time.now() + 61_000);
      return listPage(...given);
    };
    const { output } = await scan();
    expect(output).toMatchObject({ outcome: 'damaged', counts: { blobs: 62, ok: 62, missing: 1 } });
    const parts = hub.world.vault.paths(vaultPaths.scanParts(scope, `scan-${slot}`));
    expect(parts.filter((path) => path.includes('files.stray'))).toHaveLength(62);
    expect(longestHistory()).toBeLessThan(200);
  });
});
