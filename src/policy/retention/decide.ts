/**
 * What retention says of everything that could be deleted: keep, expire or blocked. One decision for each item, in the
 * order of the items; keep, expire and blocked together are all of them. The timer, the dry run, the command line, the
 * API and the report use this function and no other. It reads nothing: facts and the present time are given.
 */
import type { DateTime } from 'luxon';
import { decideCopy, decideDump, decideUnreferenced } from './content.ts';
import { decideDocument, decideDrillServer, decideHistory, decideReport } from './housekeeping.ts';
import type { PointItem, RetentionCatalogue, RetentionDoubts, RetentionItem } from './items.ts';
import { momentOf, type Moment } from './moment.ts';
import { decidePoint } from './points.ts';
import { checkRetentionPolicy, type RetentionPolicy } from './policy.ts';
import type { BlockReason, RetentionDecision, Verdict } from './reasons.ts';
import { standingsOf, type ServerStanding } from './standing.ts';

/** Decides over a whole catalogue at `now`. A policy that is not valid blocks everything. */
export function decideRetention(
  catalogue: RetentionCatalogue,
  policy: RetentionPolicy,
  now: DateTime,
  doubts: RetentionDoubts,
): RetentionDecision[] {
  const stop = stopOf(policy, now);
  if (stop !== undefined)
    return catalogue.items.map((item) => decided(item, { decision: 'blocked', reasons: [stop] }));
  const moment = momentOf(policy, now, doubts);
  const points = catalogue.items.filter((item): item is PointItem => item.kind === 'recovery-point');
  const standings = standingsOf(points, moment);
  const ofPoints = agreeing(points.map((point) => decided(point, decidePoint(point, standings, moment))));
  const fates = new Map(ofPoints.map((decision) => [decision.id, decision]));
  const others = catalogue.items.map((item) =>
    item.kind === 'recovery-point'
      ? undefined
      : decided(item, decideOther(item, catalogue, fates, standings, moment)),
  );
  const rest = ofPoints[Symbol.iterator]();
  const all = others.map((decision) => decision ?? (rest.next().value as RetentionDecision));
  return agreeing(all);
}

function stopOf(policy: RetentionPolicy, now: DateTime): BlockReason | undefined {
  const problems = checkRetentionPolicy(policy);
  if (problems.length > 0) return { reason: 'policy-refused', problems };
  return now.isValid ? undefined : { reason: 'clock', because: 'the present time cannot be read' };
}

const decided = (item: RetentionItem, verdict: Verdict): RetentionDecision => ({
  id: item.id,
  item,
  ...verdict,
});

function decideOther(
  item: Exclude<RetentionItem, PointItem>,
  catalogue: RetentionCatalogue,
  fates: ReadonlyMap<string, RetentionDecision>,
  standings: ReadonlyMap<string, ServerStanding>,
  moment: Moment,
): Verdict {
  switch (item.kind) {
    case 'exported-dump':
      return decideDump(item, fates, standings, moment);
    case 'blob-snapshot':
    case 'blob-version':
      return decideCopy(item, moment);
    case 'unreferenced-blob': {
      const store = catalogue.stores.find((one) => one.store === item.store);
      return decideUnreferenced(item, store, standings, moment);
    }
    case 'drill-server':
      return decideDrillServer(item, moment);
    case 'history':
      return decideHistory(item, moment);
    case 'report':
      return decideReport(item, standings, moment);
    case 'own-document':
      return decideDocument(item, moment);
  }
}

/** What comes twice goes only if both say so: listed twice, the less sure of the two may be the true one. */
function agreeing(decisions: readonly RetentionDecision[]): RetentionDecision[] {
  const keyOf = ({ item }: RetentionDecision): string => `${item.kind} ${item.id}`;
  const staying = new Set(
    decisions.filter((one) => one.decision !== 'expire').map((decision) => keyOf(decision)),
  );
  return decisions.map((one) =>
    one.decision === 'expire' && staying.has(keyOf(one))
      ? { id: one.id, item: one.item, decision: 'blocked', reasons: [{ reason: 'contradiction' }] }
      : one,
  );
}
