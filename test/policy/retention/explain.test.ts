import { describe, expect, test } from 'vitest';
import { explain, type DecisionFact, type ExplainFacts } from '../../../src/policy/retention/explain.ts';
import { nearestIds } from '../../../src/policy/retention/nearest.ts';
import type { LedgerLine } from '../../../src/policy/retention/reconcile.ts';
import { ago, now } from './make.ts';

const line = (stage: LedgerLine['stage'], hours: number, reason = 'past the window'): LedgerLine => ({
  ...{ item: 'a', stage, at: ago(hours), reason },
});
const says = (decision: DecisionFact['decision'], sentence: string): DecisionFact => ({
  id: 'a',
  decision,
  sentence,
});
const plan = (fact: DecisionFact): ExplainFacts['plan'] => ({
  name: 'prune-1',
  at: ago(10),
  decisions: [fact],
});
const facts = (given: Partial<ExplainFacts>): ExplainFacts => ({
  ...{ now, current: [], plan: undefined, ledger: [], tombstones: [], ...given },
});
const told = (given: Partial<ExplainFacts>): unknown => {
  const explained = explain('a', facts(given));
  if (explained.state === 'unknown') return explained;
  const { state, headline, statements } = explained;
  return [state, headline, ...statements.map(({ at, text }) => `${now.diff(at).as('hours')} h ago: ${text}`)];
};

describe('an id is explained in the order of time', () => {
  test('why it is still here', () => {
    const given = {
      current: [says('keep', 'kept: it is 9 days old, but held by a legal hold of Legal (case 1)')],
      plan: plan(says('expire', 'expired: it is 8 days old, past the window of 168 hours')),
      ledger: [line('refused', 9, 'it is pinned'), line('intent', 9.5)],
    };
    expect(told(given)).toEqual([
      'present',
      'a is still here. Kept: it is 9 days old, but held by a legal hold of Legal (case 1).',
      '10 h ago: prune-1 decided: expired: it is 8 days old, past the window of 168 hours',
      '9.5 h ago: its deletion was decided: past the window',
      '9 h ago: its deletion was refused: it is pinned',
      '0 h ago: now: kept: it is 9 days old, but held by a legal hold of Legal (case 1)',
    ]);
  });

  test('why it is gone', () => {
    const stone = { item: 'a', at: ago(9), reason: 'past the window', confirmedAbsentAt: ago(7) };
    const given = {
      ledger: [line('intent', 9), line('deleting', 8), line('confirmed-absent', 7)],
      tombstones: [stone],
    };
    expect(told(given)).toEqual([
      'gone',
      'a is gone: Lifeboat deleted it. Past the window.',
      '9 h ago: its deletion was decided: past the window',
      '9 h ago: marked for deletion: past the window',
      '8 h ago: its deletion was asked of the provider: past the window',
      '7 h ago: it was confirmed absent: past the window',
      '7 h ago: its tombstone was closed: confirmed absent',
    ]);
  });

  test('that its deletion has not ended', () => {
    const current = [says('expire', 'expired: it is old')];
    const state = (given: Partial<ExplainFacts>): string => explain('a', facts(given)).state;
    expect(state({ current, ledger: [line('intent', 9)] })).toBe('deleting');
    expect(state({ ledger: [line('deleting', 9)] })).toBe('deleting');
    const stone = { item: 'a', at: ago(9), reason: 'x', confirmedAbsentAt: undefined };
    expect(state({ tombstones: [stone] })).toBe('deleting');
    expect(state({ current, ledger: [line('intent', 9), line('failed', 8)] })).toBe('present');
  });

  test('that somebody else took it', () => {
    expect(told({ plan: plan(says('keep', 'kept: it is young')) })).toEqual([
      'missing',
      'a is not there, and no deletion of it stands in the ledger: the provider or a person removed it.',
      '10 h ago: prune-1 decided: kept: it is young',
    ]);
  });
});

describe('an id that nothing is known of', () => {
  test('is said to be unknown, with the nearest ones', () => {
    const known = [
      'on-demand-20260301T013000Z',
      'on-demand-20260302T013000Z',
      'automatic-20260301T013000Z',
      'zzz',
    ];
    const current = known.map((id) => ({ id, decision: 'keep' as const, sentence: 'kept: x' }));
    expect(explain('on-demand-20260301T013001Z', facts({ current }))).toEqual({
      state: 'unknown',
      id: 'on-demand-20260301T013001Z',
      headline:
        'nothing is known of on-demand-20260301T013001Z: did you mean on-demand-20260301T013000Z, on-demand-20260302T013000Z, automatic-20260301T013000Z?',
      nearest: known.slice(0, 3),
    });
  });

  test('where nothing is known at all, says that', () => {
    expect(explain('a', facts({})).headline).toBe('nothing is known of a: nothing is known of anything');
  });

  test.each([
    ['013000', ['b-013000', 'a-013001']],
    ['A-013001', ['a-013001', 'b-013000']],
    ['', ['a-013001', 'b-013000']],
  ])('the ids nearest to "%s" are those that hold it, then those with the fewest edits', (text, wanted) => {
    expect(
      nearestIds(
        text,
        ['srv/a-013001', 'b-013000', 'b-013000'].map((id) => id.replace('srv/', '')),
        2,
      ),
    ).toEqual(wanted);
  });
});
