import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import { achievedRpo, achievedRto, secondsOf } from '../../src/policy/objectives.ts';
import { budget } from '../budget.ts';

const at = (text: string): DateTime => DateTime.fromISO(text, { zone: 'utc' });
const disruption = at('2026-03-01T04:00:00.000Z');

describe('RPO', () => {
  test.each([
    ['met to the millisecond', '2026-03-01T03:45:00.000Z', 900, 'met'],
    ['missed by a millisecond', '2026-03-01T03:44:59.999Z', 900.001, 'missed'],
    ['nothing lost', '2026-03-01T04:00:00.000Z', 0, 'met'],
  ])('is %s', (_how, heartbeat, seconds, verdict) => {
    const rpo = achievedRpo(900, disruption, [at(heartbeat)]);
    expect(rpo).toMatchObject({ achievedSeconds: seconds, verdict });
  });

  test('counts the database that lost most', () => {
    const beats = [at('2026-03-01T03:59:00Z'), at('2026-03-01T03:00:00Z'), at('2026-03-01T03:58:00Z')];
    expect(achievedRpo(900, disruption, beats)).toMatchObject({ achievedSeconds: 3600, verdict: 'missed' });
  });

  test.each([
    ['no database was looked at', []],
    ['one database has no heartbeat', [at('2026-03-01T03:59:00Z'), undefined]],
    ['a heartbeat is later than the disruption', [at('2026-03-01T04:00:00.001Z')]],
  ])('has no verdict when %s', (_why, beats) => {
    expect(achievedRpo(900, disruption, beats)).toMatchObject({
      achievedSeconds: undefined,
      verdict: 'inconclusive',
    });
  });

  test('is never met when an instant is missing or contradicts the others', () => {
    const offsets = fc.array(fc.option(fc.integer({ min: -1e7, max: 1e7 }), { nil: undefined }), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(offsets, fc.integer({ min: 1, max: 1e6 }), (list, objective) => {
        const beats = list.map((offset) =>
          offset === undefined ? undefined : disruption.minus({ milliseconds: offset }),
        );
        const rpo = achievedRpo(objective, disruption, beats);
        const worst = Math.max(...list.map((one) => one ?? Number.POSITIVE_INFINITY));
        const isKnown = list.length > 0 && !list.includes(undefined) && worst >= 0;
        expect(rpo.verdict).toBe(!isKnown ? 'inconclusive' : worst / 1000 <= objective ? 'met' : 'missed');
      }),
      { numRuns: budget.policyProperties },
    );
  });
});

describe('RTO', () => {
  test.each([
    ['met', '2026-03-01T08:00:00.000Z', 'met'],
    ['missed', '2026-03-01T08:00:00.001Z', 'missed'],
    [
      'inconclusive when the checks ended before the disaster was declared',
      '2026-03-01T03:59:59Z',
      'inconclusive',
    ],
  ])('is %s', (_how, validated, verdict) => {
    expect(achievedRto(4 * 3600, disruption, at(validated)).verdict).toBe(verdict);
  });

  test('has no verdict when the restored service was not validated', () => {
    expect(achievedRto(4 * 3600, disruption, undefined)).toMatchObject({
      achievedSeconds: undefined,
      verdict: 'inconclusive',
      reason: 'the restored service was not validated',
    });
  });
});

test.each([
  ['PT15M', 900],
  ['PT168H', 604_800],
  ['P7D', 604_800],
])('%s is %i seconds', (duration, seconds) => {
  expect(secondsOf(duration)).toBe(seconds);
});
