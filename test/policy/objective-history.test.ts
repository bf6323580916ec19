import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { figuresOf, trendOf } from '../../src/policy/objective-history.ts';
import { budget } from '../budget.ts';

describe('the figures', () => {
  test('are over what was measured alone', () => {
    expect(figuresOf([12, undefined, 8, 30, undefined])).toMatchObject({
      ...{ measured: 3, minimum: 8, median: 12, worst: 30 },
    });
    expect(figuresOf([4, 10])).toMatchObject({ minimum: 4, median: 7, worst: 10 });
    expect(figuresOf([])).toBeUndefined();
    expect(figuresOf([undefined])).toBeUndefined();
  });
});

describe('the trend', () => {
  test.each<[string, number[], string, number]>([
    ['of nothing', [], 'too-few', 0],
    ['of one', [10], 'too-few', 0],
    ['of four, however clear', [1, 10, 100, 1000], 'too-few', 211.5],
    ['of the same five times', [7, 7, 7, 7, 7], 'steady', 0],
    ['of five that go up', [10, 12, 14, 16, 18], 'rising', 2],
    ['of five that go down', [18, 16, 14, 12, 10], 'falling', -2],
    ['of five up but for one, which may be chance', [10, 12, 14, 13, 18], 'steady', 2],
    ['that is certain and too small to matter', [10, 10.1, 10.2, 10.3, 10.4, 10.5], 'steady', 0.1],
    ['that is a second of an hour', [3600, 3600.3, 3600.6, 3600.9, 3601.2], 'steady', 0.3],
    ['of a row that goes to and fro', [10, 30, 10, 30, 10, 30, 10, 30], 'steady', 0],
    [
      'with one drill out of the row, which moves nothing',
      [10, 11, 12, 500, 14, 15, 16, 17, 18, 19],
      'rising',
      1,
    ],
    ['up in steps', [10, 10, 10, 20, 20, 20, 30, 30, 30], 'rising', 3.095],
  ])('%s', (_, values, direction, secondsPerDrill) => {
    expect(trendOf(values)).toEqual({ direction, secondsPerDrill });
  });

  test('turned round goes the other way by as much', () => {
    const opposite = { rising: 'falling', falling: 'rising', steady: 'steady', 'too-few': 'too-few' };
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 30 }), (values) => {
        const [there, back] = [trendOf(values), trendOf(values.toReversed())];
        expect(back.direction).toBe(opposite[there.direction]);
        expect(back.secondsPerDrill + there.secondsPerDrill).toBeCloseTo(0, 2);
      }),
      { numRuns: budget.policyProperties },
    );
  });
});
