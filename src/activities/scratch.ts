/**
 * The scratch container of a drill: made when it is first written to, never again once its removal was begun, and removed
 * as a whole through here alone: only one whose marks say that this drill made it, and not without a line in the ledger.
 */
import { closingDocument, slotClaim, type DrillPlan } from '../contracts/documents.ts';
import { removeScratch, type ScratchEnd } from '../contracts/drill.ts';
import { closingPath } from '../contracts/played-plan.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { clockDoubt } from '../policy/clock-trust.ts';
import { Failure, failureFrom } from '../policy/failure.ts';
import { safetyMargins } from '../policy/safety-margins.ts';
import type { ContentStores } from '../ports/content-store.ts';
import type { ScratchFacts } from '../ports/scratch.ts';
import { implement, type Activity } from './activity.ts';
import type { Dependencies } from './dependencies.ts';
import { closePlan } from './drill-servers.ts';
import { readPlan } from './drill-plan.ts';
import { audit, enterLedger } from './records.ts';
import { scoped } from './scope.ts';
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

/** The container of a plan that has one. */
export function scratchOf({ drill, scratch }: DrillPlan): string {
  if (scratch !== undefined) return scratch;
  throw new Failure('refused', `${drill} has no scratch container`, 'The plan was made by another version.');
}

/** Makes the container, or finds it; refused once the drill is being cleaned up. */
export async function openScratch(deps: Dependencies, scope: Scope, plan: DrillPlan): Promise<string> {
  const container = scratchOf(plan);
  if ((await readDocument(deps.vault, closingPath(scope, plan), closingDocument)) !== undefined)
    throw new Failure(
      'refused',
      `${plan.drill} is being cleaned up: nothing is written any more`,
      'Drill again.',
    );
  const { system, region } = scope;
  const seconds = safetyMargins.drillServerTimeToLiveSeconds;
  const expires = isoOf(instantOf(plan.declaredAt).plus({ seconds }));
  await deps.scratch.create(container, { system, region, drill: plan.drill, expires });
  return container;
}

/** A scratch container as something that blobs are read from. */
export const readerOf = (deps: Dependencies, container: string): Pick<ContentStores, 'open'> => ({
  open: (_store, name) => deps.scratch.open(container, name),
});

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
  await audit(deps, scope, {
    ...{ action: 'delete-scratch', target: container, stage: 'intent', detail: { run: marks?.drill } },
  });
  await deps.scratchDeleter.remove(container);
  await enterLedger(deps, scope, { ...entry, stage: 'confirmed-absent' });
}
