/** Scans of a store whose changes are signed: the log says what must be there, and what went lawfully. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ChangeSigner } from '../../local/sample-estate/change-record.ts';
import type { ChangeRecordSource } from '../../src/contracts/change-records.ts';
import type { ScanDocument } from '../../src/contracts/scan-documents.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import type { ActivityOutcome } from '../../src/contracts/activity.ts';
import { takeSnapshot } from '../support/drill-steps.ts';
import { worldWithLog } from '../support/change-log-world.ts';
import { scope } from '../support/sample-estate.ts';
import { about, planScan, planShards, readShard, scanAll, type Before } from '../support/scan-steps.ts';
import { portionFinely } from '../support/small-portions.ts';
import { divideFinely } from '../support/small-shards.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { layout, type World } from '../support/world.ts';
import { makeHierarchy, pemOf, signerOf } from './change-records/authority.ts';
import { hexOfContent, signLog, sourceOf, type Change, type LogRow } from './change-records/log.ts';

let source: ChangeRecordSource;
let signer: ChangeSigner;
let clock: VirtualWallClock;
let world: World;
/** What stands in the table of the log. */
let log: LogRow[];

const nameOf = (content: string): string => `${hexOfContent(content).slice(0, 2)}/${hexOfContent(content)}`;
const created: readonly Change[] = ['one', 'two', 'three', 'four'].map((content) => ({
  ...{ object: `object ${content}`, operation: 'create', content },
}));
const deletionOf = (content: string, at?: string): Change => ({
  ...{ object: `object ${content}`, operation: 'delete' },
  ...(at === undefined ? {} : { at }),
});

beforeAll(async () => {
  const ours = await makeHierarchy();
  source = sourceOf([pemOf(ours.anchor)], ours.lists);
  signer = await signerOf(ours.devices[0], ours.intermediate);
});

beforeEach(() => {
  clock = new VirtualWallClock('2026-06-01T01:30:00.000Z');
  world = worldWithLog(clock, source, () => log);
  world.contents.put('four', layout);
  log = signLog(signer, created);
});

const night = (before?: Before): Promise<ScanDocument> => {
  clock.advance(600);
  return scanAll(world, {}, before);
};
const remove = (content: string): void => void world.contents.blobs.delete(nameOf(content));
const signaturesIn = (scan: string): number =>
  world.vault.json<{ summary: { signaturesComputed: number } }>(vaultPaths.changeScan(scope, scan, 'files'))
    .summary.signaturesComputed;

describe('a scan of a store whose changes are signed', () => {
  test('is clean when every record is proven and every blob is there; the next computes no signature again', async () => {
    const first = await night();
    expect(first).toMatchObject({ outcome: 'clean', counts: { blobs: 4, ok: 4, unsigned: 0, missing: 0 } });
    expect(signaturesIn(first.id)).toBe(4);
    log = signLog(signer, [{ object: 'object five', operation: 'create', content: 'one' }], log);
    const second = await night();
    expect(second.outcome).toBe('clean');
    expect(signaturesIn(second.id)).toBe(1);
  });

  test.each([1_000, 1])('finds missing what a record brought in, in shards of %d blobs', async (blobs) => {
    divideFinely(world, blobs);
    remove('four');
    const scan = await night();
    expect(scan).toMatchObject({ outcome: 'damaged', counts: { blobs: 3, ok: 3, missing: 1, unsigned: 0 } });
    expect(scan.findings).toEqual([
      {
        ...{ store: 'files', verdict: 'missing', name: nameOf('four') },
        detail: 'a signed change record brought it in, and none took it back',
      },
    ]);
  });

  test('goes on with a long log in portions, each run twice, and finds the same; a rewritten one is read anew', async () => {
    const rewritten = log;
    log = signLog(
      signer,
      Array.from({ length: 600 }, (_, n): Change => ({
        ...{ object: `another ${n}`, operation: 'create', content: 'one' },
      })),
      log,
    );
    await night();
    const calls = portionFinely(world, { maxBlobsPerShard: 1_000, recordsAtOnce: 1_000 });
    const twice: Before = async (activity, input) => {
      if (activity === 'verifyChanges') await world.run(activity, input);
    };
    log = signLog(signer, [deletionOf('four', clock.now().toISO()!)], log);
    remove('four');
    const second = await night(twice);
    expect(second).toMatchObject({ outcome: 'clean', counts: { blobs: 3, gone: 1, unsigned: 0 } });
    expect(signaturesIn(second.id)).toBe(1);
    expect(calls.get('verifyChanges')).toBeGreaterThan(6);
    log = signLog(signer, [{ object: 'x', operation: 'create', content: 'one' }], rewritten);
    const third = await night(twice);
    expect(third.outcome).toBe('damaged');
    expect(signaturesIn(third.id)).toBe(5);
    expect(third.findings.map(({ detail }) => detail.split(':')[0])).toEqual([
      ...['a signed change record brought it in, and none took it back', 'truncated'],
    ]);
  });

  test('lets go what a proven record took back', async () => {
    await night();
    log = signLog(signer, [deletionOf('four', clock.now().toISO()!)], log);
    remove('four');
    clock.advance(60);
    expect(await night()).toMatchObject({ outcome: 'clean', counts: { blobs: 3, missing: 0, gone: 1 } });
  });

  test('does not need what was taken back while it was at work', async () => {
    const at = clock.now().toISO()!;
    const scan = await night(async (activity) => {
      if (activity !== 'verifyChanges') return;
      remove('four');
      log = signLog(signer, [deletionOf('four', at)], log);
    });
    expect(scan).toMatchObject({ outcome: 'clean', counts: { blobs: 4, missing: 0 } });
  });

  test('lets nothing go because a newer recovery point does not refer to it: only a record does', async () => {
    world.contents.put('never recorded', layout);
    await night();
    world.contents.blobs.delete(nameOf('never recorded'));
    clock.advance(60);
    await takeSnapshot(world);
    expect(await night()).toMatchObject({
      counts: { missing: 1, gone: 0 },
      findings: [{ name: nameOf('never recorded'), verdict: 'missing' }],
    });
  });

  test('calls missing what a record took back and a retained recovery point refers to, and says both', async () => {
    await takeSnapshot(world);
    await night();
    log = signLog(signer, [deletionOf('one', clock.now().toISO()!)], log);
    remove('one');
    clock.advance(60);
    expect((await night()).findings).toMatchObject([
      {
        verdict: 'missing',
        detail: expect.stringMatching(
          /^recovery point \S+ refers to it, though it was deleted on record$/,
        ) as string,
      },
    ]);
  });

  test('finds a record that does not verify, night after night, and it takes nothing back', async () => {
    await night();
    log = signLog(signer, [deletionOf('four', clock.now().toISO()!)], log);
    log = log.map((row) => (row.sequence === 5 ? { ...row, jws: tampered(row.jws ?? '') } : row));
    remove('four');
    for (let count = 0; count < 2; count += 1) {
      clock.advance(60);
      const scan = await night();
      expect(scan.outcome).toBe('damaged');
      expect(scan.detail).toMatch(/1 missing of 3 blobs and \d change record\(s\) do not verify$/);
      expect(scan.findings.map((one) => one.verdict)).toEqual(
        expect.arrayContaining(['missing', 'unsigned']),
      );
      expect(scan.findings.find((one) => one.verdict === 'unsigned')?.name).toBe('change record 5');
    }
  });

  test('finds a log that was cut, night after night', async () => {
    await night();
    log = log.slice(0, 3);
    for (let count = 0; count < 2; count += 1) {
      const scan = await night();
      expect(scan).toMatchObject({ outcome: 'damaged', counts: { unsigned: 1 } });
      expect(scan.findings).toMatchObject([
        { verdict: 'unsigned', detail: expect.stringMatching(/^truncated: /) as string },
      ]);
    }
  });

  test('has failed if the database of the log does not answer, and judges nothing', async () => {
    world.databases.withSession = () => Promise.reject(new Error('the connection was refused'));
    remove('four');
    expect(await night()).toMatchObject({ outcome: 'failed', counts: { blobs: 3, ok: 3, missing: 0 } });
  });

  test.each(['before', 'after'] as const)(
    'finds the same when its verification was lost (%s its findings were written) and is run again',
    async (fault) => {
      await night();
      log = log.map((row) => (row.sequence === 2 ? { ...row, jws: tampered(row.jws ?? '') } : row));
      clock.advance(600);
      const planned = await planScan(world);
      const shards = await planShards(world, planned, 'files');
      for (const shard of shards) await readShard(world, planned, 'files', shard);
      world.vault.faults.on('files.changes.changes.json', fault);
      const run = (): Promise<ActivityOutcome> =>
        world.run('verifyChanges', { ...about(planned, 'files'), portion: 0 });
      expect(await run()).toMatchObject({ outcome: 'failed' });
      const again = await run();
      expect(again).toMatchObject({ outcome: 'done' });
      const { unsigned } = (again as { value: { counts: { unsigned: number } } }).value.counts;
      expect(unsigned).toBeGreaterThan(0);
      expect(await run()).toEqual(again);
    },
  );
});

/** A record with another character in its signature. */
function tampered(jws: string): string {
  const at = jws.length - 20;
  return jws.slice(0, at) + (jws[at] === 'A' ? 'B' : 'A') + jws.slice(at + 1);
}
