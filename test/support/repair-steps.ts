/** The steps of a repair, one activity after the other as the orchestration calls them. */
import { repairPaths, type RepairDocument } from '../../src/contracts/repair.ts';
import { isoOf } from '../../src/contracts/values.ts';
import type { RepairMode } from '../../src/policy/repair.ts';
import { scan, slot, type RepairWorld } from './repair-world.ts';
import { scope } from './sample-estate.ts';

export interface PlannedRepair {
  readonly plan: string;
  readonly repair: string;
  readonly automatic: number;
  readonly manual: number;
}

/** Looks at every finding and writes the plan. */
export async function planRepair(world: RepairWorld, dryRun = false): Promise<PlannedRepair> {
  let position: { part: number; from: number } | undefined = { part: 0, from: 0 };
  while (position !== undefined) {
    const input = { ...scope, slot, scan, position };
    const done: { next?: { part: number; from: number } } = await world.value('examineRepair', input);
    position = done.next;
  }
  return world.value('sealRepair', { ...scope, slot, scan, dryRun, isByPolicyOnly: false });
}

/** Repairs what a plan says, portion by portion; the failures that were told. */
export async function applyAll(
  world: RepairWorld,
  plan: string,
  mode: RepairMode = 'manual',
): Promise<string[]> {
  const failures: string[] = [];
  for (let from: number | undefined = 0; from !== undefined;) {
    const done: { failures: string[]; next?: number } = await world.value('applyRepair', {
      ...scope,
      ...{ plan, mode, from },
    });
    failures.push(...done.failures);
    from = done.next;
  }
  return failures;
}

/** Writes the result; its document. */
export async function finishRepair(
  world: RepairWorld,
  planned: PlannedRepair,
  failures: readonly string[] = [],
): Promise<RepairDocument> {
  const at = isoOf(world.clock.now());
  const approval = { state: 'approved', sentence: 'Head of Shop approved it' };
  const facts = { slot, startedAt: at, endedAt: at, dryRun: false, failures, approval };
  await world.value('finalizeRepair', { ...scope, plan: planned.plan, ...facts });
  return world.vault.json(repairPaths.result(scope, planned.repair));
}

/** A whole repair with an approval; `between` runs after the plan was approved. */
export async function repairAll(
  world: RepairWorld,
  between: () => void | Promise<void> = () => undefined,
): Promise<RepairDocument> {
  const planned = await planRepair(world);
  world.decide(planned.plan);
  await between();
  return finishRepair(world, planned, await applyAll(world, planned.plan));
}
