/** Asking for a cutover or a way back by the digest of its plan: written once, while everything that the plan says holds. */
import { named, type Person } from '../../contracts/actor.ts';
import { callerNamed } from '../../contracts/audit-actor.ts';
import {
  cutoverCancel,
  cutoverDocument,
  cutoverPermit,
  cutoverRequest,
  type CutoverRequest,
} from '../../contracts/cutover.ts';
import { cutoverPlan } from '../../contracts/cutover-plan.ts';
import { isoOf } from '../../contracts/values.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { Failure } from '../../policy/failure.ts';
import { personText } from '../../policy/person-name.ts';
import { readPlan } from '../approvals.ts';
import { audited } from '../audited.ts';
import type { Dependencies } from '../dependencies.ts';
import { mustBeValid, mustNotHaveEnded } from '../matters/matter.ts';
import { scoped } from '../scope.ts';
import { createDocument, createOrRead, readDocument } from '../vault-documents.ts';
import { readAskedCutover, readEnd } from './documents.ts';
import { mustHold } from './stale.ts';

export interface CutoverOrder extends Person {
  readonly digest: string;
  /** The name of the server that the system is pointed at, typed once more. */
  readonly confirm: string;
  readonly reason: string;
}

/** Writes the request; the one that stands where the same person asks again. Throws `conflict` where another one asked. */
export async function orderCutover(
  deps: Dependencies,
  scope: Scope,
  order: CutoverOrder,
): Promise<CutoverRequest> {
  const { digest, confirm, reason, by, byName } = order;
  scoped(deps, scope);
  const plan = await readPlan(deps, scope, digest, cutoverPlan);
  const { cutover, direction, name, validUntil } = plan;
  if (confirm !== name)
    throw new Failure(
      'bad-input',
      `confirm: is "${confirm}", and the system would be pointed at "${name}"`,
      'Send the name once more as "confirm"; nothing was started.',
    );
  const end = { path: vaultPaths.cutover(scope, cutover), shape: cutoverDocument };
  await mustNotHaveEnded(deps, { noun: 'cutover', id: cutover, end });
  const standing = await readDocument(deps.vault, vaultPaths.cutoverRequest(scope, cutover), cutoverRequest);
  if (standing?.by === by && standing.plan === digest) return standing;
  const now = deps.clock.now();
  mustBeValid({ noun: 'cutover', id: cutover, validUntil }, now);
  await mustHold(deps, plan);
  const action = {
    ...{ action: 'request-cutover', actor: callerNamed(order), target: cutover, reason },
    detail: { plan: digest, direction, restore: plan.restore, hooks: plan.hooks.map(({ hook }) => hook) },
  };
  return audited(deps, scope, action, () =>
    writeRequest(deps, scope, {
      schema: 'lifeboat/cutover-request/v1',
      ...{ cutover, system: scope.system, region: scope.region, plan: digest },
      ...{ by, ...named(byName), at: isoOf(now), reason },
    }),
  );
}

async function writeRequest(
  deps: Dependencies,
  scope: Scope,
  asked: CutoverRequest,
): Promise<CutoverRequest> {
  const path = vaultPaths.cutoverRequest(scope, asked.cutover);
  const request = await createOrRead(deps.vault, path, cutoverRequest, asked);
  if (request.by === asked.by && request.plan === asked.plan) return request;
  throw new Failure(
    'conflict',
    `${asked.cutover} was asked for by ${personText(request.by, request.byName)} at ${request.at}`,
    'Look at it with: lifeboat cutover list. For one of your own, plan again.',
  );
}

/** Orders a cutover not to begin; throws `conflict` once it was permitted. A second order changes nothing. */
export async function orderCancel(
  deps: Dependencies,
  scope: Scope,
  cutover: string,
  said: Person & { readonly reason: string },
): Promise<void> {
  const { by, byName, reason } = said;
  scoped(deps, scope);
  await readAskedCutover(deps, scope, { cutover });
  const end = await readEnd(deps, scope, cutover);
  const permit = await readDocument(deps.vault, vaultPaths.cutoverPermit(scope, cutover), cutoverPermit);
  if (end !== undefined || permit !== undefined)
    throw new Failure(
      'conflict',
      end === undefined ? `${cutover} is being carried out` : `${cutover} has ended: it is ${end.outcome}`,
      'There is nothing to cancel. What was done is taken back with: lifeboat cutover back',
    );
  const action = { action: 'cancel-cutover', actor: callerNamed(said), target: cutover, reason };
  await audited(deps, scope, action, () =>
    createDocument(deps.vault, vaultPaths.cutoverCancel(scope, cutover), cutoverCancel, {
      schema: 'lifeboat/cutover-cancel/v1',
      ...{ cutover, system: scope.system, region: scope.region },
      ...{ by, ...named(byName), at: isoOf(deps.clock.now()), reason },
    }),
  );
}
