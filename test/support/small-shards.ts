/** Has a world's stores divided into shards of a few blobs, where a store of many shards is in question. */
import { scanPlanActivities } from '../../src/activities/scan/plan.ts';
import { planStore } from '../../src/contracts/scan.ts';
import { planLimits } from '../../src/policy/scrub-plan.ts';
import type { World } from './world.ts';

/** From now on no shard holds more than so many blobs, as far as the tree of names allows. */
export function divideFinely(world: World, maxBlobsPerShard: number): void {
  const limits = { ...planLimits, maxBlobsPerShard };
  const planning = scanPlanActivities(world.deps, limits).find(({ name }) => name === planStore.name);
  if (planning === undefined) throw new Error(`there is no activity ${planStore.name}`);
  const run = world.run.bind(world);
  world.run = (name, input) =>
    name === planStore.name ? planning.run(JSON.parse(JSON.stringify(input))) : run(name, input);
}
