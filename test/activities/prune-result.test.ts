/** What a prune came to, and the alerts that follow from it. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { AlertDocument } from '../../src/contracts/documents.ts';
import type { PortionEnd, PruneDocument } from '../../src/contracts/prune.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import type { ClockOffset } from '../../src/policy/clock-trust.ts';
import { finishPrune, off, oldAndNew, planPrune, snapshotsGone } from '../support/prune-steps.ts';
import { scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

let clock: VirtualWallClock;
let world: World;
let offsets: ClockOffset[];

beforeEach(() => {
  clock = new VirtualWallClock('2026-03-01T01:30:00.000Z');
  offsets = [{ source: 'storage', seconds: 0 }];
  world = makeWorld(clock, { referenceClocks: { offsets: async () => offsets } });
});

describe('the result', () => {
  const effect = (outcome: 'deleted' | 'refused' | 'failed'): PruneDocument['effects'][number] => ({
    ...{ item: 'shop-westeurope/lifeboat-1', outcome, detail: `it was ${outcome}` },
  });
  const finish = async (
    changes: Partial<{ dryRun: boolean; backups: PruneDocument['effects']; portions: PortionEnd[] }> = {},
  ): Promise<PruneDocument> => {
    clock.advance(1);
    const { plan } = await planPrune(world);
    return finishPrune(world, plan, { ...snapshotsGone(2), ...changes });
  };
  const alert = (key: string): AlertDocument | undefined => {
    const path = vaultPaths.alert(scope, key);
    return world.vault.paths(path).length === 0 ? undefined : world.vault.json<AlertDocument>(path);
  };

  test('says what went and what was kept, by reason with an example', async () => {
    const { fresh } = await oldAndNew(world, clock);
    expect(await finish({ backups: [effect('deleted')] })).toMatchObject({
      outcome: 'done',
      detail: '1 backup(s) and 2 blob snapshot(s) deleted',
      deleted: { backups: 1, snapshots: 2 },
      kept: [
        {
          ...{ reason: 'inside-window', decision: 'keep', count: 1 },
          example: `${fresh} kept: it is 0 hours old, inside the window of 168 hours; also: the newest proven recovery point, although 0 hours old`,
        },
      ],
    });
  });

  test('of a dry run says what would go, and touches no alert', async () => {
    await oldAndNew(world, clock);
    await finish({ backups: [effect('failed')] });
    expect(await finish({ dryRun: true })).toMatchObject({
      outcome: 'done',
      detail: expect.stringMatching(/^4 would be deleted \(dry run\)/) as string,
    });
    expect(alert('prune-failed')).toMatchObject({ count: 1 });
    expect(alert('prune-failed')).not.toHaveProperty('resolvedAt');
    offsets = off;
    expect(await finish({ dryRun: true })).toMatchObject({ outcome: 'blocked' });
    expect(alert('prune-blocked')).toBeUndefined();
  });

  test.each([
    ['refused', { backups: [effect('refused')] }, 'shop-westeurope/lifeboat-1: it was refused'],
    [
      'failed',
      { backups: [effect('deleted'), effect('failed')] },
      'shop-westeurope/lifeboat-1: it was failed',
    ],
    ['failed for a snapshot', snapshotsGone(0, ['files/x@1: a legal hold']), 'files/x@1: a legal hold'],
  ])(
    'of a deletion that was %s has failed, is an alert, and is resolved by the next good one',
    async (_how, facts, why) => {
      await oldAndNew(world, clock);
      const failed = await finish(facts);
      expect(failed.outcome).toBe('failed');
      expect(failed.detail).toContain(why);
      expect(alert('prune-failed')).toMatchObject({
        severity: 'warning',
        runbook: 'runbooks/prune-blocked.md',
      });
      await finish();
      expect(alert('prune-failed')).toHaveProperty('resolvedAt');
    },
  );

  test('of a prune that a guard blocked is no failure any more; of one that is held nothing was tried', async () => {
    await oldAndNew(world, clock);
    await finish({ backups: [effect('failed')] });
    await finishPrune(world, (await planPrune(world)).plan, { held: 'too much at once' });
    expect(alert('prune-failed')).not.toHaveProperty('resolvedAt');
    offsets = off;
    expect(await finish()).toMatchObject({ outcome: 'blocked' });
    expect(alert('prune-failed')).toHaveProperty('resolvedAt');
  });

  test('of a prune that a guard kept from deleting is blocked, with the sentence of the guard', async () => {
    await oldAndNew(world, clock);
    offsets = off;
    const document = await finish();
    expect(document).toMatchObject({
      outcome: 'blocked',
      detail: expect.stringContaining('by a clock that is not to be trusted') as string,
    });
    expect(document.kept.filter((one) => one.reason === 'clock')).toMatchObject([
      { kind: 'recovery-point', decision: 'blocked', count: 2 },
      { kind: 'blob-snapshot', decision: 'blocked', count: 2 },
    ]);
    expect(alert('prune-blocked')).toMatchObject({ count: 1, detail: document.detail });
    offsets = [{ source: 'storage', seconds: 0 }];
    await finish();
    expect(alert('prune-blocked')).toHaveProperty('resolvedAt');
  });
});
