import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import { clockDoubt } from '../../../src/policy/clock-trust.ts';
import type { RetentionPolicy } from '../../../src/policy/retention/policy.ts';
import {
  copy,
  cover,
  day,
  decide,
  drillServer,
  dump,
  history,
  pin,
  point,
  policy,
  report,
  short,
  unreferenced,
} from './make.ts';

const old = 9 * day;
const everything = [
  cover,
  point('p', old),
  dump('d', old),
  copy('s', old),
  copy('v', old, { kind: 'blob-version' }),
  unreferenced('b', old),
  drillServer('x', 25),
  history('h', 31 * day),
  report('r', 3_000 * day),
  point('held', old, { pins: [pin()] }),
];

describe('a doubt blocks everything that would expire, and changes nothing else', () => {
  test.each([
    ['clock', { clock: 'storage is 3600 s ahead' }],
    ['listing', { listing: ['page 3 did not come'] }],
    ['provider', { provider: ['a backup is listed without a state'] }],
  ])('about the %s', (reason, doubts) => {
    const sure = decide(everything).map(short);
    expect(sure.filter((one) => one.startsWith('expire'))).toHaveLength(8);
    expect(decide(everything, {}, doubts).map(short)).toEqual(
      sure.map((one) => (one.startsWith('expire') ? `blocked ${reason}` : one)),
    );
  });

  test('and several are all named', () => {
    const doubts = { clock: 'a', listing: ['b'], provider: ['c'] };
    expect(decide(everything, {}, doubts).map(short)[1]).toBe('blocked clock listing provider');
  });
});

describe("the host's clock", () => {
  test.each([
    ['4:59 minutes apart prunes', 299, 'expire past-window'],
    ['5:00 minutes apart prunes', 300, 'expire past-window'],
    ['5:01 minutes apart does not', 301, 'blocked clock'],
    ['5:01 minutes behind does not', -301, 'blocked clock'],
    ['30 days apart does not', 30 * 86_400, 'blocked clock'],
    ['that nobody could be asked about does not', undefined, 'blocked clock'],
  ])('%s', (_what, seconds, wanted) => {
    const clock = clockDoubt([{ source: 'storage', seconds }]);
    expect(decide([cover, point('p', old)], {}, { clock }).map(short)[1]).toBe(wanted);
  });

  test('that cannot be read at all blocks everything', () => {
    const broken = DateTime.invalid('no clock');
    expect(decide(everything, {}, {}, [], broken).map(short)).toEqual(everything.map(() => 'blocked clock'));
  });
});

describe('a date', () => {
  const millisecond = 1 / 3_600_000;
  test.each([
    ['within five minutes ahead is of now', -5 / 60, 'keep inside-window'],
    ['a millisecond beyond them blocks', -5 / 60 - millisecond, 'blocked future-dated'],
  ])('%s', (_what, age, wanted) => {
    expect(decide([cover, point('p', age)]).map(short)[1]).toBe(wanted);
    expect(decide([cover, copy('s', age)]).map(short)[1]).toBe(wanted);
  });

  test('that is not there or cannot be read blocks', () => {
    const items = [undefined, DateTime.invalid('junk')].map((completedAt) => point('p', 0, { completedAt }));
    expect(decide([cover, items[0]!]).map(short)[1]).toBe('blocked undated');
    expect(decide([cover, items[1]!]).map(short)[1]).toBe('blocked undated');
  });
});

describe('a policy that is refused', () => {
  test.each<[string, Partial<RetentionPolicy>]>([
    ['a window of 167 hours', { windowHours: 167 }],
    ['a window of no hours', { windowHours: 0 }],
    ['a window that is no number', { windowHours: Number.NaN }],
    ['no proven point at all', { minimumProven: 0 }],
  ])('%s blocks everything, kept or not', (_what, by) => {
    expect(decide(everything, by).map(short)).toEqual(everything.map(() => 'blocked policy-refused'));
    expect(decide(everything).map(short)).not.toContain('blocked policy-refused');
    expect(policy.windowHours).toBe(168);
  });
});

describe('what is listed twice', () => {
  test('with the same facts is judged twice alike', () => {
    expect(
      decide([cover, point('p', old), point('p', old)])
        .map(short)
        .slice(1),
    ).toEqual(['expire past-window', 'expire past-window']);
  });

  test('with a pin on one of them goes in neither', () => {
    const items = [cover, point('p', old), point('p', old, { pins: [pin()] })];
    expect(decide(items).map(short).slice(1)).toEqual(['blocked contradiction', 'keep pinned']);
  });

  test('and proven counts once towards the minimum', () => {
    const proof = { proof: { state: 'proven' as const, at: cover.completedAt!, drill: 'd' } };
    const items = [point('a', old, proof), point('a', old, proof), point('b', old + 1, proof)];
    expect(
      decide([cover, ...items], { minimumProven: 2 })
        .map(short)
        .slice(1),
    ).toEqual(['keep newest-proven', 'keep newest-proven', 'keep minimum-proven']);
  });
});
