/** What is left of scans once newer ones have ended: results always, findings of the newest, nothing that worked. */
import { beforeEach, describe, expect, test } from 'vitest';
import { claimSlot } from '../../src/activities/slots.ts';
import { findingsOf } from '../../src/activities/scan/findings.ts';
import { vaultRoot } from '../../src/contracts/vault-paths.ts';
import { takeSnapshot } from '../support/drill-steps.ts';
import { scope } from '../support/sample-estate.ts';
import { planScan, planShards, scanAll, type ScanOrder } from '../support/scan-steps.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';
import { nameOf } from '../support/scanned-shop.ts';

let clock: VirtualWallClock;
let world: World;

beforeEach(async () => {
  clock = new VirtualWallClock();
  world = makeWorld(clock);
  await takeSnapshot(world);
  world.contents.damage(nameOf('one'), 'flip');
});

/** Scans, and says that the run has ended; its id. */
async function scanned(order: ScanOrder = {}): Promise<string> {
  clock.advance(3_600);
  const { id } = await scanAll(world, order);
  const slot = id.slice('scan-'.length);
  await world.value('finishSlot', { ...scope, kind: 'scan', slot, outcome: 'clean' });
  return id;
}
const tidyUp = (): Promise<unknown> => world.value('removeScanDocuments', scope);
/** In which folders something of a scan is left. */
const foldersOf = (scan: string): string[] =>
  ['expected', 'scan-parts', 'scan-plans', 'scan-records', 'scans'].filter(
    (folder) => world.vault.paths(`${vaultRoot(scope)}/${folder}/${scan}`).length > 0,
  );
async function findings(scan: string): Promise<number> {
  let count = 0;
  for await (const some of findingsOf(world.deps, scope, scan)) count += some.length;
  return count;
}

test('the newest scan keeps its findings, older ones their result alone', async () => {
  const [old, newest] = [await scanned(), await scanned()];
  expect(foldersOf(old)).toHaveLength(5);
  expect(await tidyUp()).toEqual({ isDone: true });
  expect(foldersOf(old)).toEqual(['scans']);
  expect(foldersOf(newest)).toEqual(['scan-parts', 'scan-plans', 'scans']);
  expect(await findings(newest)).toBe(1);
});

test('a scan that is still at work keeps everything, and ends as if nothing had been removed', async () => {
  clock.advance(60);
  const running = await planScan(world);
  await planShards(world, running, 'files');
  await scanned();
  await tidyUp();
  expect(foldersOf(running.scan)).toEqual(['expected', 'scan-plans']);
});

test('a repair that is under way keeps the scan that it goes by', async () => {
  const old = await scanned();
  clock.advance(60);
  const slot = '20260302T000000Z';
  const position = { part: 0, from: 0 };
  await claimSlot(world.deps, scope, 'repair', slot, 'person');
  await world.value('examineRepair', { ...scope, slot, scan: old, position });
  const between = await scanned();
  await scanned();
  await tidyUp();
  expect(foldersOf(old)).toContain('scan-parts');
  expect(foldersOf(between)).toEqual(['scans']);
  await world.value('finishSlot', { ...scope, kind: 'repair', slot, outcome: 'done' });
  await tidyUp();
  expect(foldersOf(old)).toEqual(['scans']);
});

describe('a removal that was cut off', () => {
  test.each(['scan-records', 'expected', 'scan-parts', 'scan-plans'])(
    'in %s is taken up by the next one',
    async (folder) => {
      const old = await scanned();
      await scanned();
      world.vault.faults.on(`delete ${vaultRoot(scope)}/${folder}/${old}`, 'after');
      expect((await world.run('removeScanDocuments', scope)).outcome).toBe('failed');
      await tidyUp();
      expect(foldersOf(old)).toEqual(['scans']);
    },
  );
});
