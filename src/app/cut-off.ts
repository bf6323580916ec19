/**
 * Restores and cutovers whose orchestration was ended from outside, by the task hub's own API or with its storage: nobody
 * goes on with them. Each is written down as failed, a restore's pins are taken away, and people are told; what it made or
 * did stands, and a cutover can be taken back.
 */
import { finishSlot } from '../contracts/slots.ts';
import { slotActivities } from '../activities/slots.ts';
import { readAskedCutover } from '../activities/cutover/documents.ts';
import { endCutover } from '../activities/cutover/end.ts';
import { restoreEndActivity } from '../activities/restore/end.ts';
import { readDocument } from '../activities/vault-documents.ts';
import type { Activity } from '../activities/activity.ts';
import type { Dependencies } from '../activities/dependencies.ts';
import { slotClaim, type SlotClaim } from '../contracts/documents.ts';
import { restorePlan } from '../contracts/restore-plan.ts';
import { restoreRequest } from '../contracts/restore-request.ts';
import type { RestoreFacts } from '../contracts/restore.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { Failure, failureFrom } from '../policy/failure.ts';
import { isOver } from '../policy/instance-state.ts';
import { safetyMargins } from '../policy/safety-margins.ts';
import type { InstanceView, TaskHub } from '../ports/task-hub.ts';
import type { App } from './compose.ts';

const kinds = ['restore', 'cutover'] as const;
type Kind = (typeof kinds)[number];
/** Claims of one system that are looked at: they are few, and the newest matter. */
const claimsLookedAt = 20;

/** Closes what was cut off; returns a line for each. */
export async function closeCutOff(
  { deps, systems }: Pick<App, 'deps' | 'systems'>,
  hub: Pick<TaskHub, 'find'>,
): Promise<string[]> {
  const lines: string[] = [];
  for (const system of systems) {
    const scope = { system, region: deps.region };
    try {
      for (const kind of kinds)
        for (const claim of await openClaims(deps, scope, kind)) {
          const why = whyCutOff(await hub.find(claim.instanceId));
          if (why === undefined) continue;
          await close(deps, scope, { kind, slot: claim.slot }, why);
          lines.push(`${kind}-${claim.slot} of ${system} ${why}`);
        }
    } catch (thrown) {
      lines.push(
        `restores and cutovers of ${system} could not be looked after: ${failureFrom(thrown).message}`,
      );
    }
  }
  return lines;
}

/** Claims that have no end, but those whose start may be on its way. */
async function openClaims(deps: Dependencies, scope: Scope, kind: Kind): Promise<SlotClaim[]> {
  const paths: string[] = [];
  for await (const path of deps.vault.list(vaultPaths.slots(scope, kind))) paths.push(path);
  const last = deps.clock.now().minus({ seconds: safetyMargins.auditOutcomeSeconds });
  const claims = [];
  for (const path of paths.slice(-claimsLookedAt)) {
    const claim = await readDocument(deps.vault, path, slotClaim);
    if (claim?.finished === undefined && claim !== undefined && instantOf(claim.claimedAt) <= last)
      claims.push(claim);
  }
  return claims;
}

function whyCutOff(instance: InstanceView | undefined): string | undefined {
  if (instance === undefined)
    return 'is unknown to the task hub: its orchestration was removed before it ended';
  if (!isOver(instance.state)) return undefined;
  return `has no end, and its orchestration is ${instance.state}: it was ended from outside`;
}

async function close(
  deps: Dependencies,
  scope: Scope,
  { kind, slot }: { readonly kind: Kind; readonly slot: string },
  why: string,
): Promise<void> {
  const end = kind === 'restore' ? endOfRestore : endOfCutover;
  const outcome = await end(deps, scope, slot, why);
  const finish = slotActivities(deps).find(({ name }) => name === finishSlot.name) as Activity;
  await valueOf(finish, { ...scope, kind, slot, outcome });
}

/** What of its hooks ran stands in their records: it is in force until somebody takes it back. */
async function endOfCutover(deps: Dependencies, scope: Scope, slot: string, why: string): Promise<string> {
  const cutover = `cutover-${slot}`;
  const { request } = await readAskedCutover(deps, scope, { cutover });
  const { outcome } = await endCutover(deps, {
    ...{ ...scope, cutover, plan: request.plan, endedAt: isoOf(deps.clock.now()) },
    ...{ failure: `it ${why}`, timeline: [] },
  });
  return outcome;
}

async function endOfRestore(deps: Dependencies, scope: Scope, slot: string, why: string): Promise<string> {
  const restore = `restore-${slot}`;
  const facts: RestoreFacts = {
    ...{ ...scope, restore, endedAt: isoOf(deps.clock.now()) },
    ...(await planned(deps, scope, restore)),
    ...{ servers: [], checks: [], heartbeats: [], timeline: [] },
    secondsByPart: { decide: 0, approve: 0, restore: 0, reconfigure: 0, validate: 0 },
    failure: `it ${why}`,
  };
  const { outcome } = await valueOf<{ outcome: string }>(restoreEndActivity(deps), facts);
  return outcome;
}

/** What an activity comes to, as its orchestration would be given it. */
async function valueOf<T>(activity: Activity, input: object): Promise<T> {
  const ended = await activity.run(input);
  if (ended.outcome === 'done') return ended.value as T;
  const { code, message, hint } = ended.failure;
  throw new Failure(code, message, hint);
}

/** The plan that it went by, where it was asked for. */
async function planned(
  deps: Dependencies,
  scope: Scope,
  restore: string,
): Promise<Pick<RestoreFacts, 'plan'>> {
  const request = await readDocument(deps.vault, vaultPaths.restoreRequest(scope, restore), restoreRequest);
  const plan = request && (await readDocument(deps.vault, vaultPaths.plan(scope, request.plan), restorePlan));
  return request === undefined || plan === undefined ? {} : { plan: request.plan };
}
