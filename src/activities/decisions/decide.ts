/**
 * A second person's word on whatever waits for one, by its digest. It is refused where it would not count: of whoever asked,
 * of the app itself, on what has ended or was made on another estate. Nothing is done by it here: whoever carries it out
 * judges the decision and every fact again.
 */
import type { Person } from '../../contracts/actor.ts';
import type { ApprovalDocument } from '../../contracts/documents.ts';
import type { Scope } from '../../contracts/vault-paths.ts';
import { Failure } from '../../policy/failure.ts';
import { safetyMargins } from '../../policy/safety-margins.ts';
import { decideOnCutover } from '../cutover/decide.ts';
import type { Dependencies } from '../dependencies.ts';
import { decideOnRestore } from '../restore/decide.ts';
import { starterWords } from '../starters.ts';
import { findDecidable, type Decidable } from './decidable.ts';
import { recordDecision } from './record.ts';

export interface SaidOnDigest extends Person {
  readonly digest: string;
  readonly reason: string;
  readonly decision: ApprovalDocument['decision'];
}

/** Takes the decision down; throws `refused` with the reason where it would not count, `conflict` where another one stands. */
export async function decide(
  deps: Dependencies,
  scope: Scope,
  said: SaidOnDigest,
): Promise<{ readonly on: Decidable; readonly decision: ApprovalDocument }> {
  const on = await findDecidable(deps, scope, said.digest);
  if (on.kind === 'restore') return { on, decision: await decideOnRestore(deps, scope, on.id, said) };
  if (on.kind === 'cutover') return { on, decision: await decideOnCutover(deps, scope, on.id, said) };
  mustBeAnother(deps, on, said.by);
  if (on.closed !== undefined)
    throw new Failure('conflict', `nothing is decided on ${on.id}: ${on.closed}`, 'Nothing was changed.');
  const decision = await recordDecision(deps, scope, {
    ...said,
    kind: on.kind === 'estate' ? 'weaker-estate' : on.kind,
    target: on.kind === 'estate' ? on.digest : on.id,
    lastsSeconds: safetyMargins.approvalSeconds,
    otherwise: otherwise[on.kind],
  });
  return { on, decision };
}

const otherwise = {
  prune: 'Prune again: the new plan is decided on anew.',
  repair: 'Repair again: the new plan is decided on anew.',
  estate: 'Nothing was changed.',
} as const;

function mustBeAnother(deps: Dependencies, { id, starter }: Decidable, by: string): void {
  const isFirst = starter.kind === 'person' && starter.by === by;
  if (!isFirst && by !== deps.actor) return;
  throw new Failure(
    'refused',
    `${id} is ${isFirst ? starterWords(starter) : 'the app’s own'}: another person decides on it`,
    'Nothing was changed.',
  );
}
