import { beforeEach, describe, expect, test } from 'vitest';
import { noteWithdrawnKeys, signUnsigned } from '../../src/activities/report/late-signatures.ts';
import { watchSignatures } from '../../src/app/signatures.ts';
import type { App } from '../../src/app/compose.ts';
import type { DrillFacts } from '../../src/contracts/drill.ts';
import type { DrillReport } from '../../src/contracts/report.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { canonicalJson, digestOf } from '../../src/policy/canonical-json.ts';
import { parseCompactJws, type CompactJws } from '../../src/policy/jws.ts';
import { drillFactsOf } from '../support/drill-facts.ts';
import { restoreServer, takeSnapshot } from '../support/drill-steps.ts';
import { region, scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
let facts: DrillFacts;
const clock = (): VirtualWallClock => world.clock as VirtualWallClock;
beforeEach(async () => {
  world = makeWorld(new VirtualWallClock());
  await takeSnapshot(world);
  facts = await drillFactsOf(world, await restoreServer(world));
});

/** Another drill of the same plan. */
const drillAt = (minute: number): string => `drill-20260301T02${String(minute).padStart(2, '0')}00Z`;
const finalize = (drill = facts.drill): Promise<{ result: string; unsigned?: string }> =>
  world.value('finalizeReport', { ...facts, drill });
const reportOf = (drill = facts.drill): DrillReport => world.vault.json(vaultPaths.report(scope, drill));
const jwsOf = (drill = facts.drill): CompactJws =>
  parseCompactJws(world.vault.text(vaultPaths.reportSignature(scope, drill))) as CompactJws;
const alert = (): Record<string, unknown> => world.vault.json(vaultPaths.alert(scope, 'report-unsigned'));
const app = (): App => ({ deps: world.deps, systems: [scope.system] }) as unknown as App;

describe('the signature of a report', () => {
  test('is over the very bytes of the report, by a key that lies in the vault', async () => {
    expect(await finalize()).not.toHaveProperty('unsigned');
    const text = world.vault.text(vaultPaths.report(scope, facts.drill));
    expect(`${jwsOf().payload}\n`).toBe(text);
    const key = await world.signer.currentKey();
    expect(jwsOf().header).toEqual({
      ...{ alg: 'ES384', kid: key.keyId, typ: 'lifeboat-drill-report+jws' },
      iat: Math.floor(clock().now().toSeconds()),
    });
    expect(world.vault.json(vaultPaths.signingKey(region, key.keyId))).toEqual({
      schema: 'lifeboat/signing-key/v1',
      ...key,
    });
  });

  test('is not made again, and stays when the report is finalized again after a rotation', async () => {
    await finalize();
    const before = world.vault.text(vaultPaths.reportSignature(scope, facts.drill));
    world.signer.rotate();
    expect(await finalize()).not.toHaveProperty('unsigned');
    expect(world.vault.text(vaultPaths.reportSignature(scope, facts.drill))).toBe(before);
    expect(world.signer.faults.count('sign')).toBe(1);
  });

  test.each(['before', 'after'] as const)(
    'that is lost %s the key signed is made by the next look, of the same bytes',
    async (when) => {
      world.signer.faults.on('sign', when);
      expect(await finalize()).toMatchObject({ result: 'PASS', unsigned: 'sign is disturbed' });
      const payload = canonicalJson(reportOf());
      expect(alert()).toMatchObject({ severity: 'warning', detail: `${facts.drill}: sign is disturbed` });
      expect(await watchSignatures(app())).toEqual([]);
      expect(jwsOf().payload).toBe(payload);
      expect(alert()).toHaveProperty('resolvedAt');
    },
  );

  test.each([
    'create v1/shop/westeurope/reports/drill-20260301T013000Z/place.json',
    'create v1/shop/westeurope/report-chain/',
    'create v1/shop/westeurope/reports/drill-20260301T013000Z/report.json',
    'create v1/_keys',
    'create v1/shop/westeurope/reports/drill-20260301T013000Z/report.jws',
  ])('survives a kill before and after "%s"', async (call) => {
    for (const when of ['before', 'after'] as const) {
      world.vault.faults.on(call, when);
      expect(await world.run('finalizeReport', facts)).toMatchObject({ outcome: 'failed' });
      clock().advance(60);
    }
    expect(await finalize()).toMatchObject({ result: 'PASS' });
    expect(`${jwsOf().payload}\n`).toBe(world.vault.text(vaultPaths.report(scope, facts.drill)));
    expect(world.vault.paths(vaultPaths.reportEntries(scope))).toHaveLength(1);
  });

  test('is made up for where the drill was cut off right after its report became final', async () => {
    world.vault.faults.on(`create ${vaultPaths.report(scope, facts.drill)}`, 'before');
    expect(await world.run('finalizeReport', facts)).toMatchObject({ outcome: 'failed' });
    expect(await signUnsigned(world.deps, scope)).toEqual([]);
    expect(jwsOf().payload).toBe(canonicalJson(reportOf()));
  });

  test('stays away, and is told, as long as no version of the key may sign', async () => {
    world.signer.enable((await world.signer.currentKey()).source, false);
    expect(await finalize()).toMatchObject({ unsigned: 'no version may sign' });
    expect(await watchSignatures(app())).toEqual([
      `the report of ${facts.drill} of shop is not signed: no version may sign`,
    ]);
    world.signer.rotate();
    expect(await watchSignatures(app())).toEqual([]);
    expect(alert()).toHaveProperty('resolvedAt');
  });

  test('that is none, or of something else, does not count and is not written over', async () => {
    await finalize();
    const other = jwsOf();
    const path = vaultPaths.reportSignature(scope, facts.drill);
    for (const [forged, reason] of [
      ['nonsense', /is no signature/],
      [`e30.${Buffer.from('{}').toString('base64url')}.AAAA`, /of something else/],
    ] as const) {
      world.vault.put(path, forged);
      expect((await finalize()).unsigned).toMatch(reason);
      expect(world.vault.text(path)).toBe(forged);
    }
    expect(other.payload).toBe(canonicalJson(reportOf()));
  });

  test('is not given to a report that was changed in the vault', async () => {
    world.signer.faults.on('sign', 'before');
    await finalize();
    world.vault.put(vaultPaths.report(scope, facts.drill), JSON.stringify({ ...reportOf(), result: 'FAIL' }));
    expect((await finalize()).unsigned).toMatch(/is not as it was finalized/);
    const canonical = `${canonicalJson({ ...reportOf(), result: 'FAIL' })}\n`;
    world.vault.put(vaultPaths.report(scope, facts.drill), canonical);
    expect((await finalize()).unsigned).toMatch(/is not as it was finalized/);
  });

  test('is not given to a report of the version before, which stays as it is', async () => {
    await finalize();
    const { number: _, previous: __, signing: ___, due: ____, ...older } = reportOf();
    const v1 = { ...older, schema: 'lifeboat/drill-report/v1' };
    const drill = drillAt(0);
    world.vault.put(vaultPaths.report(scope, drill), canonicalJson({ ...v1, id: drill }));
    expect((await finalize(drill)).unsigned).toBe('it was made by a version that does not sign');
  });
});

describe('the chain of reports', () => {
  test('links each report to the one before it by its digest', async () => {
    await finalize();
    await finalize(drillAt(1));
    await finalize(drillAt(2));
    expect(reportOf()).not.toHaveProperty('previous');
    expect([reportOf().number, reportOf(drillAt(1)).number, reportOf(drillAt(2)).number]).toEqual([1, 2, 3]);
    expect(reportOf(drillAt(1)).previous).toEqual({ drill: facts.drill, digest: digestOf(reportOf()) });
    expect(reportOf(drillAt(2)).previous).toEqual({
      ...{ drill: drillAt(1), digest: digestOf(reportOf(drillAt(1))) },
    });
  });

  test('has one place for each of many drills that end at once, each of them run twice', async () => {
    const drills = Array.from({ length: 6 }, (_, index) => drillAt(index));
    await Promise.all([...drills, ...drills].map((drill) => finalize(drill)));
    const reports = drills.map(reportOf).toSorted((a, b) => a.number - b.number);
    expect(reports.map((one) => one.number)).toEqual([1, 2, 3, 4, 5, 6]);
    for (const [index, report] of reports.entries()) {
      const before = reports[index - 1];
      expect(report.previous?.digest).toBe(before === undefined ? undefined : digestOf(before));
    }
    expect(world.vault.paths(vaultPaths.reportEntries(scope))).toHaveLength(6);
  });

  test('keeps the place of a drill that was cut off, although others have ended since', async () => {
    world.vault.faults.on(`create ${vaultPaths.report(scope, facts.drill)}`, 'before');
    await world.run('finalizeReport', facts);
    await finalize(drillAt(1));
    await finalize();
    expect([reportOf().number, reportOf(drillAt(1)).number]).toEqual([1, 2]);
    expect(world.vault.paths(vaultPaths.reportEntries(scope))).toHaveLength(2);
  });

  test('that is damaged at its end takes no further report', async () => {
    await finalize();
    world.vault.put(vaultPaths.reportEntry(scope, 1), '{ cut');
    expect(await world.run('finalizeReport', { ...facts, drill: drillAt(1) })).toMatchObject({
      failure: {
        code: 'bad-document',
        message: expect.stringContaining('report-chain/00000001.json') as string,
      },
    });
  });
});

describe('a key that is disabled', () => {
  test('is noted once with the time, the one that signs now is not', async () => {
    const first = await world.signer.currentKey();
    await finalize();
    world.signer.rotate();
    await finalize(drillAt(1));
    expect(await noteWithdrawnKeys(world.deps)).toEqual([]);
    world.signer.enable(first.source, false);
    expect(await noteWithdrawnKeys(world.deps)).toHaveLength(1);
    const path = vaultPaths.keyWithdrawal(region, first.keyId);
    const noted = world.vault.text(path);
    expect(JSON.parse(noted)).toMatchObject({
      keyId: first.keyId,
      because: expect.stringContaining('disabled') as string,
    });
    clock().advance(3600);
    expect(await noteWithdrawnKeys(world.deps)).toEqual([]);
    expect(world.vault.text(path)).toBe(noted);
    expect(world.vault.paths(vaultPaths.signingKeys(region))).toHaveLength(3);
  });

  test('cannot be told as long as the key vault does not answer', async () => {
    await finalize();
    world.signer.faults.on('versions', 'before');
    expect(await watchSignatures(app())).toEqual([
      'the signing keys could not be looked at: versions is disturbed',
    ]);
  });
});
