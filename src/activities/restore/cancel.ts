/** Cancelling a person's restore: the order in the vault, how it is heard, and what it takes away again. */
import { cancelDocument, readCancel, removeRestored, restoreDocument } from '../../contracts/restore.ts';
import { isoOf } from '../../contracts/values.ts';
import { named, type Person } from '../../contracts/actor.ts';
import { callerNamed } from '../../contracts/audit-actor.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { Failure } from '../../policy/failure.ts';
import { personText } from '../../policy/person-name.ts';
import { implement, type Activity } from '../activity.ts';
import { deletePlannedServer } from '../deleter/servers.ts';
import { audited } from '../audited.ts';
import type { Dependencies } from '../dependencies.ts';
import { closePlan } from '../drill-servers.ts';
import { readPlayedPlan, targetOf } from '../played-plan.ts';
import { scoped } from '../scope.ts';
import { createDocument, readDocument } from '../vault-documents.ts';

/** Orders a restore to stop; throws `conflict` once it has ended. A second order changes nothing. */
export async function orderCancel(
  deps: Dependencies,
  scope: Scope,
  restore: string,
  said: Person & { readonly reason: string },
): Promise<void> {
  const { by, byName, reason } = said;
  const ended = await readDocument(deps.vault, vaultPaths.restore(scope, restore), restoreDocument);
  if (ended !== undefined) throw hasEnded(restore, ended.outcome);
  const action = { action: 'cancel-restore', actor: callerNamed(said), target: restore, reason };
  await audited(deps, scope, action, () => {
    const at = isoOf(deps.clock.now());
    const order = {
      schema: 'lifeboat/restore-cancel/v1' as const,
      restore,
      by,
      ...named(byName),
      at,
      reason,
    };
    return createDocument(deps.vault, vaultPaths.restoreCancel(scope, restore), cancelDocument, order);
  });
}

/** There is nothing to cancel any more. */
export const hasEnded = (restore: string, outcome: string): Failure =>
  new Failure(
    'conflict',
    `${restore} has ended: it is ${outcome}`,
    'There is nothing to cancel. A server that is not needed any more is removed by whoever may delete servers.',
  );

export function restoreCancelActivities(deps: Dependencies): Activity[] {
  return [
    implement(readCancel, async ({ restore, ...scope }) => {
      scoped(deps, scope);
      const order = await readDocument(deps.vault, vaultPaths.restoreCancel(scope, restore), cancelDocument);
      const ended = await readDocument(deps.vault, vaultPaths.restore(scope, restore), restoreDocument);
      return {
        ...(order === undefined
          ? {}
          : { cancelledBy: `${personText(order.by, order.byName)}: ${order.reason}` }),
        hasEnded: ended !== undefined,
      };
    }),

    implement(removeRestored, async ({ plan: digest, database, ...scope }) => {
      scoped(deps, scope);
      const plan = await readPlayedPlan(deps, scope, digest);
      if (!('restore' in plan))
        throw new Failure(
          'refused',
          'the plan is not a restore’s',
          'The plan and the orchestration do not belong together.',
        );
      const { target } = targetOf(plan, database);
      const closing = await closePlan(deps, scope, plan);
      return deletePlannedServer(deps, scope, {
        plan,
        digest,
        target,
        everMade: closing.found.includes(target),
      });
    }),
  ];
}
