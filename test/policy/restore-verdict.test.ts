import { describe, expect, test } from 'vitest';
import { DateTime } from 'luxon';
import { chooseRestore, pointsToPin, unreachable } from '../../src/policy/restore-target.ts';
import { judgeRestore, type RestoreEvents } from '../../src/policy/restore-verdict.ts';

const server = (state: string) => ({ target: 's', state, detail: `it is ${state}` });
const check = (status: 'passed' | 'failed' | 'inconclusive' | 'not-run') => ({
  ...{ id: 'pages', status, actual: 'what was found' },
});
const events = (changes: Partial<RestoreEvents> = {}): RestoreEvents => ({
  ...{ servers: [server('ready')], checks: [check('passed')], ...changes },
});

describe('a restore is', () => {
  test.each<[string, Partial<RestoreEvents>, RegExp]>([
    ['ready', {}, /^one server restored, 1 checks passed$/],
    ['doubtful', { checks: [check('passed'), check('failed')] }, /1 of 2 checks passed; pages failed: what/],
    ['doubtful', { checks: [check('inconclusive')] }, /pages inconclusive/],
    ['doubtful', { checks: [] }, /nothing was checked/],
    ['failed', { servers: [server('ready'), server('timed-out')] }, /it is timed-out/],
    ['failed', { servers: [] }, /no server was restored/],
    ['failed', { failure: 'no such point' }, /no such point/],
    ['cancelled', { cancelledBy: 'Joe', servers: [server('removed')] }, /^cancelled by Joe$/],
    ['cancelled', { cancelledBy: 'Joe', servers: [server('left-over')] }, /s stands: it is left-over/],
  ])('%s with %j', (outcome, changes, said) => {
    const verdict = judgeRestore(events(changes));
    expect(verdict.outcome).toBe(outcome);
    expect(verdict.detail).toMatch(said);
  });
});

describe('what is restored to', () => {
  const at = (hour: number): DateTime => DateTime.utc(2026, 3, 1, hour);
  const instantOf = (instant: DateTime) => ({ kind: 'instant' as const, instant });
  const points = [
    { id: 'c', instant: at(9) },
    { id: 'b', instant: at(6) },
    { id: 'a', instant: at(3) },
  ];

  test('latest lies before the order, a point must be known, an instant must have been', () => {
    expect(chooseRestore('latest', at(8), points)).toEqual({
      kind: 'instant',
      instant: at(8).minus({ seconds: 1 }),
    });
    expect(chooseRestore({ point: 'b' }, at(8), points)).toEqual({ kind: 'point', point: 'b' });
    expect(chooseRestore(at(8), at(8), points)).toEqual({ kind: 'instant', instant: at(8) });
    expect(() => chooseRestore({ point: 'x' }, at(8), points)).toThrow(/no usable recovery point "x"/);
    expect(() => chooseRestore(at(9), at(8), points)).toThrow(/lies in the future/);
  });

  test.each<[string, DateTime | undefined, ReturnType<typeof chooseRestore>]>([
    ['now, where the server was written all the time', undefined, instantOf(at(8).minus({ minutes: 7 }))],
    ['its silence', at(7), instantOf(at(7).minus({ minutes: 7 }))],
    ['its silence, or the newest point where that is newer', at(6), { kind: 'point', point: 'b' }],
    ['its silence, also if that was long ago', at(2), { kind: 'point', point: 'b' }],
  ])('archived is a margin before %s', (_what, silentSince, chosen) => {
    expect(chooseRestore('archived', at(8), points.slice(1), silentSince)).toEqual(chosen);
  });

  test.each([
    [2, ['a']],
    [3, ['a', 'b']],
    [7, ['b', 'c']],
    [10, ['c']],
  ])('at %s o’clock the neighbours are kept', (hour, kept) => {
    expect(pointsToPin({ kind: 'instant', instant: at(hour) }, points)).toEqual(kept);
  });

  test('an instant before the provider’s earliest, or without one, cannot be reached', () => {
    expect(unreachable(at(5), at(5))).toBeUndefined();
    expect(unreachable(at(4), at(5))).toContain('the provider can restore from');
    expect(unreachable(at(4), undefined)).toContain('no instant');
  });
});
