/** The new servers of a drill's plan: one for each database, in the resource group for drills, at the source's location. */
import { drillPlan, type DrillPlan, type RestoreTarget } from '../contracts/documents.ts';
import type { PlanDrillOrder } from '../contracts/drill.ts';
import { isoOf } from '../contracts/values.ts';
import { vaultPaths } from '../contracts/vault-paths.ts';
import { drillServerName, parseServerResourceId, serverResourceId } from '../policy/identifiers.ts';
import type { Dependencies } from './dependencies.ts';
import type { ChosenPoint } from './drill-point.ts';
import { sourceFor } from './restore/sources.ts';
import { databaseOf, pairedRegionOf, storeHere, type Scoped } from './scope.ts';
import { needDocument } from './vault-documents.ts';

type Attempt = Pick<PlanDrillOrder, 'slot' | 'attempt' | 'lost' | 'point'>;

/**
 * Restored from the servers that are protected, in their own region or, where that is taken for lost, in its pair; or
 * revived from those that an earlier plan made and that were dropped.
 */
export async function targetsOf(
  deps: Dependencies,
  here: Scoped,
  chosen: ChosenPoint,
  order: Attempt,
): Promise<DrillPlan['targets']> {
  for (const store of here.region.blobStores) await storeHere(deps, store);
  if (order.lost !== undefined)
    return revivedTargets(deps, here, chosen, { ...order, plan: order.lost.plan });
  // A store that is lost leaves the databases alone.
  if (chosen.choice.scenario === 'store-lost' && order.point === 'latest') return [];
  const restored = await restoredTargets(deps, here, chosen, order);
  if (chosen.choice.scenario !== 'region-lost' || order.point !== 'latest') return restored;
  const location = pairedRegionOf(deps, here.scope);
  return restored.map((target) => ({ ...target, location, mode: 'geo' as const }));
}

async function restoredTargets(
  deps: Dependencies,
  here: Scoped,
  { choice, point, instants }: ChosenPoint,
  order: Attempt,
): Promise<RestoreTarget[]> {
  const { databases, drill } = here.region;
  const parts =
    point?.databases ??
    databases.map(({ id, server, name }) => ({
      ...{ database: id, server, name, instant: instants?.get(id) ?? isoOf(choice.instant) },
    }));
  return Promise.all(
    parts.map(async ({ database, server, name, instant }) => {
      const source = await sourceFor(deps, {
        ...{ database, server: databaseOf(here.region, database).server, instant },
      });
      const target = targetId(here, order, { database, server });
      const { location } = source;
      const { allowedAddresses } = drill;
      return { database, source: server, target, location, name, instant, allowedAddresses };
    }),
  );
}

/** What was dropped is named by the plan that made it: nobody can be asked for it any more. */
async function revivedTargets(
  deps: Dependencies,
  here: Scoped,
  { choice, instants }: ChosenPoint,
  order: Attempt & { readonly plan: string },
): Promise<RestoreTarget[]> {
  const { targets } = await needDocument(deps.vault, vaultPaths.plan(here.scope, order.plan), drillPlan);
  return targets.map((dropped) => ({
    ...dropped,
    source: dropped.target,
    target: targetId(here, order, { database: dropped.database, server: dropped.target }),
    instant: instants?.get(dropped.database) ?? isoOf(choice.instant),
    mode: 'revive',
  }));
}

const targetId = (
  { scope, region }: Scoped,
  { slot, attempt }: Attempt,
  { database, server }: { readonly database: string; readonly server: string },
): string =>
  serverResourceId({
    subscription: parseServerResourceId(server)?.subscription ?? '',
    resourceGroup: region.drill.resourceGroup,
    name: drillServerName({ kind: 'drill', ...scope, stamp: slot }, database, attempt),
  });
