/**
 * The permit of a matter: written once, right before anything is done, when the decision counts and every fact of the
 * plan holds. Going on alone is told to everybody before the permit stands. Whoever comes second finds the permit.
 */
import { named } from '../../contracts/actor.ts';
import type { RestoreApproval } from '../../contracts/restore-request.ts';
import { isoOf } from '../../contracts/values.ts';
import { Failure } from '../../policy/failure.ts';
import { personText } from '../../policy/person-name.ts';
import { raise, resolve } from '../alerts.ts';
import { audited } from '../audited.ts';
import type { Dependencies } from '../dependencies.ts';
import { createOrRead, readDocument } from '../vault-documents.ts';
import { goOfMatter, type Matter } from './matter.ts';

/** Permits a matter, or gives the permit that stands; throws `refused` with the reason. */
export async function permitMatter(deps: Dependencies, matter: Matter): Promise<RestoreApproval> {
  const { noun, id, scope, permit, request } = matter;
  const standing = await readDocument(deps.vault, permit.path, permit.shape);
  if (standing !== undefined) return standing.approval;
  const approval = await approvalNow(deps, matter);
  await matter.mustHold();
  const action = { action: `permit-${noun}`, target: id, detail: { plan: request.plan, ...approval } };
  return audited(deps, scope, action, async () => {
    if (approval.kind === 'break-glass') await tellEverybody(deps, matter, approval);
    await resolve(deps, scope, `${noun}-waiting`);
    const written = await createOrRead(deps.vault, permit.path, permit.shape, {
      ...{ ...permit.about, plan: request.plan },
      ...{ at: isoOf(deps.clock.now()), approval },
    });
    return written.approval;
  });
}

/** Throws `refused` unless a matter is permitted by this plan: whatever calls for it, nothing is done without. */
export async function needPermitOf(
  deps: Dependencies,
  {
    noun,
    id,
    permit,
  }: Pick<Matter, 'noun' | 'id'> & { readonly permit: Pick<Matter['permit'], 'path' | 'shape'> },
  plan: string,
): Promise<void> {
  const standing = await readDocument(deps.vault, permit.path, permit.shape);
  if (standing?.plan === plan) return;
  throw new Failure('refused', `${id} is not permitted by the plan ${plan}`, nothingDone[noun]);
}

export const nothingDone = {
  restore: 'Nothing was restored.',
  cutover: 'Nothing was cut over.',
} as const satisfies Record<Matter['noun'], string>;

async function approvalNow(deps: Dependencies, matter: Matter): Promise<RestoreApproval> {
  const go = await goOfMatter(deps, matter);
  if (go.state === 'approved' || go.state === 'break-glass')
    return { kind: go.state, by: go.by, ...named(go.byName), at: isoOf(go.at), reason: go.reason };
  throw new Failure('refused', `${matter.id} is not approved: ${go.sentence}`, nothingDone[matter.noun]);
}

async function tellEverybody(
  deps: Dependencies,
  { noun, id, scope, request }: Matter,
  { by, byName, reason }: RestoreApproval,
): Promise<void> {
  await raise(deps, scope, {
    ...alone[noun],
    severity: 'critical',
    title: `A ${noun} of ${scope.system} in ${scope.region} goes on without a second person`,
    detail: `${personText(by, byName)} goes on with ${id} alone: ${reason}. Asked for by ${personText(request.by, request.byName)}: ${request.reason}`,
  });
}

/** What everybody is told by. */
const alone = {
  restore: { key: 'restore-break-glass', runbook: 'runbooks/restore.md' },
  cutover: { key: 'cutover-break-glass', runbook: 'runbooks/cutover.md' },
} as const satisfies Record<Matter['noun'], object>;
