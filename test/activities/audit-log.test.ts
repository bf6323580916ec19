/** The writer of the audit log: one chain whoever writes, one entry whatever is lost on the way, segments that lead on. */
import { beforeEach, describe, expect, test } from 'vitest';
import { actingAs } from '../../src/activities/acting.ts';
import { AuditLog } from '../../src/activities/audit-log.ts';
import { checkpointAudit } from '../../src/activities/audit-checkpoints.ts';
import { audit } from '../../src/activities/records.ts';
import type { Dependencies } from '../../src/activities/dependencies.ts';
import { auditEntry, type AuditEntry } from '../../src/contracts/audit.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { safetyMargins } from '../../src/policy/safety-margins.ts';
import { verifyAuditLog } from '../../src/verification/audit-log.ts';
import { budget } from '../budget.ts';
import { copyOf, filesOf, keysIn } from '../support/audited-log.ts';
import type { Fault } from '../support/faults.ts';
import { scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

let clock: VirtualWallClock;
let world: World;

beforeEach(() => {
  clock = new VirtualWallClock();
  world = makeWorld(clock);
});

const prefix = vaultPaths.auditSegments(scope);
const entries = (): AuditEntry[] => world.vault.entries(prefix);
const enter = (target: string, deps: Dependencies = world.deps): Promise<unknown> =>
  audit(deps, scope, { action: 'snapshot', target, stage: 'intent' });
const verified = () => verifyAuditLog(filesOf(copyOf(world)), keysIn(world));
/** Another process of the same deployment. */
const another = (): Dependencies => ({
  ...world.deps,
  auditLog: new AuditLog(world.vault, clock, 'lifeboat'),
});

describe('an entry', () => {
  test('says what, on what and why, and who: the function that acts and the run that it acts in', async () => {
    await actingAs({ function: 'giveUpBackup', instance: 'snapshot.shop.1' }, () =>
      audit(world.deps, scope, {
        ...{ action: 'delete-backup', target: 'one', stage: 'intent', reason: 'its slot is needed' },
      }),
    );
    const [entry] = entries();
    expect(auditEntry.parse(entry)).toEqual(entry);
    expect(entry).toMatchObject({
      ...{ schema: 'lifeboat/audit/v2', sequence: 1, at: '2026-03-01T01:30:00.000Z' },
      ...{
        action: 'delete-backup',
        target: 'one',
        stage: 'intent',
        reason: 'its slot is needed',
        detail: {},
      },
      actor: {
        ...{ kind: 'automation', subject: 'lifeboat' },
        ...{ function: 'giveUpBackup', instance: 'snapshot.shop.1' },
      },
    });
  });

  test('of a step that is done twice is recognisably the same, and of another step is not', async () => {
    const asStep = (instance: string): Promise<unknown> =>
      actingAs({ function: 'recordPoint', instance }, () => enter('point'));
    await asStep('one');
    clock.advance(5);
    await asStep('one');
    await asStep('two');
    const [first, second, third] = entries().map(({ step }) => step);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  test('goes with others in one append, all of them or none', async () => {
    const facts = ['a', 'b', 'c'].map((target) => ({ action: 'snapshot', target, stage: 'intent' }) as const);
    await audit(world.deps, scope, ...facts);
    expect(entries().map(({ target }) => target)).toEqual(['a', 'b', 'c']);
    expect(world.vault.faults.count(`append ${prefix}`)).toBe(1);
  });

  test('that cannot be appended is none, and the next one follows the last that stands', async () => {
    await enter('one');
    world.vault.faults.on(`append ${prefix}`, 'before');
    await expect(enter('two')).rejects.toMatchObject({ code: 'cannot-record', retryable: true });
    await enter('three');
    expect(entries().map(({ sequence, target }) => `${sequence} ${target}`)).toEqual(['1 one', '2 three']);
  });

  test('of which the answer is lost stands, and is followed', async () => {
    world.vault.faults.on(`append ${prefix}`, 'after');
    await expect(enter('one')).rejects.toMatchObject({ code: 'cannot-record' });
    await enter('one');
    const [first, second] = entries();
    expect(second).toMatchObject({ sequence: 2, step: first?.step });
    expect((await verified()).problems).toEqual([]);
  });

  test('that arrives twice stands once', async () => {
    world.vault.faults.on(`append ${prefix}`, 'double');
    await enter('one');
    await enter('two');
    expect(entries().map(({ target }) => target)).toEqual(['one', 'two']);
  });

  test('is not written behind a line that is none', async () => {
    await enter('one');
    world.vault.put(`${prefix}000000000001.jsonl`, 'nothing\n');
    await expect(enter('two', another())).rejects.toMatchObject({
      code: 'cannot-record',
      message: expect.stringContaining(
        'the last line of v1/shop/westeurope/audit/000000000001.jsonl',
      ) as string,
    });
  });
});

describe('a segment', () => {
  test('ends with its UTC day, with an entry that names the next one', async () => {
    await enter('one');
    clock.advance(24 * 3_600);
    await enter('two');
    expect(world.vault.paths(prefix)).toEqual([`${prefix}000000000001.jsonl`, `${prefix}000000000003.jsonl`]);
    expect(entries()[1]).toMatchObject({ action: 'continue-log', target: `${prefix}000000000003.jsonl` });
    clock.advance(-24 * 3_600);
    await enter('three');
    expect(world.vault.paths(prefix)).toHaveLength(2);
    expect((await verified()).problems).toEqual([]);
  });

  test('ends before the limit of the store', async () => {
    await enter('one');
    const path = `${prefix}000000000001.jsonl`;
    world.vault.put(path, world.vault.text(path), safetyMargins.segmentBlocks);
    await enter('two', another());
    expect(world.vault.paths(prefix)).toHaveLength(2);
    expect((await verified()).problems).toEqual([]);
  });

  test.each(['before', 'after'] as const)(
    'is ended once although a kill comes %s any step of it',
    async (when) => {
      for (let skip = 0; skip < 5; skip += 1) {
        world = makeWorld(clock);
        await enter('one');
        clock.advance(24 * 3_600);
        world.vault.faults.on(prefix, when, { skip });
        await enter('two', another()).catch(() => undefined);
        await enter('three', another());
        const { problems, entries: number } = await verified();
        expect(problems, `${when} ${skip}`).toEqual([]);
        expect(number).toBeGreaterThanOrEqual(3);
      }
    },
  );
});

test('fifty processes that write at once make one chain in which everything stands once', async () => {
  const each = budget.entriesOfAuditWriters;
  const writers = Array.from({ length: 50 }, (_, writer) => ({ writer, deps: another() }));
  await Promise.all(
    writers.map(async ({ writer, deps }) => {
      for (let n = 0; n < each; n += 1) {
        // Some in the middle of it see the next day.
        if (writer === 7 && n === Math.floor(each / 2)) clock.advance(24 * 3_600);
        await enter(`${writer} ${n}`, deps);
      }
    }),
  );
  await checkpointAudit(world.deps, scope);
  expect(await verified()).toMatchObject({ verdict: 'verified', unsigned: 0, problems: [] });
  const targets = entries().flatMap(({ action, target }) => (action === 'snapshot' ? [target] : []));
  expect(targets.toSorted()).toEqual(
    writers.flatMap(({ writer }) => Array.from({ length: each }, (_, n) => `${writer} ${n}`)).toSorted(),
  );
  // Of one writer in the order in which it wrote.
  const own = targets.filter((target) => target.startsWith('3 '));
  expect(own).toEqual(own.toSorted((a, b) => Number(a.slice(2)) - Number(b.slice(2))));
});

describe('a checkpoint', () => {
  test('is signed after so many entries without anybody asking for it', async () => {
    const facts = Array.from(
      { length: safetyMargins.checkpointEntries },
      (_, n) => ({ action: 'snapshot', target: `${n}`, stage: 'intent' }) as const,
    );
    await audit(world.deps, scope, ...facts.slice(1));
    expect(await verified()).toMatchObject({ verdict: 'unknown', checkpoints: 0 });
    await audit(world.deps, scope, ...facts.slice(0, 1));
    expect(await verified()).toMatchObject({ verdict: 'verified', checkpoints: 1, unsigned: 0 });
  });

  test('that cannot be had then keeps nothing from being entered or done, and is made up for', async () => {
    const facts = Array.from(
      { length: safetyMargins.checkpointEntries },
      (_, n) => ({ action: 'snapshot', target: `${n}`, stage: 'intent' }) as const,
    );
    world.signer.faults.on('currentKey', 'before');
    await audit(world.deps, scope, ...facts);
    expect(await verified()).toMatchObject({ entries: facts.length, checkpoints: 0, problems: [] });
    await checkpointAudit(world.deps, scope);
    expect(await verified()).toMatchObject({ verdict: 'verified', unsigned: 0 });
  });

  test('says of its scope what belongs there, whatever the entry that made it due is about', async () => {
    const facts = Array.from(
      { length: safetyMargins.checkpointEntries },
      (_, n) => ({ action: 'end-cutover', target: `${n}`, stage: 'intent' }) as const,
    );
    const about = { ...scope, cutover: 'cutover-20260301T010000Z', timeline: [] };
    await audit(world.deps, about, ...facts);
    expect(await verified()).toMatchObject({ verdict: 'verified', checkpoints: 1, problems: [] });
  });

  test('is not made twice for the same entries, and two at once leave one', async () => {
    await enter('one');
    await Promise.all([checkpointAudit(world.deps, scope), checkpointAudit(another(), scope)]);
    await checkpointAudit(world.deps, scope);
    expect(await verified()).toMatchObject({ verdict: 'verified', checkpoints: 1, unsigned: 0 });
  });

  const faults: readonly Fault[] = ['before', 'after', 'double'];
  test.each(faults)('is made up for by the next look when a call is disturbed: %s', async (fault) => {
    for (const port of ['vault', 'checkpoints', 'signer'] as const)
      for (let skip = 0; skip < 12; skip += 1) {
        world = makeWorld(clock);
        await enter('one');
        await checkpointAudit(world.deps, scope);
        await enter('two');
        const { faults: disturbed } = world[port];
        const before = disturbed.calls.length;
        disturbed.on('', fault, { skip });
        await checkpointAudit(world.deps, scope).catch(() => undefined);
        if (disturbed.calls.length - before <= skip) break; // It calls no more often.
        const between = await verified();
        expect(between.problems, `${port} ${skip}`).toEqual([]);
        await enter('three', another());
        expect(await checkpointAudit(another(), scope)).toEqual({ problems: [], unsigned: undefined });
        expect(await verified(), `${port} ${skip}`).toMatchObject({ verdict: 'verified', unsigned: 0 });
        expect(copyOf(world).copies).toEqual(copyOf(world).checkpoints);
      }
  });

  test('of a withdrawn key keeps what it signed before, and old entries verify after two rotations', async () => {
    const keys: string[] = [];
    for (const target of ['one', 'two', 'three']) {
      await enter(target);
      await checkpointAudit(world.deps, scope);
      clock.advance(60);
      keys.push(world.signer.rotate().keyId);
    }
    expect(await verified()).toMatchObject({ verdict: 'verified', checkpoints: 3 });
    expect(Object.keys((await verified()).keys)).toHaveLength(3);
  });

  test('is not signed by a clock that is off', async () => {
    const deps = {
      ...world.deps,
      referenceClocks: { offsets: async () => [{ source: 'storage', seconds: -900 }] },
    };
    await enter('one', deps);
    expect(await checkpointAudit(deps, scope)).toEqual({
      problems: [],
      unsigned: expect.stringContaining('the clock is not to be trusted: storage is 900 s behind') as string,
    });
    expect(world.checkpoints.paths()).toEqual([]);
  });

  test('is not signed over what does not follow the last one', async () => {
    await enter('one');
    await checkpointAudit(world.deps, scope);
    await enter('two');
    await enter('three');
    const path = `${prefix}000000000001.jsonl`;
    world.vault.put(path, world.vault.text(path).replace('"target":"two"', '"target":"to"'));
    const { problems } = await checkpointAudit(world.deps, scope);
    expect(problems).toEqual([
      {
        kind: 'changed',
        place: '000000000001.jsonl:3',
        detail: expect.stringContaining('entry 3') as string,
      },
    ]);
    expect((await verified()).checkpoints).toBe(1);
  });

  test('whose entry is not there any more, or that is not ours, is told', async () => {
    await enter('one');
    await checkpointAudit(world.deps, scope);
    const path = `${prefix}000000000001.jsonl`;
    const log = world.vault.text(path);
    world.vault.put(path, '');
    expect((await checkpointAudit(world.deps, scope)).problems).toMatchObject([{ kind: 'truncated' }]);
    world.vault.put(path, log);
    expect((await checkpointAudit(world.deps, scope)).problems).toEqual([]);
    const [month = ''] = world.checkpoints.paths();
    world.checkpoints.put(month, world.checkpoints.text(month).replace(/.{4}\n$/, 'AAAA\n'));
    expect((await checkpointAudit(world.deps, scope)).problems).toMatchObject([{ kind: 'signature' }]);
    world.checkpoints.put(month, '');
    await enter('two');
    expect((await checkpointAudit(world.deps, scope)).problems).toMatchObject([{ kind: 'copy-differs' }]);
    expect(world.checkpoints.text(month)).toBe('');
  });
});

test('entries from before there was a chain are told as such: not verified, and no damage', async () => {
  const old = {
    schema: 'lifeboat/audit/v1',
    at: '2026-02-27T00:00:00.000Z',
    actor: 'lifeboat',
    action: 'prune',
  };
  const line = JSON.stringify({ ...old, target: 'prune-1', stage: 'intent', detail: {} });
  world.vault.put(`${prefix}2026-02-27-0.jsonl`, `${line}\n${line}\n`);
  await enter('one');
  await checkpointAudit(world.deps, scope);
  expect(await verified()).toMatchObject({
    ...{ verdict: 'verified', entries: 1, first: 1, unchained: 2, problems: [] },
    notes: ['2 entries are from before there was a chain: nothing vouches for them.'],
  });
});
