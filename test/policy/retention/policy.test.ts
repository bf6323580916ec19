import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { retentionLimits } from '../../../src/policy/retention/limits.ts';
import { checkRetentionPolicy, defaultRetentionPolicy } from '../../../src/policy/retention/policy.ts';
import { budget } from '../../budget.ts';

const withPart = (path: string, value: unknown): unknown => {
  const [first = '', second] = path.split('.');
  const whole = defaultRetentionPolicy as unknown as Record<string, Record<string, unknown>>;
  return { ...whole, [first]: second === undefined ? value : { ...whole[first], [second]: value } };
};

test('the default policy may be used', () => {
  expect(checkRetentionPolicy(defaultRetentionPolicy)).toEqual([]);
});

describe('what is no policy is refused, not interpreted', () => {
  test.each([[undefined], [null], [{}], [[]], ['PT168H'], [168]])('%s', (nothing) => {
    expect(checkRetentionPolicy(nothing)).toEqual([
      { path: '(policy)', problem: 'is empty: nothing is deleted without a policy' },
    ]);
  });

  test('and a part of one names everything that is missing', () => {
    const paths = checkRetentionPolicy({ windowHours: 168 }).map(({ path }) => path);
    expect(paths).toEqual([
      ...['minimumProven', 'brake.maxDeleteFraction', 'brake.maxDeleteCount'],
      ...['contentBrake.maxDeleteFraction', 'contentBrake.maxDeleteCount'],
      ...['marksApartHours', 'graceHours', 'historyDays', 'reportDays'],
    ]);
  });
});

describe('a number on the wrong side of its floor', () => {
  test.each<[string, unknown, boolean]>([
    ['windowHours', retentionLimits.windowFloorHours, true],
    ['windowHours', 167.999, false],
    ['windowHours', 0, false],
    ['windowHours', -168, false],
    ['windowHours', Number.NaN, false],
    ['windowHours', Infinity, false],
    ['windowHours', '168', false],
    ['minimumProven', 1, true],
    ['minimumProven', 0, false],
    ['minimumProven', 1.5, false],
    ['brake.maxDeleteFraction', 1, true],
    ['brake.maxDeleteFraction', 0, false],
    ['brake.maxDeleteFraction', 1.01, false],
    ['brake.maxDeleteFraction', Number.NaN, false],
    ['contentBrake.maxDeleteCount', 1, true],
    ['contentBrake.maxDeleteCount', 0, false],
    ['contentBrake.maxDeleteCount', Infinity, false],
    ['marksApartHours', 4, true],
    ['marksApartHours', 3.9, false],
    ['graceHours', 24, true],
    ['graceHours', 23, false],
    ['historyDays', 6, false],
    ['reportDays', 364, false],
    ['ladder', undefined, true],
    ['ladder', { keepDaily: 7, keepWeekly: 0 }, true],
    ['ladder', { keepDaily: 0 }, false],
    ['ladder', {}, false],
    ['ladder', { keepDaily: -1 }, false],
    ['ladder', { keepDaily: 1.5 }, false],
    ['ladder', { keepHourly: 5 }, false],
    ['ladder', 7, false],
  ])('%s = %j may be used: %j', (path, value, isRight) => {
    const problems = checkRetentionPolicy(withPart(path, value));
    expect(problems.length === 0).toBe(isRight);
    for (const problem of problems) expect(problem.path.startsWith(path)).toBe(true);
  });

  test('each problem says what it must be and what it is', () => {
    const policy = { ...defaultRetentionPolicy, windowHours: 1, minimumProven: 0, ladder: { keepDaily: -1 } };
    expect(checkRetentionPolicy(policy)).toEqual([
      { path: 'windowHours', problem: 'must be a number of hours, at least 168, and is 1' },
      { path: 'minimumProven', problem: 'must be a whole number, at least 1, and is 0' },
      { path: 'ladder.keepDaily', problem: 'must be a whole number, not below 0, and is -1' },
    ]);
  });
});

test('whatever is read as a policy is judged without an error', () => {
  fc.assert(
    fc.property(fc.anything(), (anything) => {
      expect(checkRetentionPolicy(anything).length).toBeGreaterThan(0);
    }),
    { numRuns: budget.policyProperties },
  );
});
