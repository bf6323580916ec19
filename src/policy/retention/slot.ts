/**
 * The slot rule in the terms of retention: may the next on-demand backup of a server be taken, and which one gives way?
 * The rule itself is that of the on-demand slots; here the points that must stay (pinned, proven up to the minimum) are
 * told to it first, and nothing is given up while anything is in doubt. A point of several servers goes as one: it is
 * given up only if its day is covered on each of them.
 */
import type { DateTime } from 'luxon';
import { coversDay, decideSlot, type ListedBackup } from '../on-demand-slots.ts';
import { safetyMargins } from '../safety-margins.ts';
import type { PointItem, RetentionDoubts } from './items.ts';
import { datingBlock, doubtBlocks, momentOf, pinHold, type Moment } from './moment.ts';
import { checkRetentionPolicy, type RetentionPolicy } from './policy.ts';
import type { BlockReason, ExpireReason, Some } from './reasons.ts';
import { isOurs, standingsOf, timeOf } from './standing.ts';

/** One backup of ours, and the point that it is part of; an orphaned one is part of an incomplete point. */
export interface SlotBackup {
  readonly server: string;
  readonly backup: string;
  readonly point: PointItem;
}

export type SlotReason = Extract<ExpireReason, { readonly reason: 'slot' }>;

export type SlotOutcome =
  | { readonly decision: 'take' }
  | {
      readonly decision: 'expire';
      readonly point: string;
      /** Every backup of that point that goes, the one of the server that was asked for first. */
      readonly backups: Some<{ readonly server: string; readonly backup: string }>;
      readonly reasons: Some<SlotReason>;
    }
  | { readonly decision: 'refused'; readonly because: string; readonly blocks: readonly BlockReason[] };

/** What is looked at for the slot of one server. */
export interface SlotFacts {
  readonly server: string;
  /** What the provider lists, of each server that one of the points spans. */
  readonly listed: ReadonlyMap<string, readonly ListedBackup[]>;
  /** Our backups on all of those servers. */
  readonly ours: readonly SlotBackup[];
  /** Every recovery point of the system in the region: what is proven may lie elsewhere than in these backups. */
  readonly points: readonly PointItem[];
  /** UTC days (`yyyy-MM-dd`) of which an export of the whole system is listed. */
  readonly exportsOn: readonly string[];
}

/** Decides on the next slot. */
export function decideSlotRetention(
  facts: SlotFacts,
  policy: RetentionPolicy,
  now: DateTime,
  doubts: RetentionDoubts,
): SlotOutcome {
  const moment = momentOf(policy, now, doubts);
  const listed = facts.listed.get(facts.server) ?? [];
  const outcome = decideSlot(listed, recordsOf(facts, moment), facts.exportsOn);
  if (outcome.decision === 'take') return outcome;
  if (outcome.decision === 'refuse') return { decision: 'refused', because: outcome.reason, blocks: [] };
  const blocks = blocksOf(policy, moment);
  const given = oursOn(facts, facts.server).find((one) => one.backup === outcome.backup);
  if (blocks.length > 0 || given === undefined)
    return { decision: 'refused', because: `${outcome.backup} cannot be given up now`, blocks };
  const others = partsElsewhere(facts, given).map(({ server, backup }) => ({ server, backup }));
  return {
    decision: 'expire',
    point: given.point.id,
    backups: [{ server: facts.server, backup: outcome.backup }, ...others],
    reasons: [slotReason(listed, outcome.coveredBy, outcome.backup)],
  };
}

function blocksOf(policy: RetentionPolicy, moment: Moment): BlockReason[] {
  const problems = checkRetentionPolicy(policy);
  const refused: BlockReason[] = problems.length === 0 ? [] : [{ reason: 'policy-refused', problems }];
  return [...refused, ...doubtBlocks(moment)];
}

const oursOn = ({ ours }: SlotFacts, server: string): SlotBackup[] =>
  ours.filter((one) => one.server === server && isOurs(one.point));

/** The other backups of the same point that are still listed. */
function partsElsewhere({ ours, listed }: SlotFacts, { server, point }: SlotBackup): SlotBackup[] {
  return ours.filter(
    (other) =>
      other.point.id === point.id &&
      other.server !== server &&
      listed.get(other.server)?.some((one) => one.name === other.backup) === true,
  );
}

/** What must stay is told to the rule as pinned. */
function recordsOf(facts: SlotFacts, moment: Moment): Parameters<typeof decideSlot>[1] {
  const standings = standingsOf(facts.points, moment);
  return oursOn(facts, facts.server).map((one) => {
    const { backup, point } = one;
    const mustStay =
      datingBlock(moment, point.completedAt) !== undefined ||
      pinHold(moment, point.pins, timeOf(point)).length > 0 ||
      point.servers.some((server) => standings.get(server)?.protected.has(point.id) === true) ||
      !isCoveredElsewhere(facts, one);
    const provenAt = point.proof.state === 'proven' ? point.proof.at : undefined;
    return { name: backup, provenAt, pinned: mustStay };
  });
}

/** A server whose listing is not known may hold a part that nothing covers. */
function isCoveredElsewhere(facts: SlotFacts, given: SlotBackup): boolean {
  const { listed, exportsOn } = facts;
  if (given.point.servers.some((server) => !listed.has(server))) return false;
  return partsElsewhere(facts, given).every(({ server, backup }) => {
    const there = listed.get(server) ?? [];
    const day = dayOf(there, backup);
    return exportsOn.includes(day) || there.some((cover) => coversDay(there, backup, cover.name));
  });
}

const dayOf = (listed: readonly ListedBackup[], backup: string): string =>
  listed
    .find((one) => one.name === backup)
    ?.completedAt.toUTC()
    .toISODate() ?? '';

function slotReason(listed: readonly ListedBackup[], coveredBy: string, backup: string): SlotReason {
  return {
    reason: 'slot',
    coveredBy,
    day: dayOf(listed, backup),
    held: listed.filter((one) => one.kind === 'on-demand').length,
    allowed: safetyMargins.onDemandLimit - safetyMargins.onDemandHeadroom,
  };
}
