/**
 * The servers that stand in the resource group for drills, as retention judges them. One whose drill has ended has
 * leaked; one whose drill has not said how it ended is kept until the end of its time to live. Nothing of the drill but
 * its claim is needed to know that.
 */
import { DateTime } from 'luxon';
import { slotClaim } from '../contracts/documents.ts';
import { instantOf } from '../contracts/values.ts';
import { vaultPaths } from '../contracts/vault-paths.ts';
import { Failure } from '../policy/failure.ts';
import { parseServerResourceId } from '../policy/identifiers.ts';
import { expiryOf, originOf, type DrillServerOrigin } from '../policy/leaked-servers.ts';
import type { DrillServerItem, Pin } from '../policy/retention/items.ts';
import { decideServerRemoval, drillOwner, drillTags } from '../policy/server-removal.ts';
import type { ServerFacts } from '../ports/database-servers.ts';
import type { Dependencies } from './dependencies.ts';
import type { Scoped } from './scope.ts';
import { readDocument } from './vault-documents.ts';

/** A server of the group; without an origin nobody knows whose it is. */
export interface GroupServerFound {
  readonly facts: ServerFacts;
  readonly origin: DrillServerOrigin | undefined;
}

/** Everything that stands in the group for the drills of a scope. */
export async function serversOfGroup(deps: Dependencies, here: Scoped): Promise<GroupServerFound[]> {
  const { resourceGroup } = here.region.drill;
  const [subscription] = here.region.databases.flatMap(
    ({ server }) => parseServerResourceId(server)?.subscription ?? [],
  );
  if (subscription === undefined)
    throw new Failure('bad-estate', `${here.scope.system} has no server`, 'Correct the estate file.');
  const systems = deps.estate.systems.flatMap((system) =>
    system.regions
      .filter(({ region, drill }) => region === deps.region && drill.resourceGroup === resourceGroup)
      .map(({ region, databases }) => ({
        ...{ system: system.id, region, databases: databases.map(({ id }) => id) },
      })),
  );
  const found = await deps.servers.listServers({ subscription, resourceGroup });
  return found.map((facts) => ({ facts, origin: originOf(facts, systems) }));
}

/** A drill's server as retention judges it. */
export async function drillServerItem(
  deps: Dependencies,
  here: Scoped,
  { facts, origin }: { readonly facts: ServerFacts; readonly origin: DrillServerOrigin },
  pins: readonly Pin[],
): Promise<DrillServerItem> {
  const claim = await readDocument(
    deps.vault,
    vaultPaths.slot(here.scope, origin.kind, origin.slot),
    slotClaim,
  );
  const tagged = DateTime.fromISO(facts.tags[drillTags.expires] ?? '', { zone: 'utc' });
  const ended = claim?.finished === undefined ? undefined : instantOf(claim.finished.at);
  const expiresAt = expiryOf(facts.createdAt, { ended, tagged });
  return {
    ...{ kind: 'drill-server', id: facts.id, drill: origin.drill, completedAt: facts.createdAt },
    ...{ pins, expiresAt, refusals: refusalsOf(deps, here, facts, origin) },
  };
}

/** What the guard of server removal says against it. */
function refusalsOf(
  deps: Dependencies,
  { region }: Scoped,
  facts: ServerFacts,
  { drill, slot, plan }: DrillServerOrigin,
): readonly string[] {
  const target = parseServerResourceId(facts.id);
  if (target === undefined) return [`${facts.id} is no server's resource id`];
  const decision = decideServerRemoval(
    {
      ...{ target, owner: drillOwner(drill), plan, allowedResourceGroup: region.drill.resourceGroup },
      declaredAt: DateTime.fromFormat(slot, "yyyyMMdd'T'HHmmss'Z'", { zone: 'utc' }),
      protectedServers: deps.estate.systems.flatMap((system) =>
        system.regions.flatMap((one) => one.databases.map((database) => database.server)),
      ),
    },
    facts,
  );
  return decision.decision === 'remove' ? [] : decision.reasons;
}
