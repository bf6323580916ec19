/**
 * Freshness of every schedule of this region, from the claims in the vault: shown in the status, and raised as an alert
 * where something is late. Slots before the watch of a system began count for nothing.
 */
import { raise, resolve } from '../activities/alerts.ts';
import { approvedScope } from '../activities/approved-scope.ts';
import { watchCutover } from '../activities/cutover/in-force.ts';
import type { Dependencies } from '../activities/dependencies.ts';
import { createOrRead, readDocument } from '../activities/vault-documents.ts';
import type { DateTime } from 'luxon';
import type { EstateSystem } from '../contracts/estate.ts';
import { dryRunOutcome, partialOutcome, slotClaim, watchDocument } from '../contracts/documents.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { failureFrom } from '../policy/failure.ts';
import { judgeFreshness, watchedSlot, type Freshness, type SlotFact } from '../policy/freshness.ts';
import { stampOf, stampPrefixes } from '../policy/identifiers.ts';
import type { Schedule } from '../policy/schedule.ts';
import type { App } from './compose.ts';
import { scheduledKinds, type ScheduledKind } from './runs.ts';

/** Ends of runs that serve no slot. */
const servesNothing: readonly string[] = [dryRunOutcome, partialOutcome];

export interface KindFreshness {
  readonly kind: ScheduledKind;
  readonly freshness: Freshness;
}

/** The freshness of each schedule of a system in this region. */
export async function freshnessOf(deps: Dependencies, system: EstateSystem): Promise<KindFreshness[]> {
  const scope = { system: system.id, region: deps.region };
  const now = deps.clock.now();
  const { schedules } = (await approvedScope(deps, scope)).system;
  const watch = await createOrRead(deps.vault, vaultPaths.watch(scope), watchDocument, {
    schema: 'lifeboat/watch/v1',
    ...scope,
    since: isoOf(now),
  });
  return Promise.all(
    scheduledKinds.map(async (kind) => ({
      kind,
      freshness: await freshnessOfKind(deps, scope, kind, schedules[kind], instantOf(watch.since)),
    })),
  );
}

/** The newest slot, as long as it is not due: one that has come in the meantime does not excuse the one before it. */
async function freshnessOfKind(
  deps: Dependencies,
  scope: Scope,
  kind: ScheduledKind,
  schedule: Schedule,
  since: DateTime,
): Promise<Freshness> {
  const now = deps.clock.now();
  const judge = async (slot: DateTime | undefined): Promise<Freshness> => {
    const fact = slot === undefined ? { claimed: undefined } : await bestClaim(deps, scope, kind, slot);
    return judgeFreshness(schedule, slot, fact, now);
  };
  const newest = await judge(watchedSlot(schedule, since, now));
  if (newest.state !== 'due') return newest;
  const before = await judge(watchedSlot(schedule, since, newest.slot.minus(1)));
  return before.state === 'late' ? before : newest;
}

/** The best claim at or after a slot: a run that a person started, or a cycle's step, serves it as well. */
async function bestClaim(
  deps: Dependencies,
  scope: Scope,
  kind: ScheduledKind,
  slot: DateTime,
): Promise<SlotFact> {
  let best: SlotFact['claimed'];
  for await (const path of claimsFrom(deps, scope, kind, slot)) {
    const claim = await readDocument(deps.vault, path, slotClaim);
    if (servesNothing.includes(claim?.finished?.outcome ?? '')) continue;
    if (claim?.finished !== undefined && claim.finished.outcome !== 'failed')
      return { claimed: { finished: claim.finished } };
    if (claim !== undefined) best = { finished: claim.finished };
  }
  return { claimed: best };
}

/** The claims of a slot and of those after it. Only their days or months are listed: claims are kept for years. */
async function* claimsFrom(
  deps: Dependencies,
  scope: Scope,
  kind: ScheduledKind,
  slot: DateTime,
): AsyncGenerator<string> {
  const from = vaultPaths.slot(scope, kind, stampOf(slot));
  for (const prefix of stampPrefixes(slot, deps.clock.now()))
    for await (const path of deps.vault.list(`${vaultPaths.slots(scope, kind)}${prefix}`)) {
      if (path < from) continue;
      yield path;
    }
}

/** Raises what is late and resolves what is not; returns a line for each that is late or could not be judged. */
export async function watchFreshness({ deps, systems }: App): Promise<string[]> {
  const lines: string[] = [];
  for (const system of deps.estate.systems.filter((one) => systems.includes(one.id))) {
    const scope = { system: system.id, region: deps.region };
    try {
      await watchCutover(deps, scope);
      for (const { kind, freshness } of await freshnessOf(deps, system)) {
        const key = `${kind}-late`;
        if (freshness.state !== 'late') {
          await resolve(deps, scope, key);
          continue;
        }
        const title = `The ${kind} of ${system.name} in ${deps.region} is late`;
        const detail = `slot ${isoOf(freshness.slot)} was to be served by ${isoOf(freshness.lateAt)}: ${freshness.because}`;
        await raise(deps, scope, {
          key,
          severity: 'critical',
          title,
          detail,
          runbook: 'runbooks/run-late.md',
        });
        lines.push(`${title}: ${detail}`);
      }
    } catch (thrown) {
      lines.push(`the freshness of ${system.name} could not be judged: ${failureFrom(thrown).message}`);
    }
  }
  return lines;
}
