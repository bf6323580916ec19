/**
 * Forgets orchestrations that ended longer ago than histories are kept. One task hub serves every system of the region,
 * so that the longest time of any of them holds. The decision is the retention's own; what a person or a schedule began
 * is told in the ledger of its system, what those began in turn goes with no line of its own.
 */
import pMap from 'p-map';
import type { Dependencies } from '../activities/dependencies.ts';
import { effectiveProtection } from '../activities/estate-guard.ts';
import { clockNow } from '../activities/prune/look.ts';
import { enterLedger } from '../activities/records.ts';
import { standingHolds } from '../activities/standing-holds.ts';
import type { Scope } from '../contracts/vault-paths.ts';
import { failureFrom } from '../policy/failure.ts';
import { holdsOn } from '../policy/holds.ts';
import { parseInstanceId } from '../policy/identifiers.ts';
import { decideRetention } from '../policy/retention/decide.ts';
import { policyFrom } from '../policy/retention/effective.ts';
import type { HistoryItem, Pin } from '../policy/retention/items.ts';
import type { RetentionPolicy } from '../policy/retention/policy.ts';
import { sentenceOf } from '../policy/retention/sentences.ts';
import type { EndedInstance, TaskHubHistories } from '../ports/task-hub.ts';
import type { App } from './compose.ts';

/** Forgotten in one tick of the timer, at most: a host that was away for long catches up tick by tick. */
const atMost = 500;
const atOnce = 8;

/** An orchestration that is to be forgotten, and why. */
interface Going {
  readonly id: string;
  readonly reason: string;
}

/** Forgets what ended long enough ago, of what is listed the first ended first; returns how many. */
export async function purgeHistory({ deps, systems }: App, hub: TaskHubHistories): Promise<number> {
  const scopes = systems.map((system) => ({ system, region: deps.region }));
  const policy = await longestPolicy(deps, scopes);
  if (policy === undefined) return 0;
  const ended = await hub.endedBefore(deps.clock.now().minus({ days: policy.historyDays }), atMost);
  if (ended.length === 0) return 0;
  const going = (await decide(deps, scopes, policy, ended)).slice(0, atMost);
  await tell(deps, scopes, going, 'intent');
  await pMap(going, ({ id }) => hub.forget(id), { concurrency: atOnce });
  await tell(deps, scopes, going, 'confirmed-absent');
  return going.length;
}

/** The policy that keeps histories longest; undefined while it is not known of every system what is approved. */
async function longestPolicy(
  deps: Dependencies,
  scopes: readonly Scope[],
): Promise<RetentionPolicy | undefined> {
  try {
    const policies = await Promise.all(
      scopes.map(async (scope) => policyFrom(await effectiveProtection(deps, scope))),
    );
    return policies.toSorted((a, b) => b.historyDays - a.historyDays)[0];
  } catch (thrown) {
    // Before the first look at the estate nothing is approved.
    if (failureFrom(thrown).code === 'not-found') return undefined;
    throw thrown;
  }
}

async function decide(
  deps: Dependencies,
  scopes: readonly Scope[],
  policy: RetentionPolicy,
  ended: readonly EndedInstance[],
): Promise<Going[]> {
  const pins = await pinsOn(deps, scopes);
  const { clock } = await clockNow(deps);
  const items = ended
    .toSorted((a, b) => a.endedAt.toMillis() - b.endedAt.toMillis())
    .map(({ id, endedAt }): HistoryItem => ({
      ...{ kind: 'history', id, completedAt: endedAt, isRunning: false, pins },
    }));
  const doubts = { clock, listing: [], provider: [] };
  return decideRetention({ items, stores: [] }, policy, deps.clock.now(), doubts)
    .filter(({ decision }) => decision === 'expire')
    .map((decision) => ({ id: decision.id, reason: sentenceOf(decision) }));
}

/** What holds everything of any of the systems. */
async function pinsOn(deps: Dependencies, scopes: readonly Scope[]): Promise<Pin[]> {
  const now = deps.clock.now();
  const held = await Promise.all(
    scopes.map(async (scope) => holdsOn(await standingHolds(deps, scope), { kind: 'other' }, now)),
  );
  return held.flat();
}

async function tell(
  deps: Dependencies,
  scopes: readonly Scope[],
  going: readonly Going[],
  stage: 'intent' | 'confirmed-absent',
): Promise<void> {
  for (const scope of scopes) {
    const own = going.filter(({ id }) => parseInstanceId(id)?.system === scope.system);
    const lines = own.map(({ id, reason }) => ({ item: id, kind: 'history' as const, stage, reason }));
    if (lines.length > 0) await enterLedger(deps, scope, ...lines);
  }
}
