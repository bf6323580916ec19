/** The guard of an estate when documents are damaged, the process dies, or several are at work at once. */
import { beforeEach, describe, expect, test } from 'vitest';
import { effectiveProtection, guardEstate } from '../../src/activities/estate-guard.ts';
import type { Dependencies } from '../../src/activities/dependencies.ts';
import type { ApprovedEstate } from '../../src/contracts/approved-estate.ts';
import type { AuditEntry } from '../../src/contracts/audit.ts';
import type { AlertDocument } from '../../src/contracts/documents.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { sampleEstate, scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

const path = vaultPaths.approvedEstate(scope);
let world: World;

beforeEach(() => {
  world = makeWorld(new VirtualWallClock('2026-03-01T01:30:00.000Z'));
});

function withMinimum(minimumProven: number): Dependencies {
  const estate = structuredClone(sampleEstate());
  for (const system of estate.systems) system.retention.minimumProven = minimumProven;
  return { ...world.deps, estate };
}
const guard = (minimumProven: number): ReturnType<typeof guardEstate> =>
  guardEstate(withMinimum(minimumProven), scope);
const approved = (): ApprovedEstate => world.vault.json(path);
const alert = (): AlertDocument => world.vault.json(vaultPaths.alert(scope, 'estate-weakened'));
const lines = (): number =>
  world.vault.entries<AuditEntry>(vaultPaths.auditSegments(scope)).filter(({ stage }) => stage === 'intent')
    .length;

describe('a document of what was approved', () => {
  const edits: readonly (readonly [string, (text: string) => string])[] = [
    ['is cut', (text) => text.slice(0, 40)],
    ['has one fact changed by hand', (text) => text.replace('"minimumProven":2', '"minimumProven":1')],
    ['is of a later version', (text) => text.replace('approved-estate/v2', 'approved-estate/v3')],
    ['is empty', () => ''],
  ];

  test.each(edits)(
    'that %s makes nothing known to be approved, and is never written over',
    async (_how, edit) => {
      await guard(2);
      const damaged = edit(world.vault.text(path));
      world.vault.put(path, damaged);
      for (const minimum of [1, 2, 3]) {
        const standing = await guard(minimum);
        expect(standing).toMatchObject({
          state: 'unknown',
          sentence: expect.stringContaining(
            `what was approved for shop in westeurope cannot be read: ${path}`,
          ) as string,
        });
        await expect(effectiveProtection(withMinimum(minimum), scope)).rejects.toMatchObject({
          code: 'bad-document',
        });
      }
      expect(world.vault.text(path)).toBe(damaged);
      expect(alert()).toMatchObject({
        count: 3,
        title: 'What was approved for shop in westeurope cannot be read',
      });
    },
  );

  test('that is put right again resolves the alert', async () => {
    await guard(2);
    const good = world.vault.text(path);
    world.vault.put(path, '{');
    await guard(2);
    world.vault.put(path, good);
    expect(await guard(2)).toEqual({ state: 'approved' });
    expect(alert()).toHaveProperty('resolvedAt');
  });
});

describe('killed', () => {
  test.each([
    ['before the audit line', 'append', 'before', 0],
    ['between the audit line and the write', 'create', 'before', 1],
    ['after the write', 'create', 'after', 1],
  ] as const)('%s at the first use, the next look ends it', async (_when, call, fault, told) => {
    world.vault.faults.on(`${call} v1/`, fault);
    await expect(guard(2)).rejects.toThrow('is disturbed');
    expect(lines()).toBe(told);
    expect(world.vault.paths(path)).toHaveLength(fault === 'after' ? 1 : 0);
    expect(await guard(2)).toEqual({ state: 'approved' });
    expect(approved().protection?.minimumProven).toBe(2);
  });

  test.each([
    ['before the audit line', 'append', 'before', 2],
    ['between the audit line and the write', 'replace', 'before', 2],
    ['after the write', 'replace', 'after', 3],
  ] as const)('%s of a stronger estate, the next look ends it', async (_when, call, fault, stands) => {
    await guard(2);
    world.vault.faults.on(`${call} v1/`, fault);
    await expect(guard(3)).rejects.toThrow('is disturbed');
    expect(approved().protection?.minimumProven).toBe(stands);
    expect(await guard(3)).toEqual({ state: 'approved' });
    expect(approved().protection?.minimumProven).toBe(3);
  });

  test('before the alert of a weaker estate is written, the next look raises it', async () => {
    await guard(2);
    world.vault.faults.on('create v1/shop/westeurope/alerts', 'before');
    await expect(guard(1)).rejects.toThrow('is disturbed');
    expect(await guard(1)).toMatchObject({ state: 'weaker' });
    expect(alert()).toMatchObject({ count: 1 });
    expect(approved().protection?.minimumProven).toBe(2);
  });
});

describe('at once', () => {
  test('many first uses write one document', async () => {
    const standings = await Promise.all(Array.from({ length: 8 }, () => guard(2)));
    expect(standings.every((one) => one.state === 'approved')).toBe(true);
    expect(approved()).toMatchObject({ authority: 'first use', protection: { minimumProven: 2 } });
  });

  test('a weaker and a stronger first use end with the stronger one, whoever was first', async () => {
    for (const order of [
      [1, 3],
      [3, 1],
    ]) {
      world.vault.remove(path);
      await Promise.all(order.map(guard));
      await guard(3);
      expect(approved().protection?.minimumProven).toBe(3);
      expect(await guard(1)).toMatchObject({ state: 'weaker' });
    }
  });

  test('two stronger estates never end with the weaker of them', async () => {
    await guard(1);
    await Promise.all([guard(3), guard(2), guard(3), guard(2)]);
    expect(approved().protection?.minimumProven).toBe(3);
  });

  test('a change that comes between the look and the write is judged anew', async () => {
    await guard(1);
    const replace = world.vault.replace.bind(world.vault);
    let isFirst = true;
    world.vault.replace = async (...given) => {
      if (isFirst && given[0] === path) {
        isFirst = false;
        await guard(4);
      }
      return replace(...given);
    };
    expect(await guard(2)).toMatchObject({ state: 'weaker' });
    expect(approved().protection?.minimumProven).toBe(4);
  });
});
