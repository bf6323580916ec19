/** Asking for a restore by the digest of its plan: written once, and only while everything that the plan says holds. */
import { named, type Person } from '../../contracts/actor.ts';
import { callerNamed } from '../../contracts/audit-actor.ts';
import { restorePlan, type RestorePlan } from '../../contracts/restore-plan.ts';
import { restoreRequest, type RestoreRequest } from '../../contracts/restore-request.ts';
import { restoreDocument } from '../../contracts/restore.ts';
import { isoOf } from '../../contracts/values.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { Failure } from '../../policy/failure.ts';
import { personText } from '../../policy/person-name.ts';
import { readPlan } from '../approvals.ts';
import { audited } from '../audited.ts';
import type { Dependencies } from '../dependencies.ts';
import { mustBeValid, mustNotHaveEnded } from '../matters/matter.ts';
import { scoped } from '../scope.ts';
import { createOrRead } from '../vault-documents.ts';
import { mustHold } from './stale.ts';

export interface RestoreOrder extends Person {
  readonly digest: string;
  /** The name of the new server, typed once more. */
  readonly confirm: string;
  readonly reason: string;
}

/** Writes the request; the one that stands where the same person asks again. Throws `conflict` where another one asked. */
export async function orderRestore(
  deps: Dependencies,
  scope: Scope,
  order: RestoreOrder,
): Promise<RestoreRequest> {
  const { digest, confirm, reason, by, byName } = order;
  scoped(deps, scope);
  const plan = await readPlan(deps, scope, digest, restorePlan);
  mustBeMeant(plan, confirm);
  const end = { path: vaultPaths.restore(scope, plan.restore), shape: restoreDocument };
  await mustNotHaveEnded(deps, { noun: 'restore', id: plan.restore, end });
  const now = deps.clock.now();
  mustBeValid({ noun: 'restore', id: plan.restore, validUntil: plan.validUntil }, now);
  await mustHold(deps, plan);
  const action = {
    ...{ action: 'request-restore', actor: callerNamed(order), target: plan.restore, reason },
    detail: { plan: digest, to: plan.to, targets: plan.targets.map(({ target }) => target) },
  };
  return audited(deps, scope, action, () =>
    writeRequest(deps, scope, {
      schema: 'lifeboat/restore-request/v1',
      ...{ restore: plan.restore, system: scope.system, region: scope.region, plan: digest },
      ...{ by, ...named(byName), at: isoOf(now), reason },
    }),
  );
}

async function writeRequest(
  deps: Dependencies,
  scope: Scope,
  asked: RestoreRequest,
): Promise<RestoreRequest> {
  const { restore, by, plan } = asked;
  const path = vaultPaths.restoreRequest(scope, restore);
  const request = await createOrRead(deps.vault, path, restoreRequest, asked);
  if (request.by === by && request.plan === plan) return request;
  throw new Failure(
    'conflict',
    `${restore} was asked for by ${personText(request.by, request.byName)} at ${request.at}${request.plan === plan ? '' : ', by another plan'}`,
    'Look at it with: lifeboat restore list. For one of your own, plan again.',
  );
}

function mustBeMeant({ name, tables }: RestorePlan, confirm: string): void {
  if (confirm === name) return;
  throw new Failure(
    'bad-input',
    `confirm: is "${confirm}", and ${tables === undefined ? 'the new server' : 'the side schema'} would be called "${name}"`,
    'Send the name once more as "confirm"; nothing was started.',
  );
}
