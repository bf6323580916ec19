/** Deletes servers that drills and cancelled restores made: only one that is certainly the plan's own, in its own resource group. */
import type { EstateRegion } from '../../contracts/estate.ts';
import type { OperationStart } from '../../contracts/operations.ts';
import { madeAt, type PlayedPlan } from '../../contracts/played-plan.ts';
import { tombstoneDocument } from '../../contracts/prune.ts';
import { instantOf } from '../../contracts/values.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { digestOf } from '../../policy/canonical-json.ts';
import { parseServerResourceId } from '../../policy/identifiers.ts';
import { decideServerRemoval, drillOwner, restoreOwner } from '../../policy/server-removal.ts';
import { auditAbsence, auditedOperation } from '../audited-operation.ts';
import type { Dependencies } from '../dependencies.ts';
import { enterLedger } from '../records.ts';
import { scoped } from '../scope.ts';
import { readDocument } from '../vault-documents.ts';
import { bury } from './marks.ts';

/** A server that a plan made: whose, where, and whether it was seen standing. */
export interface ServerDeletion {
  readonly plan: PlayedPlan;
  readonly digest: string;
  readonly target: string;
  readonly everMade: boolean;
}

/**
 * Deletes the server that a drill or a cancelled restore made, if it is certainly that one; `done` once the provider says
 * that it is absent.
 */
export async function deletePlannedServer(
  deps: Dependencies,
  scope: Scope,
  { plan, digest, target, everMade }: ServerDeletion,
): Promise<OperationStart> {
  const { owner, allowedResourceGroup, ...what } = ownerOf(plan, scoped(deps, scope).region);
  const entry = { item: target, ...what };
  const found = await deps.servers.get(target);
  const stone = vaultPaths.tombstone(scope, digestOf(target));
  if (found === undefined) {
    // A server that came up only after the closing was begun has its tombstone from its own removal.
    if (!everMade && (await readDocument(deps.vault, stone, tombstoneDocument)) === undefined)
      return { state: 'done', detail: 'never made' };
    await enterLedger(deps, scope, { ...entry, stage: 'confirmed-absent' });
    await bury(deps, scope, entry, true);
    await auditAbsence(deps, scope, { action: 'delete-server', target });
    return { state: 'done', detail: 'confirmed absent' };
  }
  const resource = parseServerResourceId(target);
  const decision =
    resource === undefined
      ? { decision: 'refuse' as const, reasons: ['the plan names no server'] }
      : decideServerRemoval(
          {
            target: resource,
            ...{ owner, plan: digest, allowedResourceGroup },
            declaredAt: instantOf(madeAt(plan)),
            protectedServers: deps.estate.systems.flatMap((system) =>
              system.regions.flatMap((one) => one.databases.map((database) => database.server)),
            ),
          },
          found,
        );
  if (decision.decision === 'refuse') {
    await enterLedger(deps, scope, { ...entry, stage: 'refused', reason: decision.reasons.join('; ') });
    return {
      state: 'failed',
      code: 'RemovalRefused',
      message: `it is left standing: ${decision.reasons.join('; ')}`,
    };
  }
  await enterLedger(deps, scope, { ...entry, stage: 'intent' });
  const action = { action: 'delete-server', target, reason: entry.reason, detail: { run: owner.run } };
  return auditedOperation(deps, scope, action, async () => {
    await bury(deps, scope, entry, false);
    return deps.deleter.beginDeleteServer(target);
  });
}

/** A drill's server that outlived its drill; that it has was decided right before, guard and all. */
export interface LeakedServer {
  readonly server: string;
  readonly drill: string;
  readonly reason: string;
}

/** Begins the removal of a server that has leaked. A removal that is at work already is begun by nobody again. */
export async function deleteLeakedServer(
  deps: Dependencies,
  scope: Scope,
  { server, drill, reason }: LeakedServer,
): Promise<OperationStart> {
  const entry = { item: server, kind: 'drill-server' as const, reason };
  const found = await deps.servers.get(server);
  if (found === undefined) return { state: 'done', detail: 'confirmed absent' };
  if (found.state === 'Dropping') return { state: 'done', detail: 'it is being removed' };
  await enterLedger(deps, scope, { ...entry, stage: 'intent' });
  const action = { action: 'delete-server', target: server, reason, detail: { run: drill } };
  return auditedOperation(deps, scope, action, async () => {
    await bury(deps, scope, entry, false);
    return deps.deleter.beginDeleteServer(server);
  });
}

/** Writes down that a leaked server is confirmed absent. */
export async function leakedServerGone(
  deps: Dependencies,
  scope: Scope,
  { server, reason }: Pick<LeakedServer, 'server' | 'reason'>,
): Promise<void> {
  const entry = { item: server, kind: 'drill-server' as const, reason };
  await enterLedger(deps, scope, { ...entry, stage: 'confirmed-absent' });
  await bury(deps, scope, entry, true);
  await auditAbsence(deps, scope, { action: 'delete-server', target: server });
}

/** Who made a plan's servers, in which resource group, and why they go. */
function ownerOf(plan: PlayedPlan, region: EstateRegion) {
  if ('drill' in plan)
    return {
      owner: drillOwner(plan.drill),
      allowedResourceGroup: region.drill.resourceGroup,
      ...{ kind: 'drill-server' as const, reason: `drill ${plan.drill} is over` },
    };
  if (plan.tables !== undefined)
    return {
      owner: drillOwner(plan.restore),
      allowedResourceGroup: region.drill.resourceGroup,
      ...{ kind: 'restored-server' as const, reason: `${plan.restore} does not need it any more` },
    };
  return {
    owner: restoreOwner(plan.restore),
    // Without a group nothing may be deleted: no group has this name.
    allowedResourceGroup: region.restore?.resourceGroup ?? '',
    ...{ kind: 'restored-server' as const, reason: `${plan.restore} was cancelled` },
  };
}
