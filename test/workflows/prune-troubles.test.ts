import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AlertDocument, LedgerEntry, RecoveryPoint, SlotClaim } from '../../src/contracts/documents.ts';
import type { PruneDocument, PruneResult } from '../../src/contracts/prune.ts';
import { isoOf } from '../../src/contracts/values.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { Failure } from '../../src/policy/failure.ts';
import { takeSnapshot } from '../support/drill-steps.ts';
import { makeFail, wordsOfTrouble, type ActivityTrouble } from '../support/failing-activities.ts';
import { scope } from '../support/sample-estate.ts';
import { WorkflowHub, type Ended } from '../support/workflow-hub.ts';

const day = 86_400_000;
const slot = '20260311T060000Z';
let hub: WorkflowHub;
let old: string[];

beforeEach(async () => {
  hub = new WorkflowHub();
  old = [await takeSnapshot(hub.world)];
  hub.world.contents.putSnapshot([...hub.world.contents.blobs.keys()][0]!, hub.world.clock.now());
  hub.time.jumpTo(hub.time.now() + day);
  old.push(await takeSnapshot(hub.world));
  hub.time.jumpTo(hub.time.now() + 9 * day);
  await takeSnapshot(hub.world);
  hub.world.servers.effects.length = 0;
});
afterEach(() => hub.close());

const prune = (more: object = {}): Promise<Ended<PruneResult>> =>
  hub.run('prune', `prune.shop.westeurope.${slot}`, { ...scope, slot, trigger: 'schedule', ...more });
const result = (): PruneDocument => hub.world.vault.json(vaultPaths.prune(scope, `prune-${slot}`));
const claim = (): SlotClaim => hub.world.vault.json(vaultPaths.slot(scope, 'prune', slot));
const backupsOf = (points: readonly string[]): string[] =>
  points.map((id) => id.replace('on-demand', 'lifeboat'));
const deletions = (): string[] => backupsOf(old).map((name) => `delete-backup ${name}`);
const alert = (key: string): AlertDocument | undefined => {
  const path = vaultPaths.alert(scope, key);
  return hub.world.vault.paths(path).length === 0 ? undefined : hub.world.vault.json<AlertDocument>(path);
};
/** Runs something once the plan stands. */
function afterPlan(change: () => void): void {
  const run = hub.world.run.bind(hub.world);
  hub.world.run = async (name, input) => {
    const outcome = await run(name, input);
    if (name === 'planPrune') change();
    return outcome;
  };
}

describe('a prune', () => {
  test('deletes what is past the window, each backup confirmed absent before the next, the oldest first', async () => {
    const { status, output } = await prune();
    expect(status).toBe('Completed');
    expect(output).toMatchObject({ outcome: 'done', deleted: 3, kept: 1, blocked: 0 });
    expect(hub.world.servers.effects).toEqual(deletions());
    expect(hub.world.contents.snapshots.size).toBe(0);
    const ledger = hub.world.vault.entries<LedgerEntry>(vaultPaths.ledgerSegments(scope));
    expect(ledger.map((entry) => `${entry.kind} ${entry.stage}`)).toEqual([
      'on-demand-backup intent',
      'on-demand-backup confirmed-absent',
      'on-demand-backup intent',
      'on-demand-backup confirmed-absent',
      'blob-snapshot intent',
      'blob-snapshot confirmed-absent',
    ]);
    expect(claim()).toMatchObject({ finished: { outcome: 'done' } });
  });

  test('that is only tried out deletes nothing, says what it would, and serves no slot', async () => {
    const { output } = await prune({ dryRun: true });
    expect(output).toMatchObject({ outcome: 'done', deleted: 0, kept: 1 });
    expect(output.detail).toBe('3 would be deleted (dry run)');
    expect(hub.world.servers.effects).toEqual([]);
    expect(hub.world.contents.snapshots.size).toBe(1);
    expect(hub.world.vault.paths(vaultPaths.ledgerSegments(scope))).toEqual([]);
    expect(claim()).toMatchObject({ finished: { outcome: 'dry-run' } });
  });

  test('that is only tried out and cannot be planned says so and raises nothing', async () => {
    makeFail(hub.world, 'planPrune', 'said');
    const { output } = await prune({ dryRun: true });
    expect(output).toMatchObject({ outcome: 'failed', detail: 'the role is missing' });
    expect(alert('prune-failed')).toBeUndefined();
  });

  test('run again after it has ended finds nothing left to do', async () => {
    await prune();
    const again = '20260311T070000Z';
    const { output } = await hub.run<PruneResult>('prune', `prune.shop.westeurope.${again}`, {
      ...{ ...scope, slot: again, trigger: 'person' },
    });
    expect(output).toMatchObject({ outcome: 'done', deleted: 0 });
    expect(hub.world.servers.effects).toEqual(deletions());
  });

  test('of a backup that was pinned since the plan refuses that one and deletes the others', async () => {
    afterPlan(() => {
      const path = vaultPaths.point(scope, old[0]!);
      const point = hub.world.vault.json<RecoveryPoint>(path);
      const pins = [{ by: 'x', at: isoOf(hub.world.clock.now()), reason: 'legal hold' }];
      hub.world.vault.put(path, JSON.stringify({ ...point, pins }));
    });
    const { output } = await prune();
    expect(output).toMatchObject({ outcome: 'failed', deleted: 2 });
    expect(result().effects).toMatchObject([
      { outcome: 'refused', detail: expect.stringContaining('pinned: legal hold') as string },
      { outcome: 'deleted' },
    ]);
    expect(hub.world.servers.effects).toEqual(deletions().slice(1));
    expect(alert('prune-failed')).toMatchObject({ detail: expect.stringContaining('legal hold') as string });
  });

  test('whose deletion is accepted and fails says in whose words, and deletes the others', async () => {
    hub.world.servers.failNext('delete-backup', 'InternalServerError', 'out of order');
    const { output } = await prune();
    expect(output).toMatchObject({ outcome: 'failed', deleted: 2 });
    expect(result().effects).toMatchObject([
      { outcome: 'failed', detail: 'InternalServerError: out of order' },
      { outcome: 'deleted' },
    ]);
    expect(claim()).toMatchObject({ finished: { outcome: 'failed' } });
  });

  test('of a server that is busy for a while waits for it', async () => {
    const begin = hub.world.servers.beginDeleteBackup.bind(hub.world.servers);
    let busy = 6;
    hub.world.servers.beginDeleteBackup = (...given) =>
      (busy -= 1) >= 0
        ? Promise.reject(new Failure('busy', 'another operation is at work', 'It is tried again.'))
        : begin(...given);
    expect((await prune()).output).toMatchObject({ outcome: 'done', deleted: 3 });
    expect(hub.world.servers.effects).toEqual(deletions());
  });

  test('of a server that stays busy gives up, and says so of each backup', async () => {
    hub.world.servers.beginDeleteBackup = () =>
      Promise.reject(new Failure('busy', 'another operation is at work', 'It is tried again.'));
    const { output } = await prune();
    expect(output).toMatchObject({ outcome: 'failed', deleted: 1 });
    expect(result().effects.map((one) => one.detail)).toEqual([
      'another operation is at work',
      'another operation is at work',
    ]);
    expect(Math.max(...hub.histories().map(({ history }) => history.length))).toBeLessThan(420);
  });

  test('whose deletion never ends gives up at the deadline', async () => {
    hub.world.servers.polls['delete-backup'] = Number.POSITIVE_INFINITY;
    const { output } = await prune();
    expect(output).toMatchObject({ outcome: 'failed' });
    expect(result().effects[0]).toMatchObject({
      outcome: 'failed',
      detail: expect.stringMatching(/had not ended after 14400 s/) as string,
    });
  });

  test('whose blob snapshots cannot be deleted still deleted the backups', async () => {
    makeFail(hub.world, 'pruneItems', 'said');
    expect((await prune()).output).toMatchObject({ outcome: 'failed', deleted: 2 });
    expect(result().detail).toBe('2 backup(s) and 0 blob snapshot(s) deleted; the role is missing');
  });

  test.each<[string, ActivityTrouble]>([
    ['planPrune', 'said'],
    ['planPrune', 'garbled'],
    ['finalizePrune', 'thrown'],
  ])('whose %s ends in trouble (%s) has failed, with an alert', async (activity, trouble) => {
    makeFail(hub.world, activity, trouble);
    const { status, output } = await prune();
    expect(status).toBe('Completed');
    expect(output.outcome).toBe('failed');
    expect(output.detail).toMatch(wordsOfTrouble[trouble]);
    expect(alert('prune-failed')).toMatchObject({ detail: output.detail });
    expect(claim()).toMatchObject({ finished: { outcome: 'failed' } });
    expect(hub.world.servers.effects).toEqual(activity === 'planPrune' ? [] : deletions());
  });

  test('of 1,203 blob snapshots goes portion by portion with a short history', async () => {
    const name = [...hub.world.contents.blobs.keys()][0]!;
    const from = hub.world.clock.now().minus({ days: 20 });
    hub.world.contents.snapshots.clear();
    for (let n = 0; n < 1_203; n += 1) hub.world.contents.putSnapshot(name, from.plus({ seconds: n }));
    expect((await prune()).output).toMatchObject({ outcome: 'done', deleted: 1_205 });
    expect(hub.world.contents.snapshots.size).toBe(0);
    expect(Math.max(...hub.histories().map(({ history }) => history.length))).toBeLessThan(200);
  });
});
