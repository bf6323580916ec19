import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  judgeDrill,
  provesPoint,
  validationStatus,
  type CheckStatus,
  type DrillOutcome,
} from '../../src/policy/drill-verdict.ts';

const restores = ['done', 'failed', 'timed-out'] as const;
const cleanUps = ['done', 'failed', 'not-needed'] as const;
const objectives = ['met', 'missed', 'inconclusive'] as const;
const statuses: readonly CheckStatus[] = ['passed', 'failed', 'inconclusive', 'not-run'];
const checksOf = (list: readonly CheckStatus[]): DrillOutcome['checks'] =>
  list.map((status, index) => ({ id: `check-${index}`, status, actual: `found ${index}` }));

/** Every set of one or two statuses, and none. */
const checkLists = [
  [],
  ...statuses.map((one) => [one]),
  ...statuses.flatMap((a) => statuses.map((b) => [a, b])),
];
const perfect: DrillOutcome = {
  restore: 'done',
  restoreDetail: '',
  checks: checksOf(['passed', 'passed']),
  cleanUp: 'done',
  probes: [{ outcome: 'refused', detail: 'no entry' }],
  rpo: 'met',
  rto: 'met',
};

/** The rule in other words than the code's: certain wrongs, then gaps in the evidence. */
function expected(outcome: DrillOutcome): string {
  const { restore, checks, cleanUp, rpo, rto } = outcome;
  const wrong =
    restore !== 'done' ||
    cleanUp === 'failed' ||
    rpo === 'missed' ||
    rto === 'missed' ||
    checks.some((one) => one.status === 'failed');
  if (wrong) return 'FAIL';
  const whole =
    checks.length > 0 && checks.every((one) => one.status === 'passed') && rpo === 'met' && rto === 'met';
  return whole ? 'PASS' : 'INCONCLUSIVE';
}

describe('what could not be played', () => {
  test('is no verdict, with its reason; what was left behind on the way still is', () => {
    const unplayed: DrillOutcome = {
      ...perfect,
      ...{ restore: 'not-run', restoreDetail: '', checks: [], probes: [], notPlayed: 'no backup' },
      ...{ rpo: 'inconclusive', rto: 'inconclusive' },
    };
    expect(judgeDrill(unplayed)).toEqual({
      result: 'INCONCLUSIVE',
      validation: 'not-run',
      reasons: ['the scenario could not be played: no backup'],
    });
    expect(judgeDrill({ ...unplayed, cleanUp: 'failed' }).result).toBe('FAIL');
    expect(judgeDrill({ ...unplayed, notPlayed: undefined }).reasons).toEqual(['nothing was restored']);
  });

  test('a container that is left behind is no pass', () => {
    expect(judgeDrill(perfect).result).toBe('PASS');
    expect(judgeDrill({ ...perfect, isContainerLeft: true })).toMatchObject({
      ...{ result: 'FAIL', reasons: ['a container of the drill was left behind'] },
    });
  });
});

describe('the verdict of a drill', () => {
  test('is the same for every combination of restore, checks, clean-up and objectives as the rule says', () => {
    let judged = 0;
    for (const restore of restores)
      for (const cleanUp of cleanUps)
        for (const rpo of objectives)
          for (const rto of objectives)
            for (const list of checkLists) {
              const outcome = {
                ...{ restore, restoreDetail: 'why', checks: checksOf(list), cleanUp, rpo, rto },
                probes: perfect.probes,
              };
              const verdict = judgeDrill(outcome);
              expect({ outcome, result: verdict.result }).toEqual({ outcome, result: expected(outcome) });
              expect(verdict.reasons.length > 0).toBe(verdict.result !== 'PASS');
              judged += 1;
            }
    expect(judged).toBe(3 * 3 * 3 * 3 * checkLists.length);
  });

  test.each([
    ['connected', 'FAIL'],
    ['unclear', 'INCONCLUSIVE'],
    ['not-tried', 'PASS'],
    ['refused', 'PASS'],
  ] as const)('with a connection that had to be refused and was %s is %s', (outcome, result) => {
    const verdict = judgeDrill({
      ...perfect,
      probes: [...perfect.probes, { outcome, detail: 'so it said' }],
    });
    expect(verdict.result).toBe(result);
    expect(verdict.reasons.every((reason) => reason.startsWith('isolation: '))).toBe(true);
    expect(verdict.reasons.length > 0).toBe(result !== 'PASS');
  });

  test('is never PASS when one check did not pass', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...statuses), { maxLength: 8 }), (list) => {
        const verdict = judgeDrill({ ...perfect, checks: checksOf(list) });
        const allPassed = list.length > 0 && list.every((one) => one === 'passed');
        expect(verdict.result === 'PASS').toBe(allPassed);
        expect(provesPoint('done', verdict.validation)).toBe(allPassed);
      }),
    );
  });

  test('proves the point although an objective was missed or a server stayed behind', () => {
    const verdict = judgeDrill({ ...perfect, rto: 'missed', cleanUp: 'failed' });
    expect(verdict.result).toBe('FAIL');
    expect(provesPoint('done', verdict.validation)).toBe(true);
    expect(provesPoint('failed', verdict.validation)).toBe(false);
    expect(verdict.reasons).toEqual([
      'the RTO objective was missed',
      'a server of the drill was left behind',
    ]);
  });

  test('says in words what failed, what gave no answer and what was not run', () => {
    const checks = checksOf(['failed', 'inconclusive', 'not-run', 'passed']);
    expect(judgeDrill({ ...perfect, checks }).reasons).toEqual([
      'check check-0: found 0',
      'check check-1 gave no answer: found 1',
      'check check-2 was not run: found 2',
    ]);
  });

  test('says why the restore ended', () => {
    const verdict = judgeDrill({ ...perfect, restore: 'timed-out', restoreDetail: 'after 13 h', checks: [] });
    expect(verdict.reasons[0]).toBe('the restore timed out: after 13 h');
  });
});

test.each([
  [[], 'not-run'],
  [['not-run', 'not-run'], 'not-run'],
  [['passed', 'not-run'], 'inconclusive'],
  [['passed', 'inconclusive'], 'inconclusive'],
  [['passed', 'inconclusive', 'failed'], 'failed'],
  [['passed', 'passed'], 'passed'],
] as const)('checks that are %j make the validation %s', (list, status) => {
  expect(validationStatus(checksOf(list))).toBe(status);
});
