/**
 * Why is it still here, why is it gone? Everything that was said or done about one id, in the order of time: what the
 * last plan decided, what the ledger says was done, the tombstone, and what would be decided now. The headline answers
 * the question; the statements are what it rests on.
 */
import type { DateTime } from 'luxon';
import { nearestIds } from './nearest.ts';
import type { LedgerLine } from './reconcile.ts';

/** What a decision said of an item. */
export interface DecisionFact {
  readonly id: string;
  readonly decision: 'keep' | 'expire' | 'blocked';
  readonly sentence: string;
}

/** What is known of everything; the id picks from it. */
export interface ExplainFacts {
  readonly now: DateTime;
  /** What would be decided now of everything that is there. */
  readonly current: readonly DecisionFact[];
  /** The last plan; undefined when there is none. */
  readonly plan:
    | { readonly name: string; readonly at: DateTime; readonly decisions: readonly DecisionFact[] }
    | undefined;
  readonly ledger: readonly LedgerLine[];
  readonly tombstones: readonly Tombstone[];
}

export interface Tombstone {
  readonly item: string;
  readonly at: DateTime;
  readonly reason: string;
  readonly confirmedAbsentAt: DateTime | undefined;
}

export interface Statement {
  readonly at: DateTime;
  readonly text: string;
}

/** `present`: there, and nobody is deleting it. `deleting`: begun, not ended. `gone`: confirmed. `missing`: not there, and nobody here deleted it. */
export type Explanation =
  | {
      readonly state: 'present' | 'deleting' | 'gone' | 'missing';
      readonly id: string;
      readonly headline: string;
      readonly statements: readonly Statement[];
    }
  | {
      readonly state: 'unknown';
      readonly id: string;
      readonly headline: string;
      readonly nearest: readonly string[];
    };

/** Explains one id. */
export function explain(id: string, facts: ExplainFacts): Explanation {
  const found = pick(id, facts);
  const statements = statementsOf(found, facts);
  if (statements.length === 0) return unknown(id, facts);
  const state = stateOf(found);
  return { state, id, headline: headlineOf(id, state, found), statements };
}

interface Found {
  readonly current: DecisionFact | undefined;
  readonly planned: DecisionFact | undefined;
  readonly lines: readonly LedgerLine[];
  readonly tombstone: Tombstone | undefined;
}

function pick(id: string, { current, plan, ledger, tombstones }: ExplainFacts): Found {
  return {
    current: current.find((one) => one.id === id),
    planned: plan?.decisions.find((one) => one.id === id),
    lines: ledger.filter((line) => line.item === id).toSorted((a, b) => a.at.toMillis() - b.at.toMillis()),
    tombstone: tombstones.find((one) => one.item === id),
  };
}

function statementsOf({ current, planned, lines, tombstone }: Found, facts: ExplainFacts): Statement[] {
  const statements: Statement[] = lines.map((line) => ({ at: line.at, text: stageWords(line) }));
  if (planned !== undefined && facts.plan !== undefined)
    statements.push({ at: facts.plan.at, text: `${facts.plan.name} decided: ${planned.sentence}` });
  if (tombstone !== undefined) {
    statements.push({ at: tombstone.at, text: `marked for deletion: ${tombstone.reason}` });
    if (tombstone.confirmedAbsentAt !== undefined)
      statements.push({
        at: tombstone.confirmedAbsentAt,
        text: 'its tombstone was closed: confirmed absent',
      });
  }
  if (current !== undefined) statements.push({ at: facts.now, text: `now: ${current.sentence}` });
  return statements.toSorted((a, b) => a.at.toMillis() - b.at.toMillis());
}

function stageWords({ stage, reason }: LedgerLine): string {
  switch (stage) {
    case 'intent':
      return `its deletion was decided: ${reason}`;
    case 'deleting':
      return `its deletion was asked of the provider: ${reason}`;
    case 'confirmed-absent':
      return `it was confirmed absent: ${reason}`;
    case 'refused':
      return `its deletion was refused: ${reason}`;
    case 'failed':
      return `its deletion failed: ${reason}`;
  }
}

function stateOf({ current, lines, tombstone }: Found): 'present' | 'deleting' | 'gone' | 'missing' {
  const last = lines.at(-1)?.stage;
  const isOpen = last === 'intent' || last === 'deleting';
  const isConfirmed = last === 'confirmed-absent' || tombstone?.confirmedAbsentAt !== undefined;
  if (current !== undefined) return isOpen ? 'deleting' : 'present';
  if (isConfirmed) return 'gone';
  return isOpen || tombstone !== undefined ? 'deleting' : 'missing';
}

function headlineOf(id: string, state: 'present' | 'deleting' | 'gone' | 'missing', found: Found): string {
  const { current, lines, tombstone, planned } = found;
  const reason = lines.findLast((line) => line.stage === 'intent' || line.stage === 'deleting')?.reason;
  const why = reason ?? tombstone?.reason ?? lines.at(-1)?.reason ?? planned?.sentence ?? '';
  switch (state) {
    case 'present':
      return `${id} is still here. ${sentenceCase(current?.sentence ?? '')}`;
    case 'deleting':
      return `${id} is being deleted, and its absence is not confirmed yet. ${sentenceCase(why)}`;
    case 'gone':
      return `${id} is gone: Lifeboat deleted it. ${sentenceCase(why)}`;
    case 'missing':
      return `${id} is not there, and no deletion of it stands in the ledger: the provider or a person removed it.`;
  }
}

const sentenceCase = (text: string): string =>
  `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

function unknown(id: string, { current, plan, ledger, tombstones }: ExplainFacts): Explanation {
  const known = [
    ...current.map((one) => one.id),
    ...(plan?.decisions ?? []).map((one) => one.id),
    ...ledger.map((line) => line.item),
    ...tombstones.map((one) => one.item),
  ];
  const nearest = nearestIds(id, known, 3);
  const hint = nearest.length === 0 ? 'nothing is known of anything' : `did you mean ${nearest.join(', ')}?`;
  return { state: 'unknown', id, headline: `nothing is known of ${id}: ${hint}`, nearest };
}
