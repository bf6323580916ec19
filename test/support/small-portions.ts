/** Has a world's scans go on in the smallest portions there are, where many of them are in question. */
import { changeActivities } from '../../src/activities/scan/changes.ts';
import { scanJudgeActivities } from '../../src/activities/scan/judge.ts';
import { scanPlanActivities } from '../../src/activities/scan/plan.ts';
import { scanSummaryActivities } from '../../src/activities/scan/summary.ts';
import { finishShard, planStore, sumUpStore, verifyChanges } from '../../src/contracts/scan.ts';
import { planLimits } from '../../src/policy/scrub-plan.ts';
import type { World } from './world.ts';

const names = [planStore.name, finishShard.name, sumUpStore.name, verifyChanges.name];

/** From now on a portion ends at the first look at the clock; returns how many calls there were of each activity. */
export function portionFinely(
  world: World,
  { maxBlobsPerShard, recordsAtOnce }: { readonly maxBlobsPerShard: number; readonly recordsAtOnce: number },
): Map<string, number> {
  world.vault.pieceBytes = 200;
  const budget = { milliseconds: 0, inventoryBytes: 0 };
  const small = [
    ...scanPlanActivities(world.deps, { ...planLimits, maxBlobsPerShard }, budget),
    ...scanJudgeActivities(world.deps, recordsAtOnce),
    ...scanSummaryActivities(world.deps, 0),
    ...changeActivities(world.deps, { milliseconds: 0, records: 100 }),
  ].filter(({ name }) => names.includes(name));
  const calls = new Map<string, number>();
  const run = world.run.bind(world);
  world.run = async (name, input) => {
    const portioned = small.find((one) => one.name === name);
    if (portioned === undefined) return run(name, input);
    calls.set(name, (calls.get(name) ?? 0) + 1);
    return portioned.run(JSON.parse(JSON.stringify(input)));
  };
  return calls;
}
