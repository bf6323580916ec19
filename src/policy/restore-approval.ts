/**
 * Who may have a restore done. The documents in the vault are judged, never an event: the decision of another person on
 * this very plan, given while the plan was valid and not expired, or the order to go on alone, given after nobody had
 * decided for long enough. A rejection stands above both.
 */
import type { DateTime } from 'luxon';
import { personText } from './person-name.ts';
import { judgeApproval, type StoredApproval } from './repair.ts';

/** What was asked for. */
export interface AskedRestore {
  readonly plan: string;
  readonly requestedBy: string;
  readonly requestedAt: DateTime;
  readonly validUntil: DateTime;
  /** Left out where nobody may go on alone. */
  readonly breakGlassAfterSeconds: number | undefined;
}

export interface OrderedAlone {
  readonly plan: string;
  readonly by: string;
  readonly byName?: string | undefined;
  readonly at: DateTime;
  readonly reason: string;
}

/** What the vault says by now. */
export interface Said {
  readonly approval: (StoredApproval & { readonly reason: string }) | undefined;
  readonly alone: OrderedAlone | undefined;
  readonly cancelledBy: string | undefined;
}

export type Go =
  | { readonly state: 'waiting' | 'rejected' | 'cancelled'; readonly sentence: string }
  | {
      readonly state: 'approved' | 'break-glass';
      readonly sentence: string;
      readonly by: string;
      readonly byName?: string | undefined;
      readonly at: DateTime;
      readonly reason: string;
    };

/** Judges what was said; `app` is the name under which the app itself acts: it is nobody's second person. */
export function judgeGo(asked: AskedRestore, said: Said, app: string, now: DateTime): Go {
  if (said.cancelledBy !== undefined)
    return { state: 'cancelled', sentence: `cancelled by ${said.cancelledBy}` };
  const approval = judgeDecision(asked, said.approval, app, now);
  if (approval.state === 'rejected' || approval.state === 'approved') return approval;
  return judgeAlone(asked, said.alone, now) ?? approval;
}

function judgeDecision(asked: AskedRestore, approval: Said['approval'], app: string, now: DateTime): Go {
  const { state, sentence } = judgeApproval(asked.plan, approval, [asked.requestedBy], now);
  if (state === 'rejected') return { state, sentence };
  if (state !== 'approved' || approval === undefined) return { state: 'waiting', sentence };
  const { by, byName, at, reason } = approval;
  if (by === app) return { state: 'waiting', sentence: `"${by}" is the app itself: it approves nothing` };
  if (at > asked.validUntil)
    return {
      state: 'waiting',
      sentence: `${personText(by, byName)} approved it when the plan was not valid any more`,
    };
  return { state: 'approved', sentence, by, byName, at, reason };
}

function judgeAlone(asked: AskedRestore, alone: OrderedAlone | undefined, now: DateTime): Go | undefined {
  if (alone === undefined) return undefined;
  const objection = objectionToAlone(asked, alone, now);
  if (objection !== undefined) return { state: 'waiting', sentence: objection };
  const { by, byName, at, reason } = alone;
  const sentence = `${personText(by, byName)} goes on alone: ${reason}`;
  return { state: 'break-glass', sentence, by, byName, at, reason };
}

/** Why one person may not go on alone; undefined if it may. */
export function objectionToAlone(
  { plan, requestedAt, validUntil, breakGlassAfterSeconds }: AskedRestore,
  alone: OrderedAlone,
  now: DateTime,
): string | undefined {
  if (alone.plan !== plan) return `the order to go on alone is of ${alone.plan}, not of ${plan}`;
  if (breakGlassAfterSeconds === undefined) return 'the estate lets nobody go on alone';
  if (alone.by.trim() === '' || alone.reason.trim() === '')
    return 'the order to go on alone names nobody or no reason';
  const from = requestedAt.plus({ seconds: breakGlassAfterSeconds });
  if (alone.at < from) return `nobody may go on alone before ${from.toISO() ?? ''}`;
  if (alone.at > validUntil || alone.at > now)
    return 'the order to go on alone was not given while the plan was valid';
  return undefined;
}
