/** What was decided of a thing, as a plan holds it. */
import type { PruneItem } from '../../contracts/prune.ts';
import { isoOf } from '../../contracts/values.ts';
import type { Pin } from '../../policy/retention/items.ts';
import type { RetentionDecision } from '../../policy/retention/reasons.ts';
import { sentenceOf } from '../../policy/retention/sentences.ts';
import type { Place } from './gather.ts';

/** The item of a decision. */
export function itemOf(decision: RetentionDecision, place: Place | Pick<PruneItem, 'backups'>): PruneItem {
  const { id, item } = decision;
  return {
    ...{ id, kind: item.kind },
    ...(item.completedAt?.isValid !== true ? {} : { completedAt: isoOf(item.completedAt) }),
    decision: decision.decision,
    reasons: decision.reasons.map((reason) => ({ ...reason })),
    sentence: sentenceOf(decision),
    pins: item.pins.map(pinText),
    ...(item.kind === 'recovery-point' && item.proof.state === 'proven'
      ? { provenBy: item.proof.drill }
      : {}),
    ...place,
  };
}

const pinText = ({ kind, by, reason, until }: Pin): string =>
  `${kind} by ${by}${until === undefined ? '' : ` until ${isoOf(until)}`}: ${reason}`;
