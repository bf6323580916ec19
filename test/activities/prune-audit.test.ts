/** Segments of the audit log go after years, from the oldest on, and what is left verifies. */
import { beforeEach, describe, expect, test } from 'vitest';
import { checkpointAudit } from '../../src/activities/audit-checkpoints.ts';
import { audit } from '../../src/activities/records.ts';
import type { AuditEntry } from '../../src/contracts/audit.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { verifyAuditLog, type AuditVerification } from '../../src/verification/audit-log.ts';
import { copyOf, filesOf, keysIn } from '../support/audited-log.ts';
import { hold } from '../support/hold-steps.ts';
import { planOf, planPrune, prunePortion, type Planned } from '../support/prune-steps.ts';
import { scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

const day = 86_400;
const prefix = vaultPaths.auditSegments(scope);
const old = ['000000000001.jsonl', '000000000004.jsonl', '000000000007.jsonl'];
let clock: VirtualWallClock;
let world: World;

const enter = (target: string): Promise<unknown> =>
  audit(world.deps, scope, { action: 'snapshot', target, stage: 'intent' });
const verified = (): Promise<AuditVerification> => verifyAuditLog(filesOf(copyOf(world)), keysIn(world));
const segments = (): string[] => world.vault.paths(prefix).map((path) => path.slice(prefix.length));

/** Three days of two entries and one of one, six years ago; then one of today, which ends that one's segment. */
beforeEach(async () => {
  clock = new VirtualWallClock('2026-03-01T01:30:00.000Z');
  world = makeWorld(clock);
  for (const name of ['a', 'b', 'c']) {
    await enter(`${name} 1`);
    await enter(`${name} 2`);
    clock.advance(day);
  }
  await enter('d 1');
  clock.advance(2_193 * day);
  await enter('today');
});

/** The segments that a plan says are to go. */
const going = (planned: Planned): string[] =>
  planOf(world, planned)
    .items.filter(({ id, decision }) => id.startsWith('audit/') && decision === 'expire')
    .map(({ id }) => id.slice('audit/'.length));
const remove = (planned: Planned) => prunePortion(world, planned, 'own-document');

describe('segments of the audit log', () => {
  test('stay until a checkpoint stands for all of them, and the newest stays', async () => {
    expect(going(await planPrune(world))).toEqual([]);
    await checkpointAudit(world.deps, scope);
    clock.advance(60);
    expect(going(await planPrune(world))).toEqual(old);
  });

  test('go with an entry each that says which entries it held, and what is left verifies', async () => {
    await checkpointAudit(world.deps, scope);
    expect(await remove(await planPrune(world))).toMatchObject({ deleted: 3, refused: [] });
    expect(segments()).toEqual(['000000000010.jsonl', '000000000012.jsonl']);
    const told = world.vault
      .entries<AuditEntry>(prefix)
      .filter(({ action }) => action === 'remove-audit')
      .map(({ target, detail, result }) => [target.slice(prefix.length), result ?? detail]);
    expect(told).toEqual([
      ...[
        [old[0], { from: 1, through: 3 }],
        [old[0], 'done'],
      ],
      ...[
        [old[1], { from: 4, through: 6 }],
        [old[1], 'done'],
      ],
      ...[
        [old[2], { from: 7, through: 9 }],
        [old[2], 'done'],
      ],
    ]);
    await checkpointAudit(world.deps, scope);
    expect(await verified()).toMatchObject({
      ...{ verdict: 'verified', first: 10, unsigned: 0, problems: [] },
      notes: ['Entries 1 to 9 were removed after their time; the checkpoints behind them stand for them.'],
    });
  });

  test('that somebody else removed are missing, whatever was pruned before', async () => {
    await checkpointAudit(world.deps, scope);
    await remove(await planPrune(world));
    clock.advance(day);
    await enter('tomorrow');
    await checkpointAudit(world.deps, scope);
    world.vault.remove(`${prefix}000000000010.jsonl`);
    const { verdict, problems } = await verified();
    expect(verdict).toBe('not-verified');
    expect(problems.map(({ kind }) => kind)).toEqual(['missing']);
  });

  test('stay behind an older one that stands, so that no hole comes of it', async () => {
    await checkpointAudit(world.deps, scope);
    const planned = await planPrune(world);
    world.vault.faults.on(`delete ${prefix}${old[0]}`, 'before');
    const { deleted, refused } = await remove(planned);
    expect({ deleted, refused: refused.length }).toEqual({ deleted: 0, refused: 3 });
    expect(refused.slice(1)).toEqual([
      `audit/${old[1]}: ${old[0]}, which is older, stands`,
      `audit/${old[2]}: ${old[0]}, which is older, stands`,
    ]);
    expect((await verified()).problems).toEqual([]);
  });

  test('stay while a hold keeps everything', async () => {
    await checkpointAudit(world.deps, scope);
    await hold(world);
    expect(going(await planPrune(world))).toEqual([]);
  });

  test('stay while the newest checkpoint is none of ours', async () => {
    await checkpointAudit(world.deps, scope);
    world.checkpoints.put(`${vaultPaths.auditCheckpoints(scope)}2032-03.jsonl`, 'a.b.c\n');
    expect(going(await planPrune(world))).toEqual([]);
  });

  test('from before there was a chain go by their age alone; what is no segment stays', async () => {
    const [unchained, mine] = ['2026-02-27-0.jsonl', 'notes.txt'];
    clock.advance(-2_194 * day);
    for (const name of [unchained, mine]) world.vault.put(`${prefix}${name}`, '{}\n');
    clock.advance(2_194 * day);
    expect(going(await planPrune(world))).toEqual([unchained]);
    expect(await remove(await planPrune(world))).toMatchObject({ deleted: 1, refused: [] });
    expect(segments()).toContain(mine);
  });
});
