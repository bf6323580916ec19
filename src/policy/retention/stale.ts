/**
 * Is a plan still what would be planned now? Each fact that changed is named with what it weighs: `refuses` if the plan
 * was made, approved or judged on something that is no longer so, `noted` if the change only makes it safer or leaves
 * it as it is (a new recovery point, one more thing that would expire). A plan that anything refuses is stale.
 */
import { compareText } from './ladder.ts';

/** What a plan was made on, or what holds now. */
export interface PlanFacts {
  readonly policyDigest: string;
  readonly estateDigest: string;
  /** Every item that was listed. */
  readonly items: readonly PlanFact[];
}

/** One item of a plan. */
export interface PlanFact {
  readonly id: string;
  readonly decision: 'keep' | 'expire' | 'blocked';
  /** Who holds it, as texts that are equal for the same pin. */
  readonly pins: readonly string[];
  /** The drill that proved it; undefined when it does not count as proven. */
  readonly provenBy: string | undefined;
}

export type PlanChange = { readonly weight: 'refuses' | 'noted' } & (
  | { readonly change: 'policy' | 'estate'; readonly from: string; readonly to: string }
  | {
      readonly change: 'decision';
      readonly id: string;
      readonly from: PlanFact['decision'];
      readonly to: PlanFact['decision'];
    }
  | { readonly change: 'pinned' | 'released'; readonly id: string; readonly pin: string }
  | {
      readonly change: 'proof';
      readonly id: string;
      readonly from: string | undefined;
      readonly to: string | undefined;
    }
  | { readonly change: 'appeared'; readonly id: string }
  | { readonly change: 'gone'; readonly id: string; readonly planned: PlanFact['decision'] }
);

export interface Staleness {
  readonly isStale: boolean;
  readonly changes: readonly PlanChange[];
}

/** Holds a plan's facts against those of now. */
export function isStale(plan: PlanFacts, now: PlanFacts): Staleness {
  const present = new Map(now.items.map((item) => [item.id, item]));
  const planned = new Set(plan.items.map((item) => item.id));
  const changes = [
    ...digestChange('policy', plan.policyDigest, now.policyDigest),
    ...digestChange('estate', plan.estateDigest, now.estateDigest),
    ...plan.items.flatMap((was) => itemChanges(was, present.get(was.id))),
    ...now.items
      .filter((item) => !planned.has(item.id))
      .map(({ id }): PlanChange => ({ change: 'appeared', id, weight: 'noted' })),
  ];
  return { isStale: changes.some((change) => change.weight === 'refuses'), changes };
}

function digestChange(change: 'policy' | 'estate', from: string, to: string): PlanChange[] {
  return from === to ? [] : [{ change, from, to, weight: 'refuses' }];
}

function itemChanges(was: PlanFact, is: PlanFact | undefined): PlanChange[] {
  const { id } = was;
  const goes = was.decision === 'expire';
  // What was to go is gone: done already. What was to stay is gone: the plan leaned on it.
  if (is === undefined)
    return [{ change: 'gone', id, planned: was.decision, weight: goes ? 'noted' : 'refuses' }];
  const weight = goes ? 'refuses' : 'noted';
  const changes: PlanChange[] = [
    ...difference(is.pins, was.pins).map((pin): PlanChange => ({ change: 'pinned', id, pin, weight })),
    ...difference(was.pins, is.pins).map((pin): PlanChange => ({
      change: 'released',
      id,
      pin,
      weight: 'noted',
    })),
  ];
  if (was.decision !== is.decision)
    changes.push({ change: 'decision', id, from: was.decision, to: is.decision, weight });
  if (was.provenBy !== is.provenBy)
    changes.push({ change: 'proof', id, from: was.provenBy, to: is.provenBy, weight: proofWeight(was, is) });
  return changes;
}

/** A proof that is lost, or won by what was to go, changes what may be deleted. */
function proofWeight(was: PlanFact, is: PlanFact): 'refuses' | 'noted' {
  return is.provenBy === undefined || was.decision === 'expire' ? 'refuses' : 'noted';
}

const difference = (of: readonly string[], without: readonly string[]): string[] =>
  of.filter((one) => !without.includes(one)).toSorted(compareText);

/** One change in words. */
export function changeSentence(change: PlanChange): string {
  switch (change.change) {
    case 'policy':
    case 'estate':
      return `the ${change.change} is another one than the plan was made on`;
    case 'decision':
      return `${change.id} was ${decisionWord(change.from)} and would now be ${decisionWord(change.to)}`;
    case 'pinned':
      return `${change.id} is now held by ${change.pin}`;
    case 'released':
      return `${change.id} is no longer held by ${change.pin}`;
    case 'proof':
      return change.to === undefined
        ? `${change.id} no longer counts as proven`
        : `${change.id} was proven by ${change.to}`;
    case 'appeared':
      return `${change.id} was not there when the plan was made`;
    case 'gone':
      return `${change.id}, which was ${decisionWord(change.planned)}, is no longer listed`;
  }
}

const decisionWord = (decision: PlanFact['decision']): string =>
  decision === 'keep' ? 'kept' : decision === 'expire' ? 'to be deleted' : 'held back by a guard';
