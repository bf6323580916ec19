/** What is left of a run, by how earlier ones went. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  secondsLeftAt,
  shareOfTables,
  tableShare,
  timeLeft,
  usualCourse,
  type PastRun,
} from '../../src/policy/time-left.ts';

const run = (plan: number, restore: number, check: number): PastRun => ({
  seconds: plan + restore + check,
  steps: [
    { step: 'plan', seconds: plan },
    { step: 'restore', seconds: restore },
    { step: 'check', seconds: check },
  ],
});
const usual = usualCourse([run(1, 100, 20), run(1, 80, 20), run(2, 900, 10)]);
const done = (...steps: string[]) => steps.map((step) => ({ step, seconds: 0 }));

describe('the usual course', () => {
  test('is the median of each step, so that one bad night does not count', () => {
    expect(usual).toEqual({
      ...{ runs: 3, seconds: 121 },
      steps: [
        { step: 'plan', seconds: 1 },
        { step: 'restore', seconds: 100 },
        { step: 'check', seconds: 20 },
      ],
    });
  });

  test('leaves out a step that most runs did not have', () => {
    const kept = { ...run(1, 1, 1), steps: [...run(1, 1, 1).steps, { step: 'keep', seconds: 600 }] };
    expect(usualCourse([kept, run(1, 1, 1)]).steps.map(({ step }) => step)).toEqual([
      'plan',
      'restore',
      'check',
    ]);
  });
});

describe('what is left', () => {
  test.each([
    ['in a step', { seconds: 31, done: done('plan'), step: 'restore', stepSeconds: 30 }, 90],
    [
      'in a step that takes longer than usual',
      { seconds: 301, done: done('plan'), step: 'restore', stepSeconds: 300 },
      20,
    ],
    [
      'after what came sooner than usual',
      { seconds: 3, done: done('plan', 'restore'), step: 'check', stepSeconds: 1 },
      19,
    ],
    [
      'in a step of another scenario, by the whole',
      { seconds: 21, done: done('plan'), step: 'drop', stepSeconds: 20 },
      100,
    ],
    ['before the first word, by the whole', { seconds: 1, done: [], step: undefined, stepSeconds: 0 }, 120],
  ])('%s', (_where, standing, secondsLeft) => {
    expect(timeLeft(usual, standing)).toMatchObject({ state: 'known', secondsLeft });
  });

  test('is not made up where no run is known', () => {
    const standing = { seconds: 1, done: [], step: 'plan', stepSeconds: 1 };
    expect(timeLeft(usualCourse([]), standing)).toEqual({ state: 'unknown' });
  });

  test('is told as longer than usual once the usual time is over', () => {
    const standing = { seconds: 400, done: done('plan', 'restore'), step: 'check', stepSeconds: 21 };
    expect(timeLeft(usual, standing)).toEqual({ state: 'late', usualSeconds: 121 });
  });

  test('never says that a run at work is through, nor a percentage below 0', () => {
    const seconds = fc.double({ min: 0, max: 1e5, noNaN: true });
    fc.assert(
      fc.property(
        seconds,
        seconds,
        fc.subarray(['plan', 'restore']),
        fc.constantFrom('restore', 'check', 'x'),
        (total, inStep, ended, step) => {
          const left = timeLeft(usual, { seconds: total, done: done(...ended), step, stepSeconds: inStep });
          if (left.state !== 'known') return;
          expect(left.percent).toBeGreaterThanOrEqual(0);
          expect(left.percent).toBeLessThan(100);
          expect(left.secondsLeft).toBeGreaterThan(0);
        },
      ),
    );
  });
});

test('while a person is waited for nothing is known, and their time is no work', () => {
  const restore = { ...usual, waits: ['approve'] };
  const waiting = { seconds: 600, done: done('plan'), step: 'approve', stepSeconds: 600 };
  expect(timeLeft(restore, waiting)).toEqual({ state: 'unknown' });
  const after = { seconds: 650, done: [{ step: 'approve', seconds: 600 }], step: 'restore', stepSeconds: 50 };
  expect(timeLeft(restore, after)).toEqual(
    timeLeft(usual, { seconds: 50, done: [], step: 'restore', stepSeconds: 50 }),
  );
});

describe('tables that are carried over', () => {
  test('count by their sizes, or alike where one is not known', () => {
    expect(shareOfTables(2, [100, 300], 1, 0.5)).toBe(0.625);
    expect(shareOfTables(2, undefined, 1, 0.5)).toBe(0.75);
    expect(shareOfTables(2, [100], 1, 0.5)).toBe(0.75);
    expect(shareOfTables(2, [0, 0], 2, 0)).toBe(1);
  });

  test('go on from the copy to the sums, and never back', () => {
    const ways = ['copy', 'sum restored', 'sum copy'] as const;
    const along = ways.flatMap((way) => [0, 1, 7, 8].map((through) => tableShare(way, through, 8)));
    expect(along).toEqual(along.toSorted((a, b) => a - b));
    expect([along[0], along.at(-1)]).toEqual([0, 1]);
    expect(tableShare('copy', 9, 8)).toBe(0.5);
    expect(tableShare('sum copy', 0, 0)).toBe(0.75);
  });
});

test('what is left at the pace so far is not made up before there is one', () => {
  expect(secondsLeftAt(0.25, 30)).toBe(90);
  expect(secondsLeftAt(1, 30)).toBe(0);
  expect([secondsLeftAt(0, 30), secondsLeftAt(0.5, 0)]).toEqual([undefined, undefined]);
});
