import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import {
  covers,
  heldBy,
  holdsOn,
  stateOfHold,
  type Hold,
  type Holdable,
  type Holds,
} from '../../src/policy/holds.ts';
import { budget } from '../budget.ts';

const at = (text: string): DateTime => DateTime.fromISO(text, { zone: 'utc' });
const now = at('2026-03-10T00:00:00Z');
const hold = (changes: Partial<Hold> = {}): Hold => ({
  ...{ id: 'hold-20260301T000000Z', reason: 'case 12', by: 'counsel', until: undefined, isReleased: false },
  subject: { kind: 'everything' },
  ...changes,
});
const only = (...readable: Hold[]): Holds => ({ readable, unreadable: [] });
const point = (id: string, instant: string): Holdable => ({
  kind: 'recovery-point',
  id,
  instant: at(instant),
});
const other: Holdable = { kind: 'other' };
const id = 'on-demand-20260301T013000Z';

describe('a hold', () => {
  test('is the pin that the retention knows, and names itself so that it can be released', () => {
    expect(holdsOn(only(hold()), other, now)).toEqual([
      { kind: 'legal-hold', by: 'counsel', reason: 'hold-20260301T000000Z: case 12', until: undefined },
    ]);
    expect(heldBy(only(hold()), other, now)).toBe('a legal hold of counsel (hold-20260301T000000Z: case 12)');
  });

  test('on one point holds that point alone', () => {
    const one = only(hold({ subject: { kind: 'point', point: id } }));
    expect(holdsOn(one, point(id, '2020-01-01T00:00:00Z'), now)).toHaveLength(1);
    expect(holdsOn(one, point('on-demand-20260302T013000Z', '2026-03-01T01:30:00Z'), now)).toEqual([]);
    expect(heldBy(one, other, now)).toBeUndefined();
  });

  const march = { kind: 'time', from: at('2026-03-01T00:00:00Z'), to: at('2026-03-02T00:00:00Z') } as const;

  test.each([
    ['2026-02-28T23:59:59.999Z', 0],
    ['2026-03-01T00:00:00.000Z', 1],
    ['2026-03-02T00:00:00.000Z', 1],
    ['2026-03-02T00:00:00.001Z', 0],
    ['no instant', 1],
  ])('on a time, both ends included, holds a point of %s: %i', (instant, count) => {
    expect(holdsOn(only(hold({ subject: march })), point(id, instant), now)).toHaveLength(count);
  });

  test('on a time holds a point of which no instant is known, and nothing that is no point', () => {
    expect(covers(march, { kind: 'recovery-point', id, instant: undefined })).toBe(true);
    expect(covers(march, other)).toBe(false);
  });

  test.each([
    [{}, 'active'],
    [{ until: now.plus(1) }, 'active'],
    [{ until: now }, 'over'],
    [{ until: now.minus(1) }, 'over'],
    [{ isReleased: true }, 'released'],
    [{ isReleased: true, until: now.minus(1) }, 'released'],
  ] as const)('with %j is %s', (changes, state) => {
    expect(stateOfHold(hold(changes), now)).toBe(state);
    expect(holdsOn(only(hold(changes)), other, now)).toHaveLength(state === 'active' ? 1 : 0);
  });

  test('that cannot be read holds everything, whatever the others say', () => {
    const problem = 'v1/shop/westeurope/holds/hold-1.json in the vault is no JSON';
    const holds: Holds = {
      readable: [hold({ isReleased: true })],
      unreadable: [{ path: 'p', problem }],
    };
    for (const thing of [other, point(id, '2026-03-01T00:00:00Z')])
      expect(holdsOn(holds, thing, now)).toEqual([
        {
          ...{ kind: 'legal-hold', by: 'somebody who cannot be read', until: undefined },
          reason: `${problem}; it is taken to hold everything`,
        },
      ]);
  });
});

const times = fc.integer({ min: -5, max: 5 }).map((days) => now.plus({ days }));
const subjects = fc.oneof(
  fc.constant({ kind: 'everything' as const }),
  fc.constantFrom('a', 'b').map((name) => ({ kind: 'point' as const, point: name })),
  fc.tuple(times, times).map(([a, b]) => ({
    kind: 'time' as const,
    from: DateTime.min(a, b) as DateTime,
    to: DateTime.max(a, b) as DateTime,
  })),
);
const holdsGiven = fc.array(
  fc.record({ subject: subjects, until: fc.option(times, { nil: undefined }), isReleased: fc.boolean() }),
  { maxLength: 6 },
);
const things = fc.oneof(
  fc.constant(other),
  fc.record({
    kind: fc.constant('recovery-point' as const),
    id: fc.constantFrom('a', 'b', 'c'),
    instant: fc.option(times, { nil: undefined }),
  }),
);

describe('any holds', () => {
  test('one more never lets a thing go, and each is counted by itself', () => {
    fc.assert(
      fc.property(holdsGiven, holdsGiven, things, (some, more, thing) => {
        const count = (given: typeof some): number =>
          holdsOn(only(...given.map((one) => hold(one))), thing, now).length;
        expect(count([...some, ...more])).toBe(count(some) + count(more));
      }),
      { numRuns: budget.policyProperties },
    );
  });
});
