/** The repair: a good copy is written over damage and over nothing else; without a good copy nothing is written. */
import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import type { AlertDocument, AuditEntry } from '../../src/contracts/documents.ts';
import { repairPaths, type RepairOutcome } from '../../src/contracts/repair.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { Failure } from '../../src/policy/failure.ts';
import { damagedBlobOf } from '../support/repair-matrix.ts';
import { matrix, races, replicas } from '../support/repair-matrix.ts';
import { applyAll, finishRepair, planRepair, repairAll } from '../support/repair-steps.ts';
import {
  damageCurrent,
  damaged,
  damages,
  good,
  hexOfGood,
  makeRepairWorld,
  nameOfGood,
  slot,
  type DamageKind,
  type Finding,
  type RepairWorld,
} from '../support/repair-world.ts';
import { scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';

let clock: VirtualWallClock;
let world: RepairWorld;

const audits = (): string[] =>
  world.vault
    .entries<AuditEntry>(vaultPaths.auditSegments(scope))
    .filter((entry) => entry.action === 'repair-blob')
    .map((entry) => entry.stage);
const alert = (key: string): AlertDocument => world.vault.json(vaultPaths.alert(scope, key));
const isDone = (): RepairOutcome | undefined => world.items()[0]?.outcome;
const verdictOf = (kind: DamageKind): Finding =>
  damaged(kind, good) === undefined ? 'missing' : 'digest-mismatch';

/** A blob with an earlier version of the same content, then damaged. */
function makeDamage(kind: DamageKind, mode: 'manual' | 'automatic' = 'manual'): void {
  world = makeRepairWorld(clock, { keeping: 'versions', mode });
  world.store.upload(nameOfGood, good);
  damageCurrent(world.store, kind);
  world.find([nameOfGood, verdictOf(kind)]);
}

beforeEach(() => {
  clock = new VirtualWallClock();
});

describe('the repair matrix', () => {
  test('is of 2 replicas, 8 kinds of damage and 3 races', () => {
    expect(matrix).toHaveLength(2 * 8 * 3);
    expect([replicas.length, damages.length, races.length]).toEqual([2, 8, 3]);
  });

  test.each(matrix)('$replica, $kind, $race', async ({ replica, kind, race }) => {
    world = damagedBlobOf(clock, replica, kind);
    world.find([nameOfGood, verdictOf(kind)]);
    const other = Buffer.from('what somebody else wrote in the meantime');
    const document = await repairAll(world, () => {
      if (race === 'changed meanwhile') world.store.upload(nameOfGood, other);
      if (race === 'repaired meanwhile') world.store.upload(nameOfGood, good);
    });
    const { store } = world;
    const [item] = world.items();
    expect({
      ...{ outcome: item?.outcome, left: document.left, bytes: store.bytesOf(nameOfGood) },
      ...{ writes: store.writes.length, asked: store.faults.count('put ') },
    }).toEqual(
      {
        undisturbed: { outcome: 'repaired', left: 0, bytes: good, writes: 1, asked: 1 },
        'changed meanwhile': { outcome: 'refused', left: 1, bytes: other, writes: 0, asked: 0 },
        'repaired meanwhile': { outcome: 'not-damaged-any-more', left: 0, bytes: good, writes: 0, asked: 0 },
      }[race],
    );
  });

  test.each(replicas.flatMap((replica) => damages.map((kind) => ({ replica, kind }))))(
    '$replica that is bad too, $kind: not one write',
    async ({ replica, kind }) => {
      world = damagedBlobOf(clock, replica, kind);
      const bad = Buffer.from('bad as well');
      world.store.rot(nameOfGood, 'versions', bad);
      world.store.rot(nameOfGood, 'secondary', bad);
      world.find([nameOfGood, verdictOf(kind)]);
      const before = world.store.bytesOf(nameOfGood);
      const planned = await planRepair(world);
      expect(planned).toMatchObject({ automatic: 0, manual: 0 });
      world.decide(planned.plan);
      await applyAll(world, planned.plan);
      expect(world.store.writes).toEqual([]);
      expect(world.store.faults.count('put ')).toBe(0);
      expect(world.store.bytesOf(nameOfGood)).toEqual(before);
      expect(world.plan(planned.plan).items).toMatchObject([{ decision: 'no-good-copy' }]);
      expect(await finishRepair(world, planned)).toMatchObject({
        outcome: 'incomplete',
        repaired: 0,
        left: 1,
      });
      expect(alert('repair-incomplete')).toMatchObject({ severity: 'critical' });
    },
  );
});

describe('a repair', () => {
  beforeEach(() => makeDamage('a flipped bit'));

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
      before = audits();
      return puts(...given);
    };
    await repairAll(world);
    expect(before).toEqual(['intent']);
    expect(audits()).toEqual(['intent', 'outcome']);
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
    makeDamage('a flipped bit', 'automatic');
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
    expect(audits()).toEqual(['intent', 'outcome']);
    const document = await finishRepair(world, planned);
    expect(await finishRepair(world, planned)).toEqual(document);
  });

  test('tells people while it waits and no longer once it is done', async () => {
    const planned = await planRepair(world);
    expect(alert('repair-waiting').detail).toContain(planned.plan);
    expect(alert('repair-waiting').resolvedAt).toBeUndefined();
    world.decide(planned.plan);
    await applyAll(world, planned.plan);
    await finishRepair(world, planned);
    expect(alert('repair-waiting').resolvedAt).toBeDefined();
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
    expect(isDone()).toBe('refused');
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

describe('a soft-deleted blob', () => {
  beforeEach(() => {
    world = makeRepairWorld(clock, { keeping: 'soft-delete' });
    world.find([nameOfGood, 'missing']);
  });

  test('is undeleted, not written', async () => {
    world.store.delete(nameOfGood);
    expect(await repairAll(world)).toMatchObject({ outcome: 'done', repaired: 1 });
    expect(world.store.writes).toEqual([`undelete ${nameOfGood}`]);
    expect(world.store.bytesOf(nameOfGood)).toEqual(good);
  });

  test('is left deleted where another copy is good', async () => {
    world.store.replicate();
    world.store.delete(nameOfGood);
    await repairAll(world);
    expect(world.store.writes).toEqual([`put ${nameOfGood}`]);
  });

  test('that turns out wrong is deleted again: nothing is otherwise than before', async () => {
    world.store.delete(nameOfGood);
    world.store.rot(nameOfGood, 'deleted', Buffer.from('bad as well'));
    expect(await repairAll(world)).toMatchObject({ outcome: 'incomplete', repaired: 0, left: 1 });
    expect(world.store.bytesOf(nameOfGood)).toBeUndefined();
    expect(world.store.isSoftDeleted(nameOfGood)).toBe(true);
  });

  test('in whose place somebody uploads at the last moment: that upload is not deleted', async () => {
    world.store.delete(nameOfGood);
    const upload = Buffer.from('of the last moment');
    world.store.undelete = () => {
      clock.advance(1);
      world.store.upload(nameOfGood, upload);
      return Promise.resolve(true);
    };
    await repairAll(world);
    expect(isDone()).toBe('failed');
    expect(world.store.bytesOf(nameOfGood)).toEqual(upload);
    expect(world.store.writes).toEqual([]);
  });
});

describe('a repair that is killed', () => {
  /** Everything that one item does, in order: each is a place to be killed at. */
  const places = [
    ['vault', 'append', 0],
    ['store', 'current', 0],
    ['vault', 'createFrom', 0],
    ['vault', 'open', 0],
    ['vault', 'create v1/shop/westeurope/repair-items', 0],
    ['store', 'open version', 0],
    ['store', 'put', 0],
    ['store', `open ${nameOfGood}`, 3],
    ['vault', 'append', 1],
    ['vault', 'create v1/shop/westeurope/repair-items', 1],
  ] as const;

  test.each(
    places.flatMap(([where, what, skip]) => [
      { where, what, skip, fault: 'before' as const },
      { where, what, skip, fault: 'after' as const },
    ]),
  )(
    '$fault $what ($where, call $skip) goes on: one write, one result',
    async ({ where, what, skip, fault }) => {
      makeDamage('a flipped bit');
      const planned = await planRepair(world);
      world.decide(planned.plan);
      const faults = where === 'vault' ? world.vault.faults : world.store.faults;
      faults.on(what, fault, { skip, error: new Failure('cannot-record', 'killed here', 'It goes on.') });
      await expect(applyAll(world, planned.plan)).rejects.toThrow('killed here');
      await applyAll(world, planned.plan);
      expect(world.store.writes).toEqual([`put ${nameOfGood}`]);
      expect(world.store.bytesOf(nameOfGood)).toEqual(good);
      expect(world.items()).toMatchObject([{ outcome: 'repaired' }]);
      expect(world.vault.paths().filter((path) => path.includes('/quarantine/'))).toHaveLength(1);
      expect(audits()).toContain('outcome');
      expect(await finishRepair(world, planned)).toMatchObject({ outcome: 'done', repaired: 1 });
    },
  );
});
