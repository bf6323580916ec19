/** The scratch container of a drill: made when it is first written to, never again once its removal was begun. */
import { closingDocument, type DrillPlan } from '../contracts/documents.ts';
import { closingPath } from '../contracts/played-plan.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import type { Scope } from '../contracts/vault-paths.ts';
import { Failure } from '../policy/failure.ts';
import { safetyMargins } from '../policy/safety-margins.ts';
import type { ContentStores } from '../ports/content-store.ts';
import type { Dependencies } from './dependencies.ts';
import { readDocument } from './vault-documents.ts';

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
