/**
 * Removes scratch containers, as a whole and through here alone: only one whose marks say that this drill made it, or one
 * that a drill of this scope left behind, and not without a line in the ledger.
 */
import { slotClaim } from '../contracts/documents.ts';
import { removeScratch, type ScratchEnd } from '../contracts/drill.ts';
import { instantOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { clockDoubt } from '../policy/clock-trust.ts';
import { failureFrom } from '../policy/failure.ts';
import type { ScratchFacts } from '../ports/scratch.ts';
import { implement, type Activity } from './activity.ts';
import { audited } from './audited.ts';
import type { Dependencies } from './dependencies.ts';
import { closePlan } from './drill-servers.ts';
import { readPlan } from './drill-plan.ts';
import { enterLedger } from './records.ts';
import { scoped } from './scope.ts';
import { scratchOf } from './scratch.ts';
import { readDocument } from './vault-documents.ts';

export function scratchActivities(deps: Dependencies): Activity[] {
  return [
    implement(removeScratch, async ({ plan: digest, ...scope }): Promise<ScratchEnd> => {
      scoped(deps, scope);
      const plan = await readPlan(deps, scope, digest);
      await closePlan(deps, scope, plan);
      const container = scratchOf(plan);
      const standing = (await deps.scratch.list()).find((one) => one.container === container);
      if (standing === undefined) return { container, outcome: 'absent', detail: 'it does not stand' };
      const { marks } = standing;
      if (marks?.drill !== plan.drill || marks.system !== plan.system)
        return { container, outcome: 'left-over', detail: `it is not of ${plan.drill}: it is left standing` };
      await removeContainer(deps, scope, standing, `drill ${plan.drill} is over`);
      return { container, outcome: 'absent', detail: 'removed with all that was in it' };
    }),
  ];
}

/** Removes containers that drills of a scope left behind; what became of each, in words. */
export async function reapScratch(
  deps: Dependencies,
  scope: Scope,
): Promise<{ readonly gone: string[]; readonly troubles: string[] }> {
  const gone: string[] = [];
  const troubles: string[] = [];
  const own = (await deps.scratch.list()).filter(
    ({ marks }) => marks?.system === scope.system && marks.region === scope.region,
  );
  if (own.length === 0) return { gone, troubles };
  const doubt = clockDoubt(await deps.referenceClocks.offsets());
  for (const one of own)
    try {
      if (doubt === undefined && (await hasLeaked(deps, scope, one))) {
        await removeContainer(deps, scope, one, `${one.marks?.drill ?? ''} has ended and left it behind`);
        gone.push(one.container);
      }
    } catch (thrown) {
      troubles.push(`${one.container}: ${failureFrom(thrown).message}`);
    }
  return { gone, troubles };
}

/** Its drill has ended, or can no longer be at work. */
async function hasLeaked(deps: Dependencies, scope: Scope, { marks }: ScratchFacts): Promise<boolean> {
  const slot = marks?.drill.replace(/^drill-/, '') ?? '';
  const claim = await readDocument(deps.vault, vaultPaths.slot(scope, 'drill', slot), slotClaim);
  return claim?.finished !== undefined || deps.clock.now() > instantOf(marks?.expires ?? '');
}

async function removeContainer(
  deps: Dependencies,
  scope: Scope,
  { container, marks }: ScratchFacts,
  reason: string,
): Promise<void> {
  const entry = { item: container, kind: 'scratch-container' as const, reason };
  await enterLedger(deps, scope, { ...entry, stage: 'intent' });
  const action = { action: 'delete-scratch', target: container, detail: { run: marks?.drill } };
  await audited(deps, scope, action, () => deps.scratchDeleter.remove(container));
  await enterLedger(deps, scope, { ...entry, stage: 'confirmed-absent' });
}
