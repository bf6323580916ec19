/** The repair: what is looked at, kept, recorded and told around a write, and who may have it done. */
import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { repairPaths } from '../../src/contracts/repair.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { Failure } from '../../src/policy/failure.ts';
import { applyAll, finishRepair, planRepair, repairAll } from '../support/repair-steps.ts';
import {
  alertOf,
  auditStages,
  damageCurrent,
  damaged,
  good,
  hexOfGood,
  makeDamagedWorld,
  makeRepairWorld,
  nameOfGood,
  slot,
  type RepairWorld,
} from '../support/repair-world.ts';
import { scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';

let clock: VirtualWallClock;
let world: RepairWorld;

beforeEach(() => {
  clock = new VirtualWallClock();
});

describe('a repair', () => {
  beforeEach(() => {
    world = makeDamagedWorld(clock, 'a flipped bit');
  });

  test('looks without writing: a plan leaves the store as it was', async () => {
    world.store.replicate(); // A second copy, which need not be read once the first is good.
    const planned = await planRepair(world, true);
    expect(planned).toMatchObject({ manual: 1, repair: `repair-${slot}` });
    expect(world.store.faults.calls.filter((call) => /^(put|undelete|delete)/.test(call))).toEqual([]);
    expect(world.vault.paths(vaultPaths.alerts(scope))).toEqual([]);
    const [item] = world.plan(planned.plan).items;
    expect(item!.copies).toHaveLength(1);
    expect(world.store.faults.count('open secondary')).toBe(0);
    expect(item).toMatchObject({
      decision: 'repairable',
      from: { kind: 'version', verdict: 'good' },
      damaged: { digest: expect.stringMatching(/^sha256-/) as string },
    });
  });

  test('keeps the damaged bytes in quarantine before it writes over them', async () => {
    const seen: string[] = [];
    const put = world.store.put.bind(world.store);
    world.store.put = (...given) => {
      seen.push(...world.vault.paths().filter((path) => path.includes('/quarantine/')));
      return put(...given);
    };
    await repairAll(world);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatch(new RegExp(`quarantine/files/${hexOfGood}-etag-\\d+$`));
    expect(world.vault.text(seen[0]!)).toBe(damaged('a flipped bit', good)!.toString());
    expect(world.items()[0]).toMatchObject({ quarantine: seen[0], authority: 'Head of Shop approved it' });
  });

  test('records what it means to do before it does anything, and what came of it', async () => {
    const puts = world.store.put.bind(world.store);
    let before: string[] = [];
    world.store.put = (...given) => {
      before = auditStages(world);
      return puts(...given);
    };
    await repairAll(world);
    expect(before).toEqual(['intent']);
    expect(auditStages(world)).toEqual(['intent', 'outcome']);
  });

  test('that cannot be recorded is not done', async () => {
    const planned = await planRepair(world);
    world.decide(planned.plan);
    world.vault.faults.on('append', 'before', {
      error: new Failure('cannot-record', 'the log is full', 'Look at the vault.'),
    });
    await expect(applyAll(world, planned.plan)).rejects.toThrow('cannot-record');
    expect(world.store.writes).toEqual([]);
    expect(world.items()).toEqual([]);
    await applyAll(world, planned.plan);
    expect(world.store.bytesOf(nameOfGood)).toEqual(good);
  });

  test('whose quarantine cannot be written or does not hold the bytes writes nothing', async () => {
    const planned = await planRepair(world);
    world.decide(planned.plan);
    world.vault.faults.on('quarantine', 'before');
    expect(await applyAll(world, planned.plan)).toMatchObject([/is disturbed/]);
    const etag = world.plan(planned.plan).items[0]!.damaged!.version;
    world.vault.put(repairPaths.quarantine(scope, 'files', hexOfGood, etag), 'something else');
    expect(await applyAll(world, planned.plan)).toMatchObject([/Nothing|quarantine .* holds/]);
    expect(world.store.writes).toEqual([]);
  });

  test('that is not approved does nothing, whoever asks', async () => {
    const planned = await planRepair(world);
    const refused = /is not approved/;
    await expect(applyAll(world, planned.plan)).rejects.toThrow(refused);
    world.decide(planned.plan, { decision: 'rejected' });
    await expect(applyAll(world, planned.plan)).rejects.toThrow(refused);
    world.decide(planned.plan, { by: 'lifeboat' });
    await expect(applyAll(world, planned.plan)).rejects.toThrow(refused);
    world.decide(planned.plan);
    clock.advance(2 * 86_400);
    await expect(applyAll(world, planned.plan)).rejects.toThrow(/has expired/);
    expect(world.store.writes).toEqual([]);
  });

  test('from a plan that was changed after it was approved does nothing', async () => {
    const planned = await planRepair(world);
    world.decide(planned.plan);
    const path = vaultPaths.plan(scope, planned.plan);
    world.vault.put(path, world.vault.text(path).replace('"left":0', '"left":1'));
    await expect(applyAll(world, planned.plan)).rejects.toThrow(/was changed since/);
    expect(world.store.writes).toEqual([]);
  });

  test('by policy needs no approval, as long as the estate says so', async () => {
    world = makeDamagedWorld(clock, 'a flipped bit', 'automatic');
    const planned = await planRepair(world);
    expect(planned).toMatchObject({ automatic: 1, manual: 0 });
    const [entry] = world.deps.estate.systems[0]!.regions[0]!.blobStores;
    Object.assign(entry!, { repair: 'manual' });
    expect(await applyAll(world, planned.plan, 'automatic')).toMatchObject([/does not allow it/]);
    expect(world.store.writes).toEqual([]);
    Object.assign(entry!, { repair: 'automatic' });
    await applyAll(world, planned.plan, 'automatic');
    expect(world.items()[0]).toMatchObject({ outcome: 'repaired', authority: 'policy' });
  });

  test('run twice has one effect', async () => {
    const planned = await planRepair(world);
    world.decide(planned.plan);
    await applyAll(world, planned.plan);
    const [first] = world.items();
    await applyAll(world, planned.plan);
    expect(world.store.writes).toHaveLength(1);
    expect(world.items()).toEqual([first]);
    expect(auditStages(world)).toEqual(['intent', 'outcome']);
    const document = await finishRepair(world, planned);
    expect(await finishRepair(world, planned)).toEqual(document);
  });

  test('tells people while it waits and no longer once it is done', async () => {
    const planned = await planRepair(world);
    expect(alertOf(world, 'repair-waiting').detail).toContain(planned.plan);
    expect(alertOf(world, 'repair-waiting').resolvedAt).toBeUndefined();
    world.decide(planned.plan);
    await applyAll(world, planned.plan);
    await finishRepair(world, planned);
    expect(alertOf(world, 'repair-waiting').resolvedAt).toBeDefined();
  });

  test('whose copy goes bad after the plan commits nothing', async () => {
    const planned = await planRepair(world);
    world.decide(planned.plan);
    world.store.rot(nameOfGood, 'versions', Buffer.from('went bad'));
    expect(await applyAll(world, planned.plan)).toEqual([]);
    expect(world.items()).toMatchObject([
      { outcome: 'no-good-copy', detail: expect.stringContaining('nothing was written') as string },
    ]);
    expect(world.store.writes).toEqual([]);
  });

  test('that reads back wrong is told as failed', async () => {
    const put = world.store.put.bind(world.store);
    world.store.put = async (...given) => {
      const version = await put(...given);
      world.store.rot(nameOfGood, 'current', Buffer.from('wrong again'));
      return version;
    };
    const document = await repairAll(world);
    expect(document).toMatchObject({ outcome: 'incomplete', items: [{ outcome: 'failed' }] });
  });

  test('loses to a write of the very last moment', async () => {
    const put = world.store.put.bind(world.store);
    const last = Buffer.from('the last moment');
    world.store.put = (...given) => {
      world.store.upload(nameOfGood, last);
      return put(...given);
    };
    await repairAll(world);
    expect(world.items()[0]?.outcome).toBe('refused');
    expect(world.store.bytesOf(nameOfGood)).toEqual(last);
    expect(world.store.writes).toEqual([]);
  });

  test('takes the copy that a person put into the vault where the store has none', async () => {
    world = makeRepairWorld(clock, { keeping: 'nothing' });
    damageCurrent(world.store, 'no bytes left');
    world.find([nameOfGood, 'digest-mismatch']);
    world.vault.put(repairPaths.copy(scope, 'files', hexOfGood), good);
    expect(await repairAll(world)).toMatchObject({ outcome: 'done', repaired: 1 });
    expect(world.items()[0]).toMatchObject({ from: { kind: 'vault' } });
    expect(world.store.bytesOf(nameOfGood)).toEqual(good);
  });

  test('of many findings goes on from portion to portion and finds each blob once', async () => {
    const names = Array.from({ length: 30 }, (_, n) => {
      const bytes = Buffer.from(`content ${n}`);
      const hex = createHash('sha256').update(bytes).digest('hex');
      const name = `${hex.slice(0, 2)}/${hex}`;
      world.store.upload(name, bytes);
      world.store.delete(name);
      return name;
    });
    world.find(...names.map((name) => [name, 'missing'] as const), [names[0]!, 'missing'], ['x', 'missing']);
    const list = world.store.list.bind(world.store);
    world.store.list = (...given) => {
      clock.advance(10);
      return list(...given);
    };
    const planned = await planRepair(world);
    expect(world.vault.paths(repairPaths.parts(scope, planned.repair)).length).toBeGreaterThan(1);
    expect(world.plan(planned.plan).items).toHaveLength(31);
    world.decide(planned.plan);
    await applyAll(world, planned.plan);
    expect(world.store.writes.toSorted()).toEqual(names.map((name) => `put ${name}`).toSorted());
    const document = await finishRepair(world, planned);
    expect(document).toMatchObject({ outcome: 'incomplete', repaired: 30, left: 1 });
    expect(document.items.find((item) => item.name === 'x')).toMatchObject({ outcome: 'refused' });
  });

  test('of one blob that cannot be looked at plans the others', async () => {
    const other = '00/another';
    world.find([nameOfGood, 'digest-mismatch'], [other, 'missing']);
    world.store.faults.on(`current ${nameOfGood}`, 'before', { times: 9 });
    const planned = await planRepair(world);
    expect(world.plan(planned.plan).items.map((item) => item.decision)).toEqual(['refused', 'refused']);
  });
});
