/** What of an estate protects, as facts; their digest; and the stored document of those that were approved. */
import { describe, expect, test } from 'vitest';
import {
  approvedEstate,
  protectionOfApproved,
  type ApprovedEstate,
} from '../../src/contracts/approved-estate.ts';
import {
  protectionDigest,
  protectionIn,
  protectionsOf,
  retentionPolicyOf,
} from '../../src/contracts/estate-protection.ts';
import type { Estate } from '../../src/contracts/estate.ts';
import { checkRetentionPolicy } from '../../src/policy/retention/policy.ts';
import { weakerThan } from '../../src/policy/retention/protection.ts';
import { referencedColumn, referencedTable, sampleEstate, scope } from '../support/sample-estate.ts';

/** The sample estate after a change of its first system. */
function estateWith(change: (system: Estate['systems'][number]) => void): Estate {
  const estate = structuredClone(sampleEstate());
  change(estate.systems[0]!);
  return estate;
}
const digestIn = (estate: Estate): string => protectionDigest(scope, protectionIn(estate, scope));
const weakenedBy = (change: Parameters<typeof estateWith>[0]): string[] =>
  weakerThan(protectionsOf(sampleEstate()), protectionsOf(estateWith(change))).map((one) => one.path);

describe('the protection of an estate', () => {
  test('is told for each system in each region', () => {
    expect(protectionsOf(sampleEstate()).map(({ system, region }) => `${system} ${region}`)).toEqual([
      'shop westeurope',
      'shop eastus',
    ]);
    expect(protectionIn(sampleEstate(), scope)).toMatchObject({
      ...{ windowHours: 168, minimumProven: 1, ladder: undefined, graceHours: 24, reportDays: 2_192 },
      schedules: {
        snapshot: { lateAfterSeconds: 7_200, everySeconds: 86_400 },
        drill: { lateAfterSeconds: 14_400, everySeconds: 86_400 },
        scan: { lateAfterSeconds: 21_600, everySeconds: 86_400 },
        prune: { lateAfterSeconds: 21_600, everySeconds: 86_400 },
      },
      databases: [{ id: 'main', drillChecks: ['every item has a name'] }],
      stores: [{ id: 'files', references: [`main.${referencedTable}.${referencedColumn}`] }],
    });
  });

  test('holds a retention policy that may be used, with everything that the estate says', () => {
    const estate = estateWith(({ retention }) => {
      retention.window = 'P14D';
      retention.ladder = { keepDaily: 14, keepYearly: undefined };
      retention.brake = { fraction: 0.2, count: 5, contentFraction: 0.1, contentCount: 100 };
      retention.reports = 'P10Y';
      retention.history = 'P90D';
    });
    const policy = retentionPolicyOf(estate.systems[0]!);
    expect(policy).toMatchObject({
      windowHours: 336,
      ladder: { keepDaily: 14 },
      brake: { maxDeleteFraction: 0.2, maxDeleteCount: 5 },
      contentBrake: { maxDeleteFraction: 0.1, maxDeleteCount: 100 },
      ...{ reportDays: 3_650, historyDays: 90 },
    });
    expect(checkRetentionPolicy(policy)).toEqual([]);
  });

  test('of a scope that the estate does not hold is none', () => {
    expect(protectionIn(sampleEstate(), { ...scope, system: 'gone' })).toBeUndefined();
    expect(protectionIn(sampleEstate(), { ...scope, region: 'northeurope' })).toBeUndefined();
  });

  test.each<[string, Parameters<typeof estateWith>[0], string]>([
    ['a shorter window', ({ retention }) => (retention.window = 'PT100H'), 'windowHours'],
    ['reports kept shorter', ({ retention }) => (retention.reports = 'P2191D'), 'reportDays'],
    ['histories kept shorter', ({ retention }) => (retention.history = 'P29D'), 'historyDays'],
    ['a higher brake', ({ retention }) => (retention.brake.count = 21), 'brake.maxDeleteCount'],
    [
      'a snapshot each week',
      ({ schedules }) => (schedules.snapshot.cron = '0 0 1 * * 0'),
      'schedules.snapshot.everySeconds',
    ],
    [
      'a restore by one person sooner',
      ({ regions }) => (regions[0]!.restore!.breakGlassAfter = 'PT14M59S'),
      'aloneAfterSeconds',
    ],
    ['fewer checks', ({ regions }) => (regions[0]!.databases[0]!.checks = []), 'databases.main.checks'],
    [
      'fewer blobs re-hashed',
      ({ regions }) => (regions[0]!.drill.references.atMost = 99_999),
      'drillSamples.references',
    ],
    [
      'fewer signatures computed',
      ({ regions }) => (regions[0]!.drill.changeRecords.atMost = 1),
      'drillSamples.changeRecords',
    ],
    [
      'unreferenced blobs deleted',
      ({ regions }) => (regions[0]!.blobStores[0]!.unreferenced = 'delete'),
      'stores.files.deletesUnreferenced',
    ],
    ['no blob store', ({ regions }) => (regions[0]!.blobStores = []), 'stores.files'],
  ])('is weaker with %s', (_what, change, path) => {
    expect(weakenedBy(change)).toContain(`systems.shop.westeurope.${path}`);
  });

  test('is weaker without an event log that it had', () => {
    const eventLog = { table: 'shop.log', columns: { sequence: 'n' } };
    const withLog = estateWith(({ regions }) => (regions[0]!.databases[0]!.eventLog = eventLog));
    expect(weakerThan(protectionsOf(withLog), protectionsOf(sampleEstate()))).toMatchObject([
      { path: 'systems.shop.westeurope.databases.main.checks', from: 'the event log shop.log has no break' },
    ]);
    expect(weakerThan(protectionsOf(sampleEstate()), protectionsOf(withLog))).toEqual([]);
  });

  test('is weaker with a system or a region less', () => {
    const path = 'systems.shop.eastus';
    expect(weakenedBy((system) => system.regions.pop())).toEqual([path]);
    const gone = { ...sampleEstate(), systems: [] };
    expect(weakerThan(protectionsOf(sampleEstate()), protectionsOf(gone))).toHaveLength(2);
  });
});

describe('the digest', () => {
  test('changes neither with the order of the file nor with what does not protect', () => {
    const twoEach = (system: Estate['systems'][number]): void => {
      const [region] = system.regions;
      region!.databases.push({ ...region!.databases[0]!, id: 'audit' });
      region!.blobStores[0]!.references.push({ ...region!.blobStores[0]!.references[0]!, column: 'preview' });
    };
    const turned = estateWith((system) => {
      twoEach(system);
      system.owner = 'Somebody else';
      system.regions[0]!.databases.reverse();
      system.regions[0]!.blobStores[0]!.references.reverse();
    });
    expect(digestIn(turned)).toBe(digestIn(estateWith(twoEach)));
    expect(digestIn(turned)).not.toBe(digestIn(sampleEstate()));
  });

  test('of a scope without protection is its own', () => {
    expect(protectionDigest(scope, undefined)).not.toBe(
      protectionDigest({ ...scope, system: 'two' }, undefined),
    );
  });
});

describe('the stored document', () => {
  const protection = protectionIn(
    estateWith(({ retention }) => (retention.ladder = { keepDaily: 14 })),
    scope,
  )!;
  const document: ApprovedEstate = {
    ...{ schema: 'lifeboat/approved-estate/v1', ...scope, since: '2026-03-01T01:30:00.000Z' },
    ...{ protection, digest: protectionDigest(scope, protection), authority: 'first use' },
  };
  const problemOf = (changed: object): string | undefined =>
    approvedEstate.safeParse({ ...document, ...changed }).error?.issues[0]?.message;

  test('gives back the facts that were approved', () => {
    const read = approvedEstate.parse(JSON.parse(JSON.stringify(document)));
    expect(protectionOfApproved(read)).toEqual(protection);
  });

  test('may say that a scope is not protected any more', () => {
    const { protection: _none, ...gone } = { ...document, digest: protectionDigest(scope, undefined) };
    expect(protectionOfApproved(approvedEstate.parse(gone))).toBeUndefined();
  });

  test('is refused when a fact in it was changed, or when it is of another scope', () => {
    expect(problemOf({ protection: { ...protection, windowHours: 1 } })).toBe(
      'is not the digest of what it says',
    );
    expect(problemOf({ system: 'other' })).toBe('is of another system or region');
    expect(problemOf({ protection: undefined })).toBe('is not the digest of what it says');
    expect(problemOf({ protection: { ...protection, windowHours: 'long' } })).toContain('number');
  });
});
