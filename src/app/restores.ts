/** Restores as the API plans, shows, starts and cancels them. */
import type { Dependencies } from '../activities/dependencies.ts';
import { orderCancel } from '../activities/restore/cancel.ts';
import { proposeRestore } from '../activities/restore/propose.ts';
import { scoped } from '../activities/scope.ts';
import { readDocument } from '../activities/vault-documents.ts';
import { nameOfActor, type Actor } from '../contracts/actor.ts';
import type {
  cancelRestoreResponse,
  planRestoreRequest,
  RestorePlanResponse,
  RestoresResponse,
  startRestoreRequest,
} from '../contracts/api.ts';
import { slotClaim } from '../contracts/documents.ts';
import { restoreDocument, restorePlan } from '../contracts/restore.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { Failure } from '../policy/failure.ts';
import { instanceIdOf } from '../policy/identifiers.ts';
import type { TaskHub } from '../ports/task-hub.ts';
import type { z } from 'zod';
import { startRun } from './runs.ts';

/** How many restores are shown. */
const shownAtMost = 20;

/** Plans a restore: what would happen, what would be lost, how long it should take. Nothing is started. */
export function planRestore(
  deps: Dependencies,
  { system, ...wish }: z.infer<typeof planRestoreRequest>,
): Promise<RestorePlanResponse> {
  return proposeRestore(deps, { system, region: deps.region }, wish);
}

/** Starts a restore; throws `bad-input` if the name was not typed once more as it is. */
export async function startRestore(
  deps: Dependencies,
  hub: TaskHub,
  { system, confirm, ...order }: z.infer<typeof startRestoreRequest>,
  actor: Actor,
): Promise<string> {
  if (confirm !== order.name)
    throw new Failure(
      'bad-input',
      `confirm: is "${confirm}", and the new server would be called "${order.name}"`,
      'Send the name once more as "confirm"; nothing was started.',
    );
  const scope = { system, region: deps.region };
  return startRun(deps, hub, {
    kind: 'restore',
    scope,
    actor,
    input: { ...order, requestedBy: nameOfActor(actor) },
  });
}

/** The newest restores of a system, with plan and end. */
export async function viewRestores(deps: Dependencies, system: string): Promise<RestoresResponse> {
  const { scope } = scoped(deps, { system, region: deps.region });
  const slots: string[] = [];
  for await (const path of deps.vault.list(vaultPaths.slots(scope, 'restore'))) slots.push(path);
  const restores = [];
  for (const path of slots.toReversed().slice(0, shownAtMost)) {
    const claim = await readDocument(deps.vault, path, slotClaim);
    if (claim === undefined) continue;
    restores.push(await viewRestore(deps, scope, `restore-${claim.slot}`, claim.instanceId));
  }
  return { restores };
}

async function viewRestore(
  deps: Dependencies,
  scope: Scope,
  id: string,
  operation: string,
): Promise<RestoresResponse['restores'][number]> {
  const end = await readDocument(deps.vault, vaultPaths.restore(scope, id), restoreDocument);
  const plan =
    end?.plan === undefined
      ? undefined
      : await readDocument(deps.vault, vaultPaths.plan(scope, end.plan), restorePlan);
  return { id, operation, ...(plan === undefined ? {} : { plan }), ...(end === undefined ? {} : { end }) };
}

/** Cancels a restore; throws `not-found` if it was never started, `conflict` if it has ended. */
export async function cancelRestore(
  deps: Dependencies,
  system: string,
  restore: string,
  order: { readonly by: Actor; readonly reason: string },
): Promise<z.infer<typeof cancelRestoreResponse>> {
  const { scope } = scoped(deps, { system, region: deps.region });
  const slot = /^restore-(\d{8}T\d{6}Z)$/.exec(restore)?.[1];
  const path = vaultPaths.slot(scope, 'restore', slot ?? 'none');
  const claim = slot === undefined ? undefined : await readDocument(deps.vault, path, slotClaim);
  if (claim === undefined)
    throw new Failure(
      'not-found',
      `${system} in ${scope.region} has no restore "${restore}"`,
      'List them with: lifeboat restore list --system … --region …',
    );
  const { by, reason } = order;
  await orderCancel(deps, scope, restore, { by: nameOfActor(by), role: by.role, reason });
  return { restore, operation: instanceIdOf({ kind: 'restore', ...scope, stamp: claim.slot }) };
}
