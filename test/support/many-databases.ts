/** The shop with many databases, each on a server of its own. */
import { addressOf } from './memory-servers.ts';
import { sampleEstate, scope, serverId } from './sample-estate.ts';
import { WorkflowHub } from './workflow-hub.ts';

/** A hub over such a shop; each database has a heartbeat. */
export async function hubOfManyDatabases(count: number): Promise<WorkflowHub> {
  const estate = sampleEstate();
  const region = estate.systems[0]?.regions[0];
  const [first] = region?.databases ?? [];
  if (region === undefined || first === undefined) throw new Error('the sample estate has no database');
  for (let n = 1; n < count; n += 1) {
    const server = serverId('rg-shop-westeurope', `shop-${n}`);
    region.databases.push({ ...first, id: `d${n}`, server, checks: [] });
  }
  const hub = new WorkflowHub(undefined, { estate });
  for (const { server, name } of region.databases.slice(1)) {
    hub.world.servers.put({ id: server });
    hub.world.databases.at(addressOf(server), name).tables.set('shop.item', { rows: 3, checksum: '111' });
  }
  await hub.world.value('recordHeartbeat', scope);
  return hub;
}
