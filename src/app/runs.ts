/**
 * Starting runs. A run is claimed in the vault before its orchestration is started, by the timer and by people alike;
 * one that was claimed and never started (the process died in between) is started by whoever looks next.
 */
import { approvedScope } from '../activities/approved-scope.ts';
import { audited } from '../activities/audited.ts';
import type { Dependencies } from '../activities/dependencies.ts';
import { readCatalogue, usablePoints } from '../activities/points.ts';
import { scannedStore } from '../activities/scan/stores.ts';
import { scoped } from '../activities/scope.ts';
import { claimSlot } from '../activities/slots.ts';
import { readDocument } from '../activities/vault-documents.ts';
import { personOf, type Actor } from '../contracts/actor.ts';
import { callerOf } from '../contracts/audit-actor.ts';
import { pointId, runKinds, slotClaim, type RunKind, type SlotClaim } from '../contracts/documents.ts';
import { instantOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { Failure, failureFrom } from '../policy/failure.ts';
import { instanceIdOf, stampOf } from '../policy/identifiers.ts';
import { isOver } from '../policy/instance-state.ts';
import { dueSlot, type Schedule } from '../policy/schedule.ts';
import type { TaskHub } from '../ports/task-hub.ts';
import type { NamedRequest } from './api/once.ts';

/** The orchestration that runs each kind. */
const workflows: Record<RunKind, string> = {
  cycle: 'cycle',
  snapshot: 'snapshot',
  scan: 'integrityScan',
  prune: 'prune',
  drill: 'restoreDrill',
  repair: 'repair',
  restore: 'restore',
  cutover: 'cutOver',
};

/** What the estate's schedules start. */
export const scheduledKinds = ['snapshot', 'scan', 'prune', 'drill'] as const;
export type ScheduledKind = (typeof scheduledKinds)[number];

/** A run that a person asks for. */
export interface RunOrder {
  readonly kind: RunKind;
  readonly scope: Scope;
  readonly actor: Actor;
  readonly input: Readonly<Record<string, unknown>>;
  /** Where the request has a name of its own: sent again, it finds the run that it began. */
  readonly request?: NamedRequest | undefined;
}

/** Starts a run now; throws `conflict` naming the one that is still at work. Returns its instance id. */
export async function startRun(deps: Dependencies, hub: TaskHub, order: RunOrder): Promise<string> {
  const { kind, scope, actor, input, request } = order;
  scoped(deps, scope);
  await mustExist(deps, scope, input['point']);
  if (typeof input['store'] === 'string') scannedStore(deps, { ...scope, store: input['store'] });
  const busy = await busyWith(deps, hub, scope, kind);
  const begun = await claimOf(deps, scope, kind, request);
  if (begun !== undefined) return beginClaimed(hub, begun, input);
  if (busy !== undefined)
    throw new Failure(
      'conflict',
      `${busy} is still at work`,
      `Follow it with: lifeboat operation ${busy} --wait`,
    );
  const slot = await freeSlot(deps, scope, kind, request);
  const action = { actor: callerOf(actor), action: `start-${kind}`, target: slot, detail: { ...input } };
  return audited(
    deps,
    scope,
    action,
    () => startClaimed(deps, hub, { kind, scope, slot, input, actor, request: request?.id }),
    (operation) => ({ result: 'done', detail: { operation } }),
  );
}

/** A run whose slot is settled already. */
export interface ClaimedRun {
  readonly kind: RunKind;
  readonly scope: Scope;
  readonly slot: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly actor: Actor;
  /** The id of the request that asked for it, where it has one. */
  readonly request?: string | undefined;
}

/** Claims a slot and starts its run; one that was claimed before is started only where the hub has none of it. */
export async function startClaimed(
  deps: Dependencies,
  hub: TaskHub,
  { kind, scope, slot, input, actor, request }: ClaimedRun,
): Promise<string> {
  const { claim, fresh } = await claimSlot(deps, scope, kind, slot, 'person', {
    request,
    person: personOf(actor),
  });
  return beginClaimed(hub, claim, input, fresh);
}

/** Starts the run of a claim unless the hub has it: one whose start was lost on the way is started now. */
async function beginClaimed(
  hub: TaskHub,
  { system, region, kind, slot, instanceId, finished }: SlotClaim,
  input: RunOrder['input'],
  fresh = false,
): Promise<string> {
  if (fresh || (finished === undefined && (await hub.find(instanceId)) === undefined))
    await hub.start(workflows[kind], instanceId, { ...input, system, region, slot, trigger: 'person' });
  return instanceId;
}

/** The claim of the run that this very request began, if it came that far. */
async function claimOf(
  deps: Dependencies,
  scope: Scope,
  kind: RunKind,
  request: NamedRequest | undefined,
): Promise<SlotClaim | undefined> {
  if (request === undefined) return undefined;
  const first = vaultPaths.slot(scope, kind, stampOf(instantOf(request.at)));
  for await (const path of deps.vault.list(vaultPaths.slots(scope, kind))) {
    if (path < first) continue;
    const claim = await readDocument(deps.vault, path, slotClaim);
    if (claim?.request === request.id) return claim;
  }
  return undefined;
}

/**
 * The slot of this second, or of the first one after it in which no run of the kind has ended already. A request with a
 * name counts from when it was first sent: two sendings at once come to the same slot.
 */
async function freeSlot(
  deps: Dependencies,
  scope: Scope,
  kind: RunKind,
  request: NamedRequest | undefined,
): Promise<string> {
  for (
    let at = request === undefined ? deps.clock.now() : instantOf(request.at);
    ;
    at = at.plus({ seconds: 1 })
  ) {
    const slot = stampOf(at);
    const standing = await readDocument(deps.vault, vaultPaths.slot(scope, kind, slot), slotClaim);
    if (standing?.finished === undefined) return slot;
  }
}

/** A point that is asked for by name must be there before anything is started for it. */
async function mustExist(deps: Dependencies, scope: Scope, point: unknown): Promise<void> {
  const named = pointId.safeParse(point).data;
  if (named === undefined) return;
  const usable = usablePoints(await readCatalogue(deps, scope), deps.clock.now()).map((one) => one.id);
  if (usable.includes(named)) return;
  throw new Failure(
    'not-found',
    `${scope.system} in ${scope.region} has no usable recovery point "${named}"`,
    `Use one of: ${usable.join(', ') || 'none; take a snapshot first'}.`,
  );
}

/**
 * What must not be at work when a run of a kind begins. A repair may wait for days for its approval and keeps nothing else
 * from running; a restore that a person needs waits for nothing, and nothing waits for it: what it needs is pinned.
 */
const excludedBy = (kind: RunKind): readonly RunKind[] => {
  if (kind === 'restore' || kind === 'cutover') return [];
  if (kind === 'repair') return ['repair'];
  if (kind !== 'cycle') return ['cycle', kind];
  return runKinds.filter((other) => other !== 'repair' && other !== 'restore' && other !== 'cutover');
};

/** What keeps a run of a kind from beginning: one of its own kind, or a cycle, which is all of them. */
async function busyWith(
  deps: Dependencies,
  hub: TaskHub,
  scope: Scope,
  kind: RunKind,
): Promise<string | undefined> {
  for (const other of excludedBy(kind)) {
    const busy = await unfinishedRun(deps, hub, scope, other);
    if (busy !== undefined) return busy;
  }
  return undefined;
}

/** What the schedules started, and what kept a slot from being looked at, in words. */
export interface DueRuns {
  readonly started: readonly string[];
  readonly troubles: readonly string[];
}

/** Starts what is due by the schedules of every system in this region; one system's trouble does not hold up another. */
export async function startDueRuns(deps: Dependencies, hub: TaskHub): Promise<DueRuns> {
  const started: string[] = [];
  const troubles: string[] = [];
  for (const system of deps.estate.systems) {
    for (const { region } of system.regions.filter((one) => one.region === deps.region)) {
      const scope = { system: system.id, region };
      try {
        const { schedules } = (await approvedScope(deps, scope)).system;
        const due = await startDueOf(deps, hub, scope, schedules);
        started.push(...due.started);
        troubles.push(...due.troubles);
      } catch (thrown) {
        troubles.push(`schedules of ${system.id}: ${failureFrom(thrown).message}`);
      }
    }
  }
  return { started, troubles };
}

/** Starts what is due of one scope; one kind's trouble does not hold up another. */
async function startDueOf(
  deps: Dependencies,
  hub: TaskHub,
  scope: Scope,
  schedules: Readonly<Record<ScheduledKind, Schedule>> & {
    readonly drill: { readonly scenario?: string | undefined };
  },
): Promise<DueRuns> {
  const started: string[] = [];
  const troubles: string[] = [];
  for (const kind of scheduledKinds) {
    const slot = dueSlot(schedules[kind], deps.clock.now());
    if (slot === undefined) continue;
    try {
      const { scenario } = schedules.drill;
      const input = kind === 'drill' && scenario !== undefined ? { scenario } : {};
      const id = await startSlot(deps, hub, scope, kind, { slot: stampOf(slot), input });
      if (id !== undefined) started.push(id);
    } catch (thrown) {
      troubles.push(`${kind} of ${scope.system}: ${failureFrom(thrown).message}`);
    }
  }
  return { started, troubles };
}

/** Starts a slot unless it was started before; while a cycle or a run of its kind is at work it stays due. */
async function startSlot(
  deps: Dependencies,
  hub: TaskHub,
  scope: Scope,
  kind: ScheduledKind,
  { slot, input }: { readonly slot: string; readonly input: Readonly<Record<string, unknown>> },
): Promise<string | undefined> {
  const id = instanceIdOf({ kind, ...scope, stamp: slot });
  // Most looks, one each minute, are at slots that have been served: they need to know nothing else.
  const standing = await readDocument(deps.vault, vaultPaths.slot(scope, kind, slot), slotClaim);
  if (standing?.finished !== undefined) return undefined;
  const busy = await busyWith(deps, hub, scope, kind);
  if (busy !== undefined && busy !== id) return undefined;
  const { claim } = await claimSlot(deps, scope, kind, slot, 'schedule');
  if (claim.finished !== undefined || (await hub.find(claim.instanceId)) !== undefined) return undefined;
  await hub.start(workflows[kind], claim.instanceId, { ...input, ...scope, slot, trigger: 'schedule' });
  return claim.instanceId;
}

/** A run that was begun by hand may have begun after one with a later slot: so many claims are looked at. */
const claimsLookedAt = 5;

/** The newest claimed run of a kind that is still at work. */
export async function unfinishedRun(
  deps: Dependencies,
  hub: TaskHub,
  scope: Scope,
  kind: RunKind,
): Promise<string | undefined> {
  const newest: string[] = [];
  for await (const path of deps.vault.list(vaultPaths.slots(scope, kind))) {
    newest.unshift(path);
    newest.splice(claimsLookedAt);
  }
  for (const path of newest) {
    const claim = await readDocument(deps.vault, path, slotClaim);
    if (claim === undefined || claim.finished !== undefined) continue;
    const instance = await hub.find(claim.instanceId);
    if (instance !== undefined && !isOver(instance.state)) return claim.instanceId;
  }
  return undefined;
}
