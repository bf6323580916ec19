/** The verification of a long log of changes in portions: whatever happens between them, it comes to what one comes to. */
import { beforeAll, expect, test } from 'vitest';
import type { ChangeSigner } from '../../local/sample-estate/change-record.ts';
import type { ActivityOutcome } from '../../src/contracts/activity.ts';
import type { ChangeLogSummary, ChangeRecordSource } from '../../src/contracts/change-records.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { budget } from '../budget.ts';
import { worldWithLog } from '../support/change-log-world.ts';
import type { Fault } from '../support/faults.ts';
import { scope } from '../support/sample-estate.ts';
import { about, planScan, planShards, type ScanOrder } from '../support/scan-steps.ts';
import { divideFinely } from '../support/small-shards.ts';
import { portionFinely } from '../support/small-portions.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { layout, type World } from '../support/world.ts';
import { makeHierarchy, pemOf, signerOf } from './change-records/authority.ts';
import { signLog, sourceOf, type Change, type LogRow } from './change-records/log.ts';

const contents = Array.from({ length: 120 }, (_, n) => `content ${n}`);
const records = '/scan-records/';
let source: ChangeRecordSource;
let log: LogRow[];

/** Of 300 records every third takes back what one brought in, some refer to the same, and some are out of order. */
const changes: readonly Change[] = Array.from({ length: 300 }, (_, n): Change =>
  n % 3 === 2
    ? { object: `object ${n - 1}`, operation: 'delete' }
    : { object: `object ${n % 50 === 7 ? n - 3 : n}`, operation: 'create', content: `content ${n % 120}` },
);

beforeAll(async () => {
  const ours = await makeHierarchy();
  source = sourceOf([pemOf(ours.anchor)], ours.lists);
  const signer: ChangeSigner = await signerOf(ours.devices[0], ours.intermediate);
  log = signLog(signer, changes);
});

/** A world of many shards in which a scan was planned; it verifies at once or in the smallest portions. */
async function planned(how: 'at once' | 'finely', order: ScanOrder = {}) {
  const clock = new VirtualWallClock('2026-06-01T01:30:00.000Z');
  const world = worldWithLog(clock, source, () => log);
  for (const content of contents) world.contents.put(content, layout);
  divideFinely(world, 12);
  const plan = await planScan(world, order);
  await planShards(world, plan, 'files');
  const calls =
    how === 'finely' ? portionFinely(world, { maxBlobsPerShard: 12, recordsAtOnce: 12 }) : undefined;
  return { world, input: about(plan, 'files'), calls };
}

type Planned = Awaited<ReturnType<typeof planned>>;

/** Verifies to the end; a portion that failed and may pass is run again. */
async function verify({ world, input }: Planned): Promise<unknown> {
  for (let portion = 0; ;) {
    const outcome: ActivityOutcome = await world.run('verifyChanges', { ...input, portion });
    if (outcome.outcome === 'failed' && outcome.failure.retryable) continue;
    if (outcome.outcome === 'failed') return outcome.failure.code;
    const value = outcome.value as { next?: number };
    if (value.next === undefined) return leftBy(world, input.scan, outcome.value);
    portion = value.next;
  }
}

/** What a verification leaves for the shards, and says. */
function leftBy(world: World, scan: string, value: unknown): object {
  const { summary } = world.vault.json<{ summary: ChangeLogSummary }>(
    vaultPaths.changeScan(scope, scan, 'files'),
  );
  const shards = world.vault
    .paths()
    .filter((path) => path.includes(records) && path.endsWith('.changes.bin'))
    .map((path) => [path, world.vault.text(path)]);
  return { value, summary, shards };
}

test('in portions it comes to what one comes to, and no portion does much', async () => {
  const [whole, fine] = [await planned('at once'), await planned('finely')];
  const expected = (await verify(whole)) as { summary: ChangeLogSummary; shards: unknown[] };
  expect(expected.summary).toMatchObject({ records: 300, counts: { 'wrong-operation': 6 } });
  expect(expected.summary.addresses.live).toBeGreaterThan(20);
  expect(expected.summary.addresses.deleted).toBeGreaterThan(20);
  expect(expected.shards.length).toBe(16);
  expect(await verify(fine)).toEqual(expected);
  // Two to read, three times a hundred records to judge, and a shard each.
  expect(fine.calls?.get('verifyChanges')).toBeGreaterThanOrEqual(2 + 3 + expected.shards.length);
});

test('addresses outside of what is scanned are counted, and written down nowhere', async () => {
  const all = (await verify(await planned('at once'))) as { summary: ChangeLogSummary };
  const part = { part: '2/4' };
  const [whole, fine] = [await planned('at once', part), await planned('finely', part)];
  const expected = (await verify(whole)) as { summary: ChangeLogSummary; shards: unknown[] };
  expect(expected.summary).toEqual(all.summary);
  expect(expected.shards.length).toBeLessThan(10);
  expect(await verify(fine)).toEqual(expected);
});

test('when every portion is run twice, one after the other or at once, it comes to the same', async () => {
  const expected = await verify(await planned('at once'));
  for (const atOnce of [true, false]) {
    const fine = await planned('finely');
    const run = fine.world.run.bind(fine.world);
    fine.world.run = async (name, input) => {
      if (atOnce) return (await Promise.all([run(name, input), run(name, input)]))[0];
      await run(name, input);
      return run(name, input);
    };
    expect(await verify(fine)).toEqual(expected);
  }
});

test.each<Fault>(['before', 'after'])(
  'whichever of its writes is lost (%s its effect), it comes to the same',
  async (fault) => {
    const fine = await planned('finely');
    const from = fine.world.vault.faults.calls.length;
    const expected = await verify(fine);
    const writes = fine.world.vault.faults.calls.slice(from).filter((call) => call.startsWith('create '));
    expect(writes.length).toBeGreaterThan(40);
    // Half of them each way.
    const step = Math.max(1, Math.floor((2 * writes.length) / budget.scanWritesLost));
    for (let lost = 0; lost < writes.length; lost += step) {
      const disturbed = await planned('finely');
      disturbed.world.vault.faults.on('create ', fault, { skip: lost });
      expect({ lost: writes[lost], left: await verify(disturbed) }).toEqual({
        lost: writes[lost],
        left: expected,
      });
    }
  },
);

test('a document between portions that was changed is never used', async () => {
  for (const name of ['events', 'statements']) {
    const fine = await planned('finely');
    const run = fine.world.run.bind(fine.world);
    const changed = new Set<string>();
    fine.world.run = async (activity, input) => {
      const paths = fine.world.vault.paths().filter((path) => path.includes(`.changes.${name}-`));
      for (const path of paths) {
        if (changed.has(path)) continue;
        changed.add(path);
        const bytes = Buffer.from((await fine.world.vault.read(path))!.bytes);
        bytes[bytes.length - 40]! ^= 1;
        fine.world.vault.put(path, bytes);
      }
      return run(activity, input);
    };
    expect(await verify(fine)).toBe('bad-document');
  }
});
