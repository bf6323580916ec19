import { describe, expect, test } from 'vitest';
import { judgeTry, judgeWalk, walkSentence, type TryVerdict } from '../../src/policy/walk-back.ts';

const check = (status: 'passed' | 'failed' | 'inconclusive' | 'not-run') => ({
  ...{ id: 'references', status, actual: 'what was found' },
});
const done = { restore: 'done', restoreDetail: '' } as const;
const walk = (...verdicts: TryVerdict[]) =>
  verdicts.map((verdict, index) => ({ point: `p${index + 1}`, verdict, reason: 'because' }));

describe('a state is', () => {
  test.each<[TryVerdict, Parameters<typeof judgeTry>[0], string]>([
    ['clean', { ...done, checks: [check('passed')] }, 'every check passed'],
    ['poisoned', { ...done, checks: [check('passed'), check('failed')] }, 'check references: what was found'],
    ['poisoned', { ...done, checks: [check('inconclusive'), check('failed')] }, 'check references: what'],
    ['unclear', { ...done, checks: [check('passed'), check('inconclusive')] }, 'check references: what'],
    ['unclear', { ...done, checks: [] }, 'nothing was checked'],
    ['not-restored', { restore: 'failed', restoreDetail: 'no WAL', checks: [] }, 'no WAL'],
    ['not-restored', { restore: 'timed-out', restoreDetail: 'late', checks: [check('passed')] }, 'late'],
  ])('%s by %j', (verdict, played, reason) => {
    expect(judgeTry(played)).toEqual({ verdict, reason: expect.stringContaining(reason) as string });
  });
});

describe('a walk', () => {
  test('that found the poison and a clean point is well', () => {
    expect(judgeWalk(walk('poisoned', 'clean'), undefined)).toEqual({ wrong: [], unknown: [] });
    expect(judgeWalk(walk('poisoned', 'poisoned', 'poisoned', 'clean'), undefined).wrong).toEqual([]);
    expect(walkSentence(walk('poisoned', 'clean'))).toMatch(/^p2 is the last clean one: 1 newer state was/);
  });

  test.each<[string, TryVerdict[], 'wrong' | 'unknown', RegExp]>([
    ['did not notice the poison', ['clean'], 'wrong', /p1 holds what was overwritten.*not noticed/],
    ['found no clean point', ['poisoned', 'poisoned'], 'wrong', /no clean point was found among 2: no older/],
    ['ended in doubt', ['poisoned', 'unclear'], 'wrong', /no clean point/],
    [
      'went past what it could not restore',
      ['poisoned', 'not-restored', 'clean'],
      'wrong',
      /p2 could not be/,
    ],
    ['went past what it could not tell', ['poisoned', 'unclear', 'clean'], 'unknown', /whether p2 is clean/],
    ['cannot say that it noticed the poison', ['unclear', 'clean'], 'unknown', /whether p1 is clean/],
  ])('that %s is not', (_what, verdicts, kind, said) => {
    expect(judgeWalk(walk(...verdicts), 'no older point')[kind].join('; ')).toMatch(said);
  });
});
