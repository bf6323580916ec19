/**
 * An estate that protects less than the one that was approved before it does not apply until somebody else approves its
 * digest. What was approved last lies in the vault: the first estate of a scope is trusted and written down, one that is
 * not weaker takes its place at once, a weaker one only by an approval. A document that cannot be read is never written
 * over: then nothing is known to be approved, and nothing may be deleted.
 */
import { approvedEstate, protectionOfApproved, type ApprovedEstate } from '../contracts/approved-estate.ts';
import { protectionDigest, protectionIn, protectionOf } from '../contracts/estate-protection.ts';
import { isoOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { Failure, failureFrom } from '../policy/failure.ts';
import type { ApprovalState } from '../policy/repair.ts';
import { strongestOf } from '../policy/retention/effective.ts';
import { weakerThan, type SystemProtection, type Weakening } from '../policy/retention/protection.ts';
import { raise, resolve } from './alerts.ts';
import { approvalOf } from './approvals.ts';
import { audited } from './audited.ts';
import type { Dependencies } from './dependencies.ts';
import { scoped } from './scope.ts';
import { changeDocument, createDocument, needDocument, readDocument } from './vault-documents.ts';

/** The alert's key. */
export const weakenedAlert = 'estate-weakened';

const attempts = 5;

/** How the estate of a scope stands to the one that was approved before it. */
export type EstateStanding =
  | { readonly state: 'approved' }
  | {
      readonly state: 'weaker';
      /** What an approval must name. */
      readonly digest: string;
      readonly weakenings: readonly Weakening[];
      readonly sentence: string;
    }
  /** What was approved cannot be read. */
  | { readonly state: 'unknown'; readonly sentence: string };

/** Judges the estate of a scope, writes down what is approved by it, and raises or resolves `estate-weakened`. */
export async function guardEstate(deps: Dependencies, scope: Scope): Promise<EstateStanding> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const { standing, advance } = await judge(deps, scope);
    // Somebody else was faster: what stands now is judged anew.
    if (advance !== undefined && !(await write(deps, scope, advance))) continue;
    await tell(deps, scope, standing);
    return standing;
  }
  throw new Failure(
    'cannot-record',
    `${vaultPaths.approvedEstate(scope)} is changed by others without pause`,
    'It is tried again by itself. Are two deployments of this region at work with different estates?',
  );
}

/**
 * What protects a scope now: what was approved, and whatever the estate asks for beyond it. Throws if nothing can be
 * known to be approved: `not-found` before the first `guardEstate`, `bad-document`.
 */
export async function effectiveProtection(deps: Dependencies, scope: Scope): Promise<SystemProtection> {
  const { system, region } = scoped(deps, scope);
  const asked = protectionOf(system, region);
  const path = vaultPaths.approvedEstate(scope);
  const approved = protectionOfApproved(await needDocument(deps.vault, path, approvedEstate));
  return approved === undefined ? asked : strongestOf(approved, asked);
}

/** What takes the place of what; `from` is undefined at the first use. */
interface Advance {
  readonly from: ApprovedEstate | undefined;
  readonly to: ApprovedEstate;
  readonly weakenings: readonly Weakening[];
}

interface Judged {
  readonly standing: EstateStanding;
  readonly advance?: Advance;
}

/** How the estate of a scope stands; writes nothing and tells nobody. */
export async function standingOf(deps: Dependencies, scope: Scope): Promise<EstateStanding> {
  return (await judge(deps, scope)).standing;
}

async function judge(deps: Dependencies, scope: Scope): Promise<Judged> {
  const asked = protectionIn(deps.estate, scope);
  const digest = protectionDigest(scope, asked);
  const by = (authority: string): ApprovedEstate => ({
    ...{ schema: 'lifeboat/approved-estate/v2', system: scope.system, region: scope.region },
    ...(asked === undefined ? {} : { protection: asked }),
    ...{ digest, since: isoOf(deps.clock.now()), authority },
  });
  const read = await readApproved(deps, scope);
  if ('standing' in read) return read;
  const { approved } = read;
  const standing: EstateStanding = { state: 'approved' };
  if (approved === undefined)
    // A scope that never was in an estate has nothing to lose.
    return asked === undefined
      ? { standing }
      : { standing, advance: { from: undefined, to: by('first use'), weakenings: [] } };
  if (approved.digest === digest) return { standing };
  const weakenings = weakerThan(listOf(protectionOfApproved(approved)), listOf(asked));
  if (weakenings.length === 0)
    return { standing, advance: { from: approved, to: by('not weaker than before'), weakenings } };
  const decision = await decisionOn(deps, scope, digest);
  if (decision.state === 'approved')
    return { standing, advance: { from: approved, to: by(decision.sentence), weakenings } };
  return { standing: weaker(scope, digest, weakenings, decision) };
}

const listOf = (protection: SystemProtection | undefined): SystemProtection[] =>
  protection === undefined ? [] : [protection];

/** What was approved last, undefined if nothing was; or how the estate stands if that cannot be read. */
async function readApproved(
  deps: Dependencies,
  scope: Scope,
): Promise<Judged | { readonly approved: ApprovedEstate | undefined }> {
  try {
    return { approved: await readDocument(deps.vault, vaultPaths.approvedEstate(scope), approvedEstate) };
  } catch (thrown) {
    const { code, message } = failureFrom(thrown);
    if (code !== 'bad-document') throw thrown;
    const sentence = `what was approved for ${nameOf(scope)} cannot be read: ${message}`;
    return { standing: { state: 'unknown', sentence } };
  }
}

/** The stored decision; one that cannot be read approves nothing. */
async function decisionOn(deps: Dependencies, scope: Scope, digest: string): Promise<ApprovalState> {
  try {
    return await approvalOf(deps, scope, digest);
  } catch (thrown) {
    const { code, message } = failureFrom(thrown);
    if (code !== 'bad-document') throw thrown;
    return { state: 'void', sentence: `the decision cannot be read: ${message}` };
  }
}

function weaker(
  scope: Scope,
  digest: string,
  weakenings: readonly Weakening[],
  decision: ApprovalState,
): EstateStanding {
  const many = weakenings.length === 1 ? 'one thing' : `${weakenings.length} things`;
  const sentence =
    `the estate of ${nameOf(scope)} is weaker in ${many} than the one approved before it, ` +
    `and does not apply until somebody else approves ${digest}: ${decision.sentence}`;
  return { state: 'weaker', digest, weakenings, sentence };
}

/** Writes what is approved now; `false` if something else was written since it was judged. */
function write(deps: Dependencies, scope: Scope, advance: Advance): Promise<boolean> {
  const { from, to, weakenings } = advance;
  const detail = {
    authority: to.authority,
    ...(from === undefined ? {} : { before: from.digest }),
    ...(weakenings.length === 0 ? {} : { weakenings: weakenings.map(inWords) }),
  };
  return audited(
    deps,
    scope,
    { action: 'approve-estate', target: to.digest, detail },
    () => replace(deps, scope, advance),
    (isWritten) =>
      isWritten
        ? { result: 'done' }
        : { result: 'failed', detail: { failure: 'something else was written meanwhile' } },
  );
}

async function replace(deps: Dependencies, scope: Scope, { from, to }: Advance): Promise<boolean> {
  const path = vaultPaths.approvedEstate(scope);
  if (from === undefined) return createDocument(deps.vault, path, approvedEstate, to);
  const stands = await changeDocument(deps.vault, path, approvedEstate, (standing) =>
    standing.digest === from.digest ? to : standing,
  );
  return stands?.digest === to.digest;
}

async function tell(deps: Dependencies, scope: Scope, standing: EstateStanding): Promise<void> {
  if (standing.state === 'approved') return resolve(deps, scope, weakenedAlert);
  const isWeaker = standing.state === 'weaker';
  await raise(deps, scope, {
    key: 'estate-weakened',
    severity: 'critical',
    title: isWeaker
      ? `The estate of ${nameOf(scope)} is weaker than the approved one`
      : `What was approved for ${nameOf(scope)} cannot be read`,
    detail: isWeaker ? detailOf(scope, standing) : `${standing.sentence}; nothing is deleted there meanwhile`,
    runbook: 'runbooks/estate-weakened.md',
    ...(isWeaker ? { plan: standing.digest } : {}),
  });
}

function detailOf(
  scope: Scope,
  { digest, weakenings, sentence }: EstateStanding & { readonly state: 'weaker' },
): string {
  const command = `npx lifeboat approve ${digest} --system ${scope.system} --region ${scope.region} --reason WHY`;
  return `${weakenings.map(inWords).join('; ')}. So ${sentence}. ${keptInWords(weakenings)} To approve it: ${command}`;
}

function keptInWords(weakenings: readonly Weakening[]): string {
  const lost = weakenings.filter(({ isKept }) => !isKept).map(({ path }) => path);
  const kept = 'What was approved goes on to hold meanwhile';
  return lost.length === 0 ? `${kept}.` : `${kept}, but for what cannot be kept: ${lost.join(', ')}.`;
}

export const inWords = ({ path, sentence }: Weakening): string => `${path}: ${sentence}`;
const nameOf = ({ system, region }: Scope): string => `${system} in ${region}`;
