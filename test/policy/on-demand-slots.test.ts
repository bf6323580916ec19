import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import { decideSlot, type BackupRecord, type ListedBackup } from '../../src/policy/on-demand-slots.ts';
import { budget } from '../budget.ts';

const day = (number: number): DateTime =>
  DateTime.fromISO('2026-03-01T01:30:00Z', { zone: 'utc' }).plus({ days: number });
const onDemand = (number: number): ListedBackup => ({
  name: `od-${number}`,
  kind: 'on-demand',
  completedAt: day(number),
});
const automatic = (number: number): ListedBackup => ({
  name: `auto-${number}`,
  kind: 'automatic',
  completedAt: day(number).plus({ hours: 20 }),
});
const record = (number: number, facts: Partial<BackupRecord> = {}): BackupRecord => ({
  name: `od-${number}`,
  provenAt: undefined,
  pinned: false,
  ...facts,
});
const days = [0, 1, 2, 3, 4, 5];
const full = days.map(onDemand);
const covered = [...full, ...days.map(automatic)];
const records = days.map((number) => record(number));

describe('a slot for the next on-demand backup', () => {
  test.each([0, 1, 5])('is taken while %i of seven are held: one stays free for a person', (count) => {
    expect(decideSlot([...full.slice(0, count), ...days.map(automatic)], records)).toEqual({
      decision: 'take',
    });
  });

  test('is made by giving up the oldest whose day an automatic backup covers', () => {
    expect(decideSlot(covered, records)).toEqual({
      decision: 'give-up',
      backup: 'od-0',
      coveredBy: 'auto-0',
      reason: 'slot',
    });
  });

  test('is made by giving up one whose day an export covers', () => {
    expect(decideSlot(full, records, ['2026-03-03'])).toMatchObject({
      backup: 'od-2',
      coveredBy: '2026-03-03',
    });
  });

  test.each([
    ['without an automatic backup of its day', covered.filter((one) => one.name !== 'auto-0'), records],
    ["of a person's own making", covered, records.slice(1)],
    ['that is pinned', covered, [record(0, { pinned: true }), ...records.slice(1)]],
    ['that is the newest proven one', covered, [record(0, { provenAt: day(6) }), ...records.slice(1)]],
  ])('is not made of the oldest %s', (_why, listed, known) => {
    expect(decideSlot(listed, known)).toMatchObject({ decision: 'give-up', backup: 'od-1' });
  });

  test('may be made of an older proven one', () => {
    const known = [record(0, { provenAt: day(9) }), record(1, { provenAt: day(6) }), ...records.slice(2)];
    expect(decideSlot(covered, known)).toMatchObject({ decision: 'give-up', backup: 'od-0' });
  });

  test.each([
    ['no day is covered', full, records],
    ['none is of our making', covered, []],
    ['all are pinned', covered, days.map((number) => record(number, { pinned: true }))],
  ])('is refused when %s', (_why, listed, known) => {
    expect(decideSlot(listed, known)).toMatchObject({ decision: 'refuse' });
  });

  test('is never made of the newest proven, a pinned, a foreign or an uncovered one', () => {
    const backups = fc.array(
      fc.record({
        day: fc.nat({ max: 9 }),
        isAutomatic: fc.boolean(),
        isKnown: fc.boolean(),
        isPinned: fc.boolean(),
        isProven: fc.boolean(),
      }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(backups, (list) => {
        const listed = list.map((one, index): ListedBackup => ({
          name: `b-${index}`,
          kind: one.isAutomatic ? 'automatic' : 'on-demand',
          completedAt: day(one.day).plus({ minutes: index }),
        }));
        const known = list.flatMap((one, index): BackupRecord[] =>
          one.isKnown
            ? [{ name: `b-${index}`, pinned: one.isPinned, provenAt: one.isProven ? day(20) : undefined }]
            : [],
        );
        const decision = decideSlot(listed, known);
        const held = listed.filter((one) => one.kind === 'on-demand').length;
        expect(decision.decision === 'take').toBe(held < 6);
        if (decision.decision !== 'give-up') return;
        const index = Number(decision.backup.slice(2));
        expect(list[index]).toMatchObject({ isAutomatic: false, isKnown: true, isPinned: false });
        const cover = list[Number(decision.coveredBy.slice(2))];
        expect(cover).toMatchObject({ isAutomatic: true, day: list[index]?.day });
        const proven = listed
          .filter((one, at) => one.kind === 'on-demand' && list[at]?.isKnown && list[at]?.isProven)
          .toSorted((a, b) => b.completedAt.toMillis() - a.completedAt.toMillis());
        expect(proven[0]?.name).not.toBe(decision.backup);
      }),
      { numRuns: budget.policyProperties },
    );
  });
});
