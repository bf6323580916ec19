/**
 * A matter: what one person asks for by the digest of a plan and another one approves, a restore or a cutover. Where its
 * documents lie and what is said to it; how much all of that is worth is judged anew at each use.
 */
import type { DateTime } from 'luxon';
import type { z } from 'zod';
import type { RestoreApproval } from '../../contracts/restore-request.ts';
import { instantOf } from '../../contracts/values.ts';
import type { Scope } from '../../contracts/vault-paths.ts';
import { Failure } from '../../policy/failure.ts';
import { personText } from '../../policy/person-name.ts';
import { judgeGo, type AskedRestore, type Go } from '../../policy/restore-approval.ts';
import { storedDecision } from '../approvals.ts';
import type { Dependencies } from '../dependencies.ts';
import { readDocument } from '../vault-documents.ts';

/** A document of a matter: where it lies, its shape, and what it says beside what all matters say. */
export interface MatterDocument<T> {
  readonly path: string;
  readonly shape: z.ZodType<T>;
  readonly about: object;
}

/** Somebody goes on alone. */
export interface AloneFacts {
  readonly plan: string;
  readonly by: string;
  readonly byName?: string | undefined;
  readonly at: string;
  readonly reason: string;
}

export interface PermitFacts {
  readonly plan: string;
  readonly at: string;
  readonly approval: RestoreApproval;
}

export interface Matter {
  readonly noun: 'restore' | 'cutover';
  /** `restore-…`, `cutover-…` */
  readonly id: string;
  readonly scope: Scope;
  readonly request: AloneFacts;
  readonly validUntil: string;
  readonly breakGlassAfterSeconds: number | undefined;
  /** By whose word it is done where that was given before: nobody needs to say another one. */
  readonly standingWord?: RestoreApproval | undefined;
  readonly alone: MatterDocument<AloneFacts>;
  readonly permit: MatterDocument<PermitFacts>;
  readonly cancel: Pick<MatterDocument<Omit<AloneFacts, 'plan'>>, 'path' | 'shape'>;
  readonly end: Pick<MatterDocument<{ readonly outcome: string }>, 'path' | 'shape'>;
  /** Throws `refused` where what its plan says is not so any more. */
  readonly mustHold: () => Promise<void>;
}

/** Throws `refused` where a plan is not valid any more: what it says of the loss is older then. */
export function mustBeValid(
  { noun, id, validUntil }: Pick<Matter, 'noun' | 'id' | 'validUntil'>,
  now: DateTime,
): void {
  if (now <= instantOf(validUntil)) return;
  throw new Failure(
    'refused',
    `the plan of ${id} was valid until ${validUntil}`,
    `Plan again with: lifeboat ${noun} plan`,
  );
}

export const again = (noun: Matter['noun']): string =>
  `Plan again, and ask for it, with: lifeboat ${noun} plan`;

/** Throws `conflict` once it has ended: nothing more comes of it. */
export async function mustNotHaveEnded(
  deps: Dependencies,
  { noun, id, end }: Pick<Matter, 'noun' | 'id' | 'end'>,
): Promise<void> {
  const ended = await readDocument(deps.vault, end.path, end.shape);
  if (ended === undefined) return;
  throw new Failure('conflict', `${id} has ended: it is ${ended.outcome}`, again(noun));
}

/** The facts of a request by which decisions on it are judged. */
export function askedFacts({ request, validUntil, breakGlassAfterSeconds }: Matter): AskedRestore {
  return {
    ...{ plan: request.plan, requestedBy: request.by, requestedAt: instantOf(request.at) },
    ...{ validUntil: instantOf(validUntil), breakGlassAfterSeconds },
  };
}

/** What every word on a matter that stands in the vault is worth now. */
export async function goOfMatter(deps: Dependencies, matter: Matter): Promise<Go> {
  const { scope, request, standingWord } = matter;
  const [approval, alone, cancel] = await Promise.all([
    storedDecision(deps, scope, request.plan),
    readDocument(deps.vault, matter.alone.path, matter.alone.shape),
    readDocument(deps.vault, matter.cancel.path, matter.cancel.shape),
  ]);
  const said = {
    approval,
    alone: alone && { ...alone, at: instantOf(alone.at) },
    cancelledBy: cancel && `${personText(cancel.by, cancel.byName)}: ${cancel.reason}`,
  };
  const go = judgeGo(askedFacts(matter), said, deps.actor, deps.clock.now());
  if (go.state !== 'waiting' || standingWord === undefined) return go;
  const { by, byName, kind, at, reason } = standingWord;
  return {
    ...{ state: kind, by, byName, at: instantOf(at), reason },
    sentence: `${personText(by, byName)} said so when what is taken back was approved`,
  };
}
