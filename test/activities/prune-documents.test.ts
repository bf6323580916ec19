/** Records of what was done go after years, one by one, and only when nothing goes by them any more. */
import { beforeEach, describe, expect, test } from 'vitest';
import { raise, resolve } from '../../src/activities/alerts.ts';
import { releaseHold } from '../../src/activities/holds.ts';
import { viewExplanation } from '../../src/app/explanations.ts';
import type { RecoveryPoint } from '../../src/contracts/documents.ts';
import { noCounts, type ScanDocument } from '../../src/contracts/scan-documents.ts';
import { isoOf } from '../../src/contracts/values.ts';
import { vaultPaths, vaultRoot } from '../../src/contracts/vault-paths.ts';
import { drillFactsOf } from '../support/drill-facts.ts';
import { carryOut, restoreServer, takeSnapshot } from '../support/drill-steps.ts';
import { hold } from '../support/hold-steps.ts';
import {
  changePoint,
  finishPrune,
  ledgerOf,
  off,
  planOf,
  planPrune,
  prunePortion,
  type Planned,
} from '../support/prune-steps.ts';
import { scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

const day = 86_400;
const years = 2_193;
const root = `${vaultRoot(scope)}/`;
let clock: VirtualWallClock;
let world: World;

beforeEach(() => {
  clock = new VirtualWallClock('2026-03-01T01:30:00.000Z');
  world = makeWorld(clock);
});

const put = (id: string, document: object = {}): void =>
  world.vault.put(`${root}${id}`, JSON.stringify(document));
/** The records that a plan says are to go. */
const going = (planned: Planned): string[] =>
  planOf(world, planned)
    .items.filter(({ kind, decision }) => kind === 'own-document' && decision === 'expire')
    .map(({ id }) => id)
    .toSorted();
const remove = (planned: Planned) => prunePortion(world, planned, 'own-document');
const goingLater = async (days = years): Promise<string[]> => {
  clock.advance(days * day);
  return going(await planPrune(world));
};
const alert = { severity: 'warning', title: 't', detail: 'd', runbook: 'r' } as const;
const claim = (kind: string, stamp: string): void => put(`slots/${kind}-${stamp}.json`);

const scanOf = (id: string, isWhole: boolean): ScanDocument => ({
  ...{ schema: 'lifeboat/scan/v2', id, ...scope, mode: 'cycle', isWhole, points: [], incomplete: [] },
  ...{ startedAt: isoOf(clock.now()), endedAt: isoOf(clock.now()), outcome: 'clean', detail: 'd' },
  ...{ counts: noCounts, stores: [], findings: [] },
});

const records = [
  'repairs/repair-20260301T000000Z.json',
  'repair-parts/repair-20260301T000000Z/000000.json',
  'repair-items/sha256-1/a.begun.json',
  'restores/restore-20260301T000000Z/evidence/heartbeat.main.json',
  'check-portions/drill-20260301T040000Z/pages.main.000000.json',
  'reports/drill-20260301T040000Z/closing.json',
  'reports/drill-20260301T040000Z/evidence/heartbeat.main.json',
  'plans/sha256-1.json',
  'inventories/on-demand-20260301T013000Z/files.main.1.txt',
];
const forGood = [
  'watch.json',
  'report-chain/00000001.json',
  'quarantine/files/ab-1',
  'copies/files/ab',
  'scrub-set-aside/files/sha256/00-end.1.bin',
  'change-heads/files.json',
  'content-marks/files.json',
  'repairs/notes/of-somebody-else.txt',
  'slots/.keep',
];

describe('a record', () => {
  test('goes as a single one when it is older than reports are kept, with its lines in the ledger', async () => {
    for (const id of [...records, ...forGood]) put(id);
    expect(await goingLater(years - 2)).toEqual([]);
    clock.advance(2 * day);
    const planned = await planPrune(world);
    expect(going(planned)).toEqual(records.toSorted());
    expect(await remove(planned)).toEqual({ deleted: records.length, refused: [] });
    expect(world.vault.paths(root).filter((path) => records.includes(path.slice(root.length)))).toEqual([]);
    for (const id of forGood) expect(world.vault.paths(`${root}${id}`)).toHaveLength(1);
    const lines = ledgerOf(world).map(({ kind, item, stage }) => `${kind} ${item} ${stage}`);
    for (const id of records) {
      expect(lines.indexOf(`own-documents ${id} intent`)).toBeGreaterThanOrEqual(0);
      expect(lines).toContain(`own-documents ${id} confirmed-absent`);
    }
    const { headline } = await viewExplanation(world.deps, 'shop', records[0] ?? '');
    expect(headline).toContain('kept for 2192 days');
  });

  test('counts from its last writing, and stays by a clock that cannot be trusted', async () => {
    for (const id of records) put(id);
    clock.advance(day);
    put(records[0] ?? '');
    clock.advance((years - 1.2) * day);
    expect(going(await planPrune(world))).toEqual(records.slice(1).toSorted());
    const doubtful = makeWorld(clock, {
      vault: world.vault,
      vaultDeleter: world.vault,
      referenceClocks: { offsets: () => Promise.resolve(off) },
    });
    expect(going(await planPrune({ ...doubtful, vault: world.vault }))).toEqual([]);
  });

  test('that was written again since it was judged stays', async () => {
    await raise(world.deps, scope, { key: 'scan-damage', ...alert });
    await resolve(world.deps, scope, 'scan-damage');
    clock.advance(years * day);
    const planned = await planPrune(world);
    expect(going(planned)).toEqual(['alerts/scan-damage.json']);
    // Raised again between the last look and the deletion.
    const deleteVersion = world.vault.deleteVersion.bind(world.vault);
    world.vault.deleteVersion = async (path, version) => {
      await raise(world.deps, scope, { key: 'scan-damage', ...alert });
      return deleteVersion(path, version);
    };
    const { deleted, refused } = await remove(planned);
    expect({ deleted, refused }).toEqual({
      deleted: 0,
      refused: ['alerts/scan-damage.json: it was written again since it was judged'],
    });
    expect(world.vault.json(vaultPaths.alert(scope, 'scan-damage'))).not.toHaveProperty('resolvedAt');
  });

  test('that somebody goes by since it was judged stays', async () => {
    const [earlier, newest] = ['scan-20260301T010000Z', 'scan-20260301T020000Z'] as const;
    for (const id of [earlier, newest]) put(`scans/${id}.json`, scanOf(id, true));
    clock.advance(years * day);
    const planned = await planPrune(world);
    expect(going(planned)).toEqual([`scans/${earlier}.json`]);
    put(`scan-plans/${earlier}/files.json`);
    const { deleted, refused } = await remove(planned);
    expect({ deleted, refused }).toEqual({
      ...{ deleted: 0, refused: [expect.stringContaining('its documents stand') as string] },
    });
    expect(world.vault.paths(`${root}scans/${earlier}.json`)).toHaveLength(1);
  });

  test('of many is braked like a report', async () => {
    const estate = structuredClone(world.deps.estate);
    estate.systems[0]!.retention.brake.contentFraction = 0.3;
    world = makeWorld(clock, { estate });
    for (const id of records) put(id);
    clock.advance(years * day);
    expect((await planPrune(world)).held).toContain('documents of its own');
  });

  test('that a kill left goes with the next portion, and two prunes at once remove each once', async () => {
    for (const id of records) put(id);
    clock.advance(years * day);
    const planned = await planPrune(world);
    world.vault.faults.on(`delete ${root}plans/`, 'before');
    expect((await remove(planned)).refused).toEqual([
      'plans/sha256-1.json: delete v1/shop/westeurope/plans/ is disturbed',
    ]);
    const both = await Promise.all([remove(planned), remove(planned)]);
    expect(both).toEqual([
      { deleted: records.length, refused: [] },
      { deleted: records.length, refused: [] },
    ]);
    expect(going(await planPrune(world))).toEqual([]);
  });
});

describe('although it is old, there stays', () => {
  test('an alert that is open, a deletion that is not confirmed, an approval that holds', async () => {
    await raise(world.deps, scope, { key: 'open', ...alert });
    const at = clock.now().toISO();
    const stone = { schema: 'lifeboat/tombstone/v1', item: 'x', kind: 'drill-server', at, reason: 'r' };
    put('tombstones/sha256-1.json', stone);
    put('tombstones/sha256-2.json', { ...stone, confirmedAbsentAt: at });
    put('tombstones/sha256-3.json', { schema: 'of another version' });
    const approval = { schema: 'lifeboat/approval/v1', digest: `sha256-${'a'.repeat(64)}`, ...scope };
    const by = { decision: 'approved', by: 'x', at, reason: 'r' };
    put('approvals/1.json', {
      ...approval,
      ...by,
      expiresAt: clock
        .now()
        .plus({ days: years + 1 })
        .toISO(),
    });
    put('approvals/2.json', { ...approval, ...by, expiresAt: at });
    expect(await goingLater()).toEqual(['approvals/2.json', 'tombstones/sha256-2.json']);
  });

  test('a hold that holds, and one that held until lately', async () => {
    const soon = clock.now().plus({ days: years - 5 });
    const to = clock.now().toISO() ?? '';
    const time = { from: to, to };
    const { hold: released } = await hold(world, { what: time, key: '1' });
    await releaseHold(world.deps, scope, released.id, { by: 'counsel', reason: 'over' });
    clock.advance(1);
    const { hold: ended } = await hold(world, { what: time, key: '2', until: soon.toISO() ?? '' });
    clock.advance(1);
    await hold(world, { what: time, key: '3' });
    const ids = [released, ended].map(({ id }) => `holds/${id}.json`);
    expect(await goingLater()).toEqual(ids.slice(0, 1));
    expect((await goingLater()).filter((id) => id.startsWith('holds/'))).toEqual(ids);
  });

  test('the newest claims of each kind, and those since the slot before the newest of a rare schedule', async () => {
    for (let index = 10; index < 40; index += 1) claim('drill', `20260101T0000${index}Z`);
    claim('repair', '20260101T000000Z');
    const estate = structuredClone(world.deps.estate);
    estate.systems[0]!.schedules.scan.cron = '0 0 0 1 1 *';
    world = { ...world, deps: { ...world.deps, estate } };
    expect(await goingLater()).toEqual(
      Array.from({ length: 10 }, (_, index) => `slots/drill-20260101T0000${index + 10}Z.json`),
    );
  });

  test('the newest prune with its plan, the newest scan, and one with documents', async () => {
    await finishPrune(world, (await planPrune(world)).plan);
    const scans = [1, 2, 3, 4].map((minute) => `scan-20260301T000${minute}00Z`);
    for (const id of scans) put(`scans/${id}.json`, scanOf(id, id === scans[2]));
    put(`scan-plans/${scans[0]}/files.json`);
    expect(await goingLater()).toEqual([`scans/${scans[1]}.json`]);
  });
});

describe('a recovery point', () => {
  /** A snapshot and a drill of it, to its report. */
  async function drilled(): Promise<string> {
    await takeSnapshot(world);
    const planned = await restoreServer(world);
    const facts = await drillFactsOf(world, planned);
    await carryOut(world, 'beginRemoval', planned.on);
    await world.value('finalizeReport', facts);
    return planned.drill;
  }
  const pointIds = (): string[] =>
    world.vault.paths(vaultPaths.points(scope)).map((path) => path.slice(path.lastIndexOf('/') + 1, -5));
  const confirm = (id: string): void => {
    const at = clock.now().toISO() ?? '';
    changePoint(world, id, { tombstone: { at, reason: 'r', confirmedAbsentAt: at } });
  };

  test('that is confirmed absent goes years later, and what lies with it with the prune after that', async () => {
    await takeSnapshot(world);
    const [id = ''] = pointIds();
    confirm(id);
    const folder = `inventories/${id}/`;
    const with_ = world.vault.paths(`${root}${folder}`).map((path) => path.slice(root.length));
    expect(with_.length).toBeGreaterThan(2);
    expect(await goingLater()).toEqual([`points/${id}.json`]);
    await remove(await planPrune(world));
    expect(going(await planPrune(world))).toEqual(with_.toSorted());
  });

  test('that is not, one under a hold of its own, and one whose report stands stay with all that is theirs', async () => {
    const drill = await drilled();
    const [id = ''] = pointIds();
    expect((await goingLater()).filter((one) => /^(points|inventories|reports)/.test(one))).toEqual([]);
    confirm(id);
    await drilled(); // The newest report never goes: this one makes the first one old.
    const first = await goingLater();
    // Its record was written again when it was confirmed, and is old once more; the report of its drill stands.
    expect(first.filter((one) => one.includes(id))).toEqual([]);
    world.vault.remove(vaultPaths.report(scope, drill));
    world.vault.remove(vaultPaths.reportPlace(scope, drill));
    expect(going(await planPrune(world))).toContain(`points/${id}.json`);
    const at = world.vault.json<RecoveryPoint>(vaultPaths.point(scope, id)).instant;
    await hold(world, { what: { from: at, to: at } });
    expect(going(await planPrune(world)).filter((one) => one.includes(id))).toEqual([]);
  });
});
