import { describe, expect, test } from 'vitest';
import { weakerThan, type SystemProtection } from '../../../src/policy/retention/protection.ts';

const approved: SystemProtection = {
  ...{ system: 'unite', region: 'westeurope', windowHours: 168, minimumProven: 2 },
  ladder: { keepDaily: 7, keepMonthly: 12 },
  brake: { maxDeleteFraction: 0.3, maxDeleteCount: 20 },
  contentBrake: { maxDeleteFraction: 0.3, maxDeleteCount: 1_000 },
  ...{ marksApartHours: 4, graceHours: 24, historyDays: 30, reportDays: 2_192, aloneAfterSeconds: 900 },
  schedules: {
    snapshot: { lateAfterSeconds: 7_200, everySeconds: 86_400 },
    drill: { lateAfterSeconds: 14_400, everySeconds: 86_400 },
  },
  databases: [{ id: 'unite', drillChecks: ['every order belongs to a case'] }],
  stores: [
    {
      ...{ id: 'cases', deletesUnreferenced: false, checksChangeRecords: true },
      references: ['unite.case_file.address'],
    },
  ],
};
const other: SystemProtection = { ...approved, region: 'eastus' };
const changed = (by: Partial<SystemProtection>): string[] =>
  weakerThan([approved, other], [{ ...approved, ...by }, other]).map(({ path }) => path);
const at = 'systems.unite.westeurope';

describe('an estate is not weaker', () => {
  test('when it is the same, or has more of everything', () => {
    expect(weakerThan([approved], [approved])).toEqual([]);
    const stronger: SystemProtection = {
      ...approved,
      ...{
        windowHours: 336,
        minimumProven: 3,
        graceHours: 48,
        reportDays: 3_000,
        aloneAfterSeconds: 'never',
      },
      ladder: { keepDaily: 8, keepMonthly: 12, keepYearly: 1 },
      brake: { maxDeleteFraction: 0.1, maxDeleteCount: 5 },
      schedules: {
        ...approved.schedules,
        drill: { lateAfterSeconds: 60, everySeconds: 3_600 },
        scan: { lateAfterSeconds: 1, everySeconds: 1 },
      },
      databases: [...approved.databases, { id: 'more', drillChecks: [] }],
    };
    expect(weakerThan([approved], [other, stronger])).toEqual([]);
    expect(weakerThan([], [approved])).toEqual([]);
  });

  test('when an older approval does not tell how soon one person may go on alone', () => {
    const older: SystemProtection = { ...approved, aloneAfterSeconds: undefined };
    expect(weakerThan([older], [{ ...approved, aloneAfterSeconds: 1 }])).toEqual([]);
  });
});

describe('an estate is weaker', () => {
  const { schedules, stores, databases } = approved;
  test.each<[string, Partial<SystemProtection>, string]>([
    ['with a shorter window', { windowHours: 167 }, 'windowHours'],
    ['with a window that is no number', { windowHours: Number.NaN }, 'windowHours'],
    [
      'with fewer blobs that a drill re-hashes',
      { drillSamples: { references: 99_999, changeRecords: 100_000 } },
      'drillSamples.references',
    ],
    ['with a lower minimum', { minimumProven: 1 }, 'minimumProven'],
    ['with a shorter ladder', { ladder: { keepDaily: 7, keepMonthly: 11 } }, 'ladder.keepMonthly'],
    [
      'with a higher brake by share',
      { brake: { maxDeleteFraction: 0.31, maxDeleteCount: 20 } },
      'brake.maxDeleteFraction',
    ],
    [
      'with a higher brake by number',
      { contentBrake: { maxDeleteFraction: 0.3, maxDeleteCount: 1_001 } },
      'contentBrake.maxDeleteCount',
    ],
    ['with looks that lie closer', { marksApartHours: 3 }, 'marksApartHours'],
    ['with a shorter grace', { graceHours: 23 }, 'graceHours'],
    ['with histories kept shorter', { historyDays: 29 }, 'historyDays'],
    ['with reports kept shorter', { reportDays: 2_000 }, 'reportDays'],
    ['when one person may go on alone sooner', { aloneAfterSeconds: 899 }, 'aloneAfterSeconds'],
    [
      'when a missed snapshot is noticed later',
      { schedules: { ...schedules, snapshot: { lateAfterSeconds: 7_201, everySeconds: 86_400 } } },
      'schedules.snapshot.lateAfterSeconds',
    ],
    [
      'when drills run less often',
      { schedules: { ...schedules, drill: { lateAfterSeconds: 14_400, everySeconds: 604_800 } } },
      'schedules.drill.everySeconds',
    ],
    [
      'when drills never run',
      { schedules: { ...schedules, drill: { lateAfterSeconds: 14_400, everySeconds: undefined } } },
      'schedules.drill.everySeconds',
    ],
    [
      'when the drill is no longer scheduled',
      { schedules: { snapshot: schedules['snapshot']! } },
      'schedules.drill',
    ],
    ['without a database', { databases: [] }, 'databases.unite'],
    [
      'without a drill check',
      { databases: [{ ...databases[0]!, drillChecks: [] }] },
      'databases.unite.checks',
    ],
    ['without a store', { stores: [] }, 'stores.cases'],
    ['without a reference', { stores: [{ ...stores[0]!, references: [] }] }, 'stores.cases.references'],
    [
      'when unreferenced blobs are deleted',
      { stores: [{ ...stores[0]!, deletesUnreferenced: true }] },
      'stores.cases.deletesUnreferenced',
    ],
    [
      'without checks of change records',
      { stores: [{ ...stores[0]!, checksChangeRecords: false }] },
      'stores.cases.changeRecords',
    ],
  ])('%s', (_how, by, path) => {
    expect(changed(by)).toEqual([`${at}.${path}`]);
  });

  test('without the ladder, rung by rung', () => {
    expect(changed({ ladder: undefined })).toEqual([`${at}.ladder.keepDaily`, `${at}.ladder.keepMonthly`]);
  });

  test('without a system or a region, even when another one is new', () => {
    const elsewhere = { ...approved, system: 'lms' };
    expect(weakerThan([approved, other], [other, elsewhere])).toEqual([
      {
        ...{ path: at, from: 'present', to: 'absent', isKept: false },
        sentence: 'unite in westeurope is not protected any more',
      },
    ]);
  });

  test('and says from what to what', () => {
    const found = weakerThan([approved], [{ ...approved, windowHours: 24, ladder: undefined }]);
    expect(found.map(({ from, to, sentence }) => [from, to, sentence])).toEqual([
      ['168', '24', 'the retention window is shorter: 24 instead of 168'],
      ['7', '0', 'the longer retention keeps fewer: 0 instead of 7'],
      ['12', '0', 'the longer retention keeps fewer: 0 instead of 12'],
    ]);
  });
});
