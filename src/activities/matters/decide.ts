/**
 * Deciding on a matter that was asked for: another person approves or rejects it by the digest of its plan, or one person
 * goes on alone where nobody decided for long enough. Each word is written once; an approval that has expired may be
 * given again. Nothing is done here: the orchestration looks, and everything is judged again before it goes on.
 */
import { named, type Person } from '../../contracts/actor.ts';
import { callerNamed } from '../../contracts/audit-actor.ts';
import type { ApprovalDocument } from '../../contracts/documents.ts';
import type { RestoreApproval } from '../../contracts/restore-request.ts';
import { instantOf, isoOf } from '../../contracts/values.ts';
import { Failure } from '../../policy/failure.ts';
import { objectionToAlone } from '../../policy/restore-approval.ts';
import { safetyMargins } from '../../policy/safety-margins.ts';
import { resolve } from '../alerts.ts';
import { audited } from '../audited.ts';
import { recordDecision } from '../decisions/record.ts';
import type { Dependencies } from '../dependencies.ts';
import { createOrRead, readDocument } from '../vault-documents.ts';
import { again, askedFacts, goOfMatter, mustNotHaveEnded, type AloneFacts, type Matter } from './matter.ts';

/** A word on a matter: on which plan, why, and whose. */
export interface Word extends Person {
  readonly digest: string;
  readonly reason: string;
}

/** Approves or rejects a matter; throws `refused` with the reason where the word would not count. */
export async function decideOn(
  deps: Dependencies,
  matter: Matter,
  said: Word & { readonly decision: ApprovalDocument['decision'] },
): Promise<ApprovalDocument> {
  const { by, decision } = said;
  const { noun, id, scope, request } = matter;
  if (by === request.by || by === deps.actor)
    throw refused(`${by} asked for ${id}: another person decides on it`);
  const alone = await goneAlone(deps, matter);
  if (by === alone?.by) throw refused(`${by} went on with ${id} alone: another person looks at it`);
  if (alone === undefined) await mustBeOpen(deps, matter);
  if (alone === undefined && decision === 'approved') await matter.mustHold();
  const written = await recordDecision(deps, scope, {
    ...{ ...said, kind: noun, target: id, otherwise: again(noun) },
    lastsSeconds: safetyMargins.restoreApprovalSeconds,
  });
  // Somebody else has looked at what was done alone.
  if (alone !== undefined) await resolve(deps, scope, `${noun}-break-glass`);
  return written;
}

/** Writes down that one person goes on alone; throws `refused` where that is not allowed, or not yet. */
export async function goOnAloneWith(deps: Dependencies, matter: Matter, word: Word): Promise<AloneFacts> {
  const { digest, reason, by, byName } = word;
  const { id, scope, alone } = matter;
  await mustBeOpen(deps, matter);
  const go = await goOfMatter(deps, matter);
  if (go.state !== 'waiting') throw refused(`${id} is decided: ${go.sentence}`);
  const at = deps.clock.now();
  const objection = objectionToAlone(askedFacts(matter), { plan: digest, by, at, reason }, at);
  if (objection !== undefined) throw refused(objection);
  await matter.mustHold();
  const action = {
    ...{ action: 'break-glass', actor: callerNamed(word), target: id, reason },
    detail: { plan: digest },
  };
  return audited(deps, scope, action, () =>
    createOrRead(deps.vault, alone.path, alone.shape, {
      ...{ ...alone.about, plan: digest },
      ...{ by, ...named(byName), at: isoOf(at), reason },
    }),
  );
}

/** Whose word it was where one person went on alone: what another one says then is a look at what was done. */
async function goneAlone(deps: Dependencies, { permit }: Matter): Promise<RestoreApproval | undefined> {
  const standing = await readDocument(deps.vault, permit.path, permit.shape);
  return standing?.approval.kind === 'break-glass' ? standing.approval : undefined;
}

async function mustBeOpen(deps: Dependencies, matter: Matter): Promise<void> {
  const { noun, id, permit, validUntil } = matter;
  await mustNotHaveEnded(deps, matter);
  if ((await deps.vault.read(permit.path)) !== undefined)
    throw new Failure('conflict', `${id} is being carried out`, meanwhile[noun]);
  if (deps.clock.now() > instantOf(validUntil))
    throw refused(`the plan of ${id} was valid until ${validUntil}`);
}

const meanwhile = {
  restore: 'Cancel it with: lifeboat restore cancel',
  cutover: 'Wait until it has ended; then go back with: lifeboat cutover back',
} as const satisfies Record<Matter['noun'], string>;
const refused = (message: string): Failure => new Failure('refused', message, 'Nothing was changed.');
