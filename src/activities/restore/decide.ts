/**
 * Deciding on a restore that was asked for: another person approves or rejects it by the digest of its plan, or one person
 * goes on alone where nobody decided for long enough. Each word is written once; an approval that has expired may be
 * given again. Nothing is restored here: the orchestration looks, and everything is judged again before it goes on.
 */
import { named, type Person } from '../../contracts/actor.ts';
import { callerNamed } from '../../contracts/audit-actor.ts';
import type { ApprovalDocument } from '../../contracts/documents.ts';
import {
  breakGlassDocument,
  restorePermit,
  type BreakGlassDocument,
  type RestoreApproval,
} from '../../contracts/restore-request.ts';
import { restoreDocument } from '../../contracts/restore.ts';
import { instantOf, isoOf } from '../../contracts/values.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { Failure } from '../../policy/failure.ts';
import { objectionToAlone } from '../../policy/restore-approval.ts';
import { safetyMargins } from '../../policy/safety-margins.ts';
import { resolve } from '../alerts.ts';
import { recordDecision } from '../decisions/record.ts';
import type { Dependencies } from '../dependencies.ts';
import { audit } from '../records.ts';
import { scoped } from '../scope.ts';
import { createOrRead, readDocument } from '../vault-documents.ts';
import { askedFacts, goOf, readAskedBy, type Asked } from './asked.ts';
import { mustHold } from './stale.ts';

/** A word on a restore: on which plan, why, and whose. */
export interface Word extends Person {
  readonly digest: string;
  readonly reason: string;
}

/** Approves or rejects a restore; throws `refused` with the reason where the word would not count. */
export async function decideOnRestore(
  deps: Dependencies,
  scope: Scope,
  restore: string,
  said: Word & { readonly decision: ApprovalDocument['decision'] },
): Promise<ApprovalDocument> {
  const { digest, by, decision } = said;
  scoped(deps, scope);
  const asked = await readAskedBy(deps, scope, { restore, plan: digest });
  if (by === asked.request.by || by === deps.actor)
    throw refused(`${by} asked for ${restore}: another person decides on it`);
  const alone = await goneAlone(deps, scope, restore);
  if (by === alone?.by) throw refused(`${by} went on with ${restore} alone: another person looks at it`);
  if (alone === undefined) await mustBeOpen(deps, scope, asked);
  if (alone === undefined && decision === 'approved') await mustHold(deps, asked.plan);
  const written = await recordDecision(deps, scope, {
    ...{ ...said, kind: 'restore', target: restore, otherwise: again },
    lastsSeconds: safetyMargins.restoreApprovalSeconds,
  });
  // Somebody else has looked at what was done alone.
  if (alone !== undefined) await resolve(deps, scope, 'restore-break-glass');
  return written;
}

/** Writes down that one person goes on alone; throws `refused` where that is not allowed, or not yet. */
export async function goOnAlone(
  deps: Dependencies,
  scope: Scope,
  restore: string,
  word: Word,
): Promise<BreakGlassDocument> {
  const { digest, reason, by, byName } = word;
  scoped(deps, scope);
  const asked = await readAskedBy(deps, scope, { restore, plan: digest });
  await mustBeOpen(deps, scope, asked);
  const go = await goOf(deps, scope, asked);
  if (go.state !== 'waiting') throw refused(`${restore} is decided: ${go.sentence}`);
  const at = deps.clock.now();
  const objection = objectionToAlone(askedFacts(asked), { plan: digest, by, at, reason }, at);
  if (objection !== undefined) throw refused(objection);
  await mustHold(deps, asked.plan);
  await audit(deps, scope, {
    ...{ action: 'break-glass', actor: callerNamed(word), target: restore, stage: 'intent', reason },
    detail: { plan: digest },
  });
  return createOrRead(deps.vault, vaultPaths.restoreBreakGlass(scope, restore), breakGlassDocument, {
    schema: 'lifeboat/break-glass/v1',
    ...{ restore, system: scope.system, region: scope.region, plan: digest },
    ...{ by, ...named(byName), at: isoOf(at), reason },
  });
}

/** Whose word it was where one person went on alone: what another one says then is a look at what was done. */
async function goneAlone(
  deps: Dependencies,
  scope: Scope,
  restore: string,
): Promise<RestoreApproval | undefined> {
  const permit = await readDocument(deps.vault, vaultPaths.restorePermit(scope, restore), restorePermit);
  return permit?.approval.kind === 'break-glass' ? permit.approval : undefined;
}

async function mustBeOpen(deps: Dependencies, scope: Scope, { request, plan }: Asked): Promise<void> {
  const { restore } = request;
  const ended = await readDocument(deps.vault, vaultPaths.restore(scope, restore), restoreDocument);
  if (ended !== undefined)
    throw new Failure('conflict', `${restore} has ended: it is ${ended.outcome}`, again);
  if ((await deps.vault.read(vaultPaths.restorePermit(scope, restore))) !== undefined)
    throw new Failure(
      'conflict',
      `${restore} is being carried out`,
      'Cancel it with: lifeboat restore cancel',
    );
  if (deps.clock.now() > instantOf(plan.validUntil))
    throw refused(`the plan of ${restore} was valid until ${plan.validUntil}`);
}

const again = 'Plan again, and ask for it, with: lifeboat restore plan';
const refused = (message: string): Failure => new Failure('refused', message, 'Nothing was changed.');
