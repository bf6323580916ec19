/** The repair's orchestration: plan first, then a person's approval or the estate's policy, then the result. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AlertDocument } from '../../src/contracts/documents.ts';
import { repairPaths, type RepairDocument } from '../../src/contracts/repair.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { Failure } from '../../src/policy/failure.ts';
import { makeFail, wordsOfTrouble, type ActivityTrouble } from '../support/failing-activities.ts';
import { RepairHub } from '../support/repair-hub.ts';
import { damagedBlobOf, matrix } from '../support/repair-matrix.ts';
import {
  damageCurrent,
  damaged,
  good,
  makeRepairWorld,
  nameOfGood,
  slot,
  type DamageKind,
} from '../support/repair-world.ts';
import { scope } from '../support/sample-estate.ts';

const day = 86_400;
let hub: RepairHub;

beforeEach(() => begin());
afterEach(() => hub.close());

/** A blob with a good earlier version, damaged. */
function begin(mode: 'manual' | 'automatic' = 'manual', kind: DamageKind = 'a flipped bit'): void {
  hub = new RepairHub((clock) => {
    const world = makeRepairWorld(clock, { mode });
    world.store.upload(nameOfGood, good);
    damageCurrent(world.store, kind);
    world.find([nameOfGood, damaged(kind, good) === undefined ? 'missing' : 'digest-mismatch']);
    return world;
  });
}

/** A hub in which a repair of another mode is begun. */
async function beginAgain(make: () => void): Promise<void> {
  await hub.close();
  make();
}

/** Somebody does something at the n-th look for an approval. */
function atLook(count: number, work: (plan: string) => void): void {
  const run = hub.world.run.bind(hub.world);
  let looks = 0;
  hub.world.run = async (name, input) => {
    if (name === 'readApproval' && (looks += 1) === count) work((input as { plan: string }).plan);
    return run(name, input);
  };
}
const result = (): RepairDocument => hub.world.vault.json(repairPaths.result(scope, `repair-${slot}`));
const alert = (key: string): AlertDocument | undefined => {
  const path = vaultPaths.alert(scope, key);
  return hub.world.vault.paths(path).length === 0 ? undefined : hub.world.vault.json<AlertDocument>(path);
};

describe('a repair', () => {
  test('waits for an approval, however long it takes, and then does what was approved', async () => {
    atLook(160, (plan) => hub.world.decide(plan));
    const { status, output } = await hub.run();
    expect(status).toBe('Completed');
    expect(output).toMatchObject({ outcome: 'done', repaired: 1, left: 0 });
    expect(output.seconds).toBeGreaterThan(3_600);
    expect(hub.world.store.bytesOf(nameOfGood)).toEqual(good);
    expect(result()).toMatchObject({ approval: { state: 'approved', sentence: 'Head of Shop approved it' } });
    expect(alert('repair-waiting')?.resolvedAt).toBeDefined();
    expect(hub.longestHistory).toBeLessThan(200);
  });

  test('that nobody approves writes nothing and says so', async () => {
    const { output } = await hub.run({ approvalSeconds: day });
    expect(output).toMatchObject({ outcome: 'not-approved', repaired: 0, left: 1 });
    expect(output.detail).toContain('nobody approved it within 86400 s');
    expect(output.seconds).toBeGreaterThanOrEqual(day);
    expect(output.seconds).toBeLessThan(day + 60);
    expect(hub.world.store.faults.count('put ')).toBe(0);
    expect(alert('repair-waiting')?.resolvedAt).toBeDefined();
    expect(alert('repair-incomplete')).toMatchObject({ severity: 'critical' });
  });

  test('that is rejected ends at once and writes nothing', async () => {
    atLook(3, (plan) => hub.world.decide(plan, { decision: 'rejected' }));
    const { output } = await hub.run();
    expect(output).toMatchObject({ outcome: 'not-approved' });
    expect(output.detail).toContain('Head of Shop rejected it');
    expect(hub.world.store.writes).toEqual([]);
  });

  test('approved by the one who acts waits on for somebody else', async () => {
    atLook(3, (plan) => hub.world.decide(plan, { by: 'lifeboat' }));
    const { output } = await hub.run({ approvalSeconds: day });
    expect(output).toMatchObject({ outcome: 'not-approved' });
    expect(output.detail).toContain('no second person');
    expect(hub.world.store.writes).toEqual([]);
  });

  test('by policy waits for nobody', async () => {
    await beginAgain(() => begin('automatic'));
    const { output } = await hub.run();
    expect(output).toMatchObject({ outcome: 'done', repaired: 1 });
    expect(alert('repair-waiting')).toBeUndefined();
    expect(output.seconds).toBeLessThan(60);
  });

  test('that is only tried out ends with the plan', async () => {
    const { output } = await hub.run({ dryRun: true });
    expect(output).toMatchObject({ outcome: 'dry-run', repaired: 0, left: 1 });
    expect(output.detail).toContain('1 of 1 damaged blob(s) would be repaired (dry run)');
    expect(hub.world.store.writes).toEqual([]);
    expect(hub.world.vault.paths(vaultPaths.alerts(scope))).toEqual([]);
    expect(hub.world.plan(output.plan!).items).toHaveLength(1);
  });

  test('run again after it has ended finds the blob right and does nothing', async () => {
    atLook(1, (plan) => hub.world.decide(plan));
    await hub.run();
    const { output } = await hub.run({ slot: '20260301T023000Z' }, 'again');
    expect(output).toMatchObject({ outcome: 'nothing', repaired: 0, left: 0 });
    expect(hub.world.store.writes).toHaveLength(1);
    expect(alert('repair-incomplete')).toBeUndefined();
  });

  test('without a scan to go by says what to do', async () => {
    const { output } = await hub.run({ scan: undefined });
    expect(output).toMatchObject({ outcome: 'failed' });
    expect(output.detail).toContain('no integrity scan of shop in westeurope has ended yet');
    expect(alert('repair-incomplete')).toMatchObject({ detail: output.detail });
  });

  test('whose store is away for a moment goes on by itself', async () => {
    atLook(1, (plan) => {
      hub.world.decide(plan);
      hub.world.vault.faults.on('append', 'before', { times: 2 });
    });
    expect((await hub.run()).output).toMatchObject({ outcome: 'done', repaired: 1 });
    expect(hub.world.store.writes).toHaveLength(1);
  });

  test('whose audit log takes no more writes nothing', async () => {
    atLook(1, (plan) => {
      hub.world.decide(plan);
      const error = new Failure('cannot-record', 'the log is full', 'Look at the vault.');
      hub.world.vault.faults.on('append', 'before', { times: 1_000, error });
    });
    const { output } = await hub.run();
    expect(output).toMatchObject({ outcome: 'failed', repaired: 0 });
    expect(hub.world.store.faults.count('put ')).toBe(0);
  });

  test.each<[string, ActivityTrouble]>([
    ['examineRepair', 'said'],
    ['sealRepair', 'garbled'],
    ['finalizeRepair', 'thrown'],
  ])('whose %s ends in trouble (%s) has failed, with an alert', async (activity, trouble) => {
    await beginAgain(() => begin('automatic'));
    makeFail(hub.world, activity, trouble);
    const { status, output } = await hub.run();
    expect(status).toBe('Completed');
    expect(output.outcome).toBe('failed');
    expect(output.detail).toMatch(wordsOfTrouble[trouble]);
    expect(alert('repair-incomplete')).toMatchObject({ detail: output.detail });
  });

  test('that breaks after somebody was asked to approve it asks nobody any more', async () => {
    atLook(1, (plan) => {
      expect(alert('repair-waiting')?.resolvedAt).toBeUndefined();
      hub.world.decide(plan);
    });
    makeFail(hub.world, 'finalizeRepair', 'thrown');
    expect((await hub.run()).output.outcome).toBe('failed');
    expect(alert('repair-waiting')?.resolvedAt).toBeDefined();
  });

  test('whose portions cannot be run tells it in the result', async () => {
    await beginAgain(() => begin('automatic'));
    makeFail(hub.world, 'applyRepair', 'said');
    const { output } = await hub.run();
    expect(output).toMatchObject({ outcome: 'incomplete', repaired: 0, left: 1 });
    expect(output.detail).toContain('the role is missing');
  });
});

describe('the repair matrix', () => {
  test.each(matrix)('$replica, $kind, $race', async ({ replica, kind, race }) => {
    await beginAgain(() => {
      hub = new RepairHub((clock) => {
        const world = damagedBlobOf(clock, replica, kind);
        world.find([nameOfGood, damaged(kind, good) === undefined ? 'missing' : 'digest-mismatch']);
        return world;
      });
    });
    const { store } = hub.world;
    const other = Buffer.from('what somebody else wrote in the meantime');
    atLook(2, (plan) => {
      if (race === 'changed meanwhile') store.upload(nameOfGood, other);
      if (race === 'repaired meanwhile') store.upload(nameOfGood, good);
      hub.world.decide(plan);
    });
    const { output } = await hub.run();
    const expected = {
      undisturbed: { outcome: 'done', repaired: 1, left: 0, writes: 1, bytes: good },
      'changed meanwhile': { outcome: 'incomplete', repaired: 0, left: 1, writes: 0, bytes: other },
      'repaired meanwhile': { outcome: 'nothing', repaired: 0, left: 0, writes: 0, bytes: good },
    }[race];
    const { outcome, repaired, left } = output;
    const found = { outcome, repaired, left, writes: store.writes.length, bytes: store.bytesOf(nameOfGood) };
    expect(found).toEqual(expected);
  });
});
