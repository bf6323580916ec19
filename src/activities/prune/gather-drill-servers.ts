/** Servers of drills of this system that stand; those of other systems in the same group are theirs to judge. */
import { drillServerItem, serversOfGroup } from '../leaked-servers.ts';
import type { Around, Found } from './gather.ts';

export async function* gatherDrillServers({ deps, here, pins, near }: Around): AsyncGenerator<Found> {
  if (near !== undefined && !near.startsWith('/subscriptions/')) return;
  for (const { facts, origin } of await serversOfGroup(deps, here)) {
    if (origin?.system !== here.scope.system) continue;
    const item = await drillServerItem(deps, here, { facts, origin }, pins);
    yield { item, place: { server: facts.id } };
  }
}
