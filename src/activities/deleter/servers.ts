/** Deletes servers that drills made: only one that is certainly the plan's own, in the drills' own resource group. */
import type { DrillPlan } from '../../contracts/documents.ts';
import type { OperationStart } from '../../contracts/operations.ts';
import { tombstoneDocument } from '../../contracts/prune.ts';
import { instantOf } from '../../contracts/values.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { digestOf } from '../../policy/canonical-json.ts';
import { parseServerResourceId } from '../../policy/identifiers.ts';
import { decideServerRemoval } from '../../policy/server-removal.ts';
import type { Dependencies } from '../dependencies.ts';
import { audit, enterLedger } from '../records.ts';
import { scoped } from '../scope.ts';
import { readDocument } from '../vault-documents.ts';
import { bury } from './marks.ts';

/** Deletes the server that a drill made, if it is certainly that one; `done` once the provider says that it is absent. */
export async function deleteDrillServer(
  deps: Dependencies,
  scope: Scope,
  plan: DrillPlan,
  digest: string,
  target: string,
  everMade: boolean,
): Promise<OperationStart> {
  const entry = { item: target, kind: 'drill-server' as const, reason: `drill ${plan.drill} is over` };
  const found = await deps.servers.get(target);
  const stone = vaultPaths.tombstone(scope, digestOf(target));
  if (found === undefined) {
    // A server that came up only after the closing was begun has its tombstone from its own removal.
    if (!everMade && (await readDocument(deps.vault, stone, tombstoneDocument)) === undefined)
      return { state: 'done', detail: 'never made' };
    await enterLedger(deps, scope, { ...entry, stage: 'confirmed-absent' });
    await bury(deps, scope, entry, true);
    return { state: 'done', detail: 'confirmed absent' };
  }
  const resource = parseServerResourceId(target);
  const { region } = scoped(deps, scope);
  const decision =
    resource === undefined
      ? { decision: 'refuse' as const, reasons: ['the plan names no server'] }
      : decideServerRemoval(
          {
            target: resource,
            drill: plan.drill,
            plan: digest,
            allowedResourceGroup: region.drill.resourceGroup,
            declaredAt: instantOf(plan.declaredAt),
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
  await audit(deps, scope, {
    action: 'delete-server',
    target,
    stage: 'intent',
    detail: { drill: plan.drill },
  });
  await bury(deps, scope, entry, false);
  return deps.deleter.beginDeleteServer(target);
}
