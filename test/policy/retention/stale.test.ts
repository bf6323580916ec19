import { describe, expect, test } from 'vitest';
import {
  changeSentence,
  isStale,
  type PlanChange,
  type PlanFact,
  type PlanFacts,
} from '../../../src/policy/retention/stale.ts';

const fact = (id: string, decision: PlanFact['decision'], facts: Partial<PlanFact> = {}): PlanFact => ({
  ...{ id, decision, pins: [], provenBy: undefined, ...facts },
});
const items = [fact('goes', 'expire'), fact('stays', 'keep', { provenBy: 'd1' }), fact('held', 'blocked')];
const plan: PlanFacts = { policyDigest: 'p1', estateDigest: 'e1', items };
const without = (id: string): PlanFact[] => items.filter((item) => item.id !== id);
const withItem = (item: PlanFact): PlanFact[] => items.map((one) => (one.id === item.id ? item : one));

test('a plan of which no fact changed is not stale', () => {
  expect(isStale(plan, structuredClone(plan))).toEqual({ isStale: false, changes: [] });
  expect(isStale(plan, { ...plan, items: items.toReversed() })).toEqual({ isStale: false, changes: [] });
});

describe('a plan is stale', () => {
  test.each<[string, Partial<PlanFacts>, string]>([
    ['under another policy', { policyDigest: 'p2' }, 'the policy is another one than the plan was made on'],
    ['under another estate', { estateDigest: 'e2' }, 'the estate is another one than the plan was made on'],
    [
      'when what was to go would now stay',
      { items: withItem(fact('goes', 'keep')) },
      'goes was to be deleted and would now be kept',
    ],
    [
      'when what was to go would now be blocked',
      { items: withItem(fact('goes', 'blocked')) },
      'goes was to be deleted and would now be held back by a guard',
    ],
    [
      'when what was to go is pinned now',
      { items: withItem(fact('goes', 'expire', { pins: ['a drill'] })) },
      'goes is now held by a drill',
    ],
    [
      'when what was to go is proven now',
      { items: withItem(fact('goes', 'expire', { provenBy: 'd2' })) },
      'goes was proven by d2',
    ],
    ['when a proof is lost', { items: withItem(fact('stays', 'keep')) }, 'stays no longer counts as proven'],
    [
      'when what was to stay is gone',
      { items: without('stays') },
      'stays, which was kept, is no longer listed',
    ],
  ])('%s', (_when, by, sentence) => {
    const { isStale: stale, changes } = isStale(plan, { ...plan, ...by });
    expect(stale).toBe(true);
    expect(changes.filter((change) => change.weight === 'refuses').map(changeSentence)).toEqual([sentence]);
  });
});

describe('a change is noted and leaves the plan as good as it was', () => {
  test.each<[string, readonly PlanFact[], PlanChange]>([
    [
      'when something is new',
      [...items, fact('new', 'keep')],
      { change: 'appeared', id: 'new', weight: 'noted' },
    ],
    [
      'when what was to go is gone already',
      without('goes'),
      { change: 'gone', id: 'goes', planned: 'expire', weight: 'noted' },
    ],
    [
      'when something more would go',
      withItem(fact('held', 'expire')),
      { change: 'decision', id: 'held', from: 'blocked', to: 'expire', weight: 'noted' },
    ],
    [
      'when what stays is pinned',
      withItem(fact('held', 'blocked', { pins: ['x'] })),
      { change: 'pinned', id: 'held', pin: 'x', weight: 'noted' },
    ],
    [
      'when what stays is proven anew',
      withItem(fact('stays', 'keep', { provenBy: 'd2' })),
      { change: 'proof', id: 'stays', from: 'd1', to: 'd2', weight: 'noted' },
    ],
  ])('%s', (_when, now, change) => {
    expect(isStale(plan, { ...plan, items: now })).toEqual({ isStale: false, changes: [change] });
  });

  test('when a pin is taken away', () => {
    const pinned = { ...plan, items: withItem(fact('held', 'blocked', { pins: ['x'] })) };
    expect(isStale(pinned, plan)).toEqual({
      isStale: false,
      changes: [{ change: 'released', id: 'held', pin: 'x', weight: 'noted' }],
    });
  });
});
