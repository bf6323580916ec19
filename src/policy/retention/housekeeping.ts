/**
 * The decision on what the project itself leaves behind: servers of drills that outlived their time, histories of
 * finished orchestrations, its own reports and the records of what it did. Reports are evidence: they have a retention of
 * their own, and the one that proves a recovery point which must stay, stays with it.
 */
import { DateTime } from 'luxon';
import { safetyMargins } from '../safety-margins.ts';
import type { DocumentItem, DrillServerItem, HistoryItem, ReportItem } from './items.ts';
import { datingBlock, doubtBlocks, hoursSince, isoText, millisOf, pinHold, type Moment } from './moment.ts';
import { expireUnless, keepIfAny, type BlockReason, type KeepReason, type Verdict } from './reasons.ts';
import type { ServerStanding } from './standing.ts';

/** Leaked once its tag's instant has passed, or its time to live where it has no tag. */
export function decideDrillServer(server: DrillServerItem, moment: Moment): Verdict {
  const undatable = datingBlock(moment, server.completedAt);
  if (undatable !== undefined) return { decision: 'blocked', reasons: [undatable] };
  const createdAt = millisOf(server.completedAt) ?? Number.NaN;
  const expiresMillis =
    millisOf(server.expiresAt) ?? createdAt + safetyMargins.drillServerTimeToLiveSeconds * 1000;
  const expiresAt = isoText(DateTime.fromMillis(expiresMillis, { zone: 'utc' })) ?? '';
  const { drill } = server;
  const alive: KeepReason[] =
    moment.nowMillis <= expiresMillis ? [{ reason: 'inside-time-to-live', drill, expiresAt }] : [];
  const kept = keepIfAny([...pinHold(moment, server.pins, createdAt), ...alive]);
  if (kept !== undefined) return kept;
  const refused: BlockReason[] =
    server.refusals.length === 0 ? [] : [{ reason: 'removal-refused', because: server.refusals }];
  return expireUnless([...refused, ...doubtBlocks(moment)], {
    reason: 'leaked',
    drill,
    expiredAt: expiresAt,
  });
}

/** A history goes once its run has ended that many days ago. */
export function decideHistory(history: HistoryItem, moment: Moment): Verdict {
  if (history.isRunning) return { decision: 'keep', reasons: [{ reason: 'still-running' }] };
  return decideByDays(history, [], moment.policy.historyDays, moment);
}

/** A report stays as long as it is to, and longer while it proves a point in `protectedPoints`. */
export function decideReport(
  report: ReportItem,
  standings: ReadonlyMap<string, ServerStanding>,
  moment: Moment,
): Verdict {
  const { proves } = report;
  const isNeeded =
    proves !== undefined && [...standings.values()].some((standing) => standing.protected.has(proves));
  const ageDays = hoursSince(moment, millisOf(report.completedAt) ?? Number.NaN) / 24;
  const proof: KeepReason[] = isNeeded ? [{ reason: 'proof-of-protected', point: proves, ageDays }] : [];
  return decideByDays(report, proof, moment.policy.reportDays, moment);
}

/** A record stays as long as a report, and longer while something goes by it. */
export function decideDocument(document: DocumentItem, moment: Moment): Verdict {
  const { neededBy } = document;
  const ageDays = hoursSince(moment, millisOf(document.completedAt) ?? Number.NaN) / 24;
  const needs: KeepReason[] =
    neededBy === undefined ? [] : [{ reason: 'still-needed', by: neededBy, ageDays }];
  return decideByDays(document, needs, moment.policy.reportDays, moment);
}

function decideByDays(
  item: HistoryItem | ReportItem | DocumentItem,
  holds: readonly KeepReason[],
  days: number,
  moment: Moment,
): Verdict {
  const undatable = datingBlock(moment, item.completedAt);
  if (undatable !== undefined) return { decision: 'blocked', reasons: [undatable] };
  const at = millisOf(item.completedAt) ?? Number.NaN;
  const ageDays = hoursSince(moment, at) / 24;
  const young: KeepReason[] = ageDays <= days ? [{ reason: 'inside-own-retention', ageDays, days }] : [];
  const kept = keepIfAny([...young, ...holds, ...pinHold(moment, item.pins, at)]);
  return kept ?? expireUnless(doubtBlocks(moment), { reason: 'past-own-retention', ageDays, days });
}
