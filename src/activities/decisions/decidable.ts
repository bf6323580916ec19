/**
 * What a digest stands for that a second person decides on: the plan of a prune that the brake holds, of a repair, of a
 * restore or a cutover that was asked for, or the estate of a scope that is weaker than the approved one.
 */
import type { decisionKinds } from '../../contracts/api/approvals.ts';
import { alertDocument } from '../../contracts/documents.ts';
import { protectionDigest, protectionIn } from '../../contracts/estate-protection.ts';
import { cutoverDocument, cutoverPermit, type CutoverRequest } from '../../contracts/cutover.ts';
import { cutoverPlan } from '../../contracts/cutover-plan.ts';
import { prunePlan } from '../../contracts/prune.ts';
import { repairInput, repairPaths, repairPlan } from '../../contracts/repair.ts';
import { restorePlan } from '../../contracts/restore-plan.ts';
import {
  restorePermit,
  restoreRequest,
  type RestoreApproval,
  type RestoreRequest,
} from '../../contracts/restore-request.ts';
import { restoreDocument } from '../../contracts/restore.ts';
import { instantOf, isoOf, schemaOnly } from '../../contracts/values.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import {
  cutoverWords,
  pruneLines,
  pruneWords,
  repairLines,
  repairWords,
  restoreLines,
  restoreWords,
} from '../../policy/decision-words.ts';
import { Failure } from '../../policy/failure.ts';
import { instanceIdOfRun } from '../../policy/identifiers.ts';
import { readPlan } from '../approvals.ts';
import { readAskedCutover } from '../cutover/documents.ts';
import type { Dependencies } from '../dependencies.ts';
import { inWords, standingOf, weakenedAlert } from '../estate-guard.ts';
import { itemsOf } from '../repair-plan.ts';
import { scoped } from '../scope.ts';
import { starterOf, type Starter } from '../starters.ts';
import { needDocument, readDocument } from '../vault-documents.ts';

/** Something that is decided on by its digest. */
export interface Decidable {
  readonly kind: (typeof decisionKinds)[number];
  readonly id: string;
  readonly digest: string;
  readonly since: string;
  readonly summary: string;
  /** The same thing by thing. */
  readonly lines: readonly string[];
  readonly starter: Starter;
  /** The runs whose starters are no second person. */
  readonly runs: readonly string[];
  /** Why nothing can be decided on it any more. */
  readonly closed?: string | undefined;
  readonly expiresAt?: string | undefined;
  readonly operation?: string | undefined;
}

const repairWaitSeconds = repairInput.shape.approvalSeconds.parse(undefined);

/** Finds it; throws `not-found` where the digest is of nothing that is decided on. */
export async function findDecidable(deps: Dependencies, scope: Scope, digest: string): Promise<Decidable> {
  if (scope.region === deps.region && digest === digestOfEstate(deps, scope))
    return ofEstate(deps, scope, digest);
  scoped(deps, scope);
  const path = vaultPaths.plan(scope, digest);
  const { schema } = (await readDocument(deps.vault, path, schemaOnly)) ?? { schema: '' };
  const find = finders.find(([prefix]) => schema.startsWith(prefix))?.[1];
  if (find !== undefined) return find(deps, scope, digest);
  throw new Failure(
    'not-found',
    `${digest} is of nothing in ${scope.system} in ${scope.region} that is decided on`,
    'See what waits with: lifeboat approvals',
  );
}

type Find = (deps: Dependencies, scope: Scope, digest: string) => Promise<Decidable>;

const digestOfEstate = (deps: Dependencies, scope: Scope): string =>
  protectionDigest(scope, protectionIn(deps.estate, scope));

const ofPrune: Find = async (deps, scope, digest) => {
  const plan = await readPlan(deps, scope, digest, prunePlan);
  return {
    ...{ kind: 'prune', id: plan.prune, digest, since: plan.at, summary: pruneWords(plan) },
    lines: pruneLines(plan),
    ...{ runs: [plan.prune], starter: await starterOf(deps, scope, plan.prune) },
    closed: closedPrune(deps, plan.brake.state, plan.estateDigest),
  };
};

function closedPrune(deps: Dependencies, brake: string, estateDigest: string): string | undefined {
  if (brake !== 'held') return 'the brake does not hold it: it needs no decision';
  // The rest of what it leans on is looked at when it is carried out.
  return estateDigest === deps.estateDigest
    ? undefined
    : 'it is stale: the estate is another one than it was made on';
}

const ofRepair: Find = async (deps, scope, digest) => {
  const plan = await readPlan(deps, scope, digest, repairPlan);
  const hasEnded = (await deps.vault.read(repairPaths.result(scope, plan.repair))) !== undefined;
  const needsNone = itemsOf(plan, 'manual').length === 0;
  return {
    ...{ kind: 'repair', id: plan.repair, digest, since: plan.at, summary: repairWords(plan) },
    lines: repairLines(plan),
    ...{ runs: [plan.repair], starter: await starterOf(deps, scope, plan.repair) },
    closed: hasEnded ? 'it has ended' : needsNone ? 'nothing in it needs a decision' : undefined,
    expiresAt: isoOf(instantOf(plan.at).plus({ seconds: repairWaitSeconds })),
    operation: instanceIdOfRun(scope, plan.repair),
  };
};

const ofRestore: Find = async (deps, scope, digest) => {
  const plan = await readPlan(deps, scope, digest, restorePlan);
  const { restore, validUntil } = plan;
  const request = await needDocument(deps.vault, vaultPaths.restoreRequest(scope, restore), restoreRequest);
  const ended = await readDocument(deps.vault, vaultPaths.restore(scope, restore), restoreDocument);
  const permit = await readDocument(deps.vault, vaultPaths.restorePermit(scope, restore), restorePermit);
  return {
    ...{ kind: 'restore', id: restore, digest, summary: restoreWords(plan), lines: restoreLines(plan) },
    ...askedFor(scope, restore, { request, validUntil }),
    closed: closedMatter({ permit, ended }),
  };
};

const ofCutover: Find = async (deps, scope, digest) => {
  const { cutover, validUntil } = await readPlan(deps, scope, digest, cutoverPlan);
  const { request, plan } = await readAskedCutover(deps, scope, { cutover, plan: digest });
  const ended = await readDocument(deps.vault, vaultPaths.cutover(scope, cutover), cutoverDocument);
  const permit = await readDocument(deps.vault, vaultPaths.cutoverPermit(scope, cutover), cutoverPermit);
  const isGiven = plan.approval.by === 'given';
  return {
    ...{ kind: 'cutover', id: cutover, digest, summary: cutoverWords(plan), lines: restoreLines(plan) },
    ...askedFor(scope, cutover, { request, validUntil }),
    closed: closedMatter({ permit, ended, isGiven }),
  };
};

/** What is said alike of whatever a person asked for. */
function askedFor(
  scope: Scope,
  id: string,
  { request, validUntil }: { readonly request: RestoreRequest | CutoverRequest; readonly validUntil: string },
): Pick<Decidable, 'since' | 'runs' | 'starter' | 'expiresAt' | 'operation'> {
  const { at, by, byName } = request;
  return {
    ...{ since: at, runs: [], starter: { kind: 'person', by, byName } },
    ...{ expiresAt: validUntil, operation: instanceIdOfRun(scope, id) },
  };
}

/** What one person began alone is looked at by another one afterwards. */
function closedMatter({
  permit,
  ended,
  isGiven = false,
}: {
  readonly permit: { readonly approval: RestoreApproval } | undefined;
  readonly ended: { readonly outcome: string } | undefined;
  readonly isGiven?: boolean;
}): string | undefined {
  if (permit?.approval.kind === 'break-glass' && !isGiven) return undefined;
  if (ended !== undefined) return `it has ended: it is ${ended.outcome}`;
  if (permit !== undefined) return 'it is being carried out';
  return isGiven ? 'its word was given with what failed in the middle' : undefined;
}

async function ofEstate(deps: Dependencies, scope: Scope, digest: string): Promise<Decidable> {
  const standing = await standingOf(deps, scope);
  const alert = await readDocument(deps.vault, vaultPaths.alert(scope, weakenedAlert), alertDocument);
  const isOpen = alert !== undefined && alert.resolvedAt === undefined;
  return {
    ...{ kind: 'estate', id: 'estate', digest, runs: [], starter: { kind: 'unknown' } },
    since: isOpen ? alert.firstAt : isoOf(deps.clock.now()),
    summary:
      standing.state === 'weaker'
        ? `lets the estate apply that protects less: ${standing.weakenings.map(inWords).join('; ')}`
        : 'the estate as it is deployed',
    lines: standing.state === 'weaker' ? standing.weakenings.map(inWords) : [],
    closed:
      standing.state === 'weaker'
        ? undefined
        : standing.state === 'approved'
          ? 'it applies: it is not weaker than the approved one, or was approved'
          : standing.sentence,
  };
}

const finders: readonly (readonly [string, Find])[] = [
  ['lifeboat/prune-plan/', ofPrune],
  ['lifeboat/repair-plan/', ofRepair],
  ['lifeboat/restore-plan/', ofRestore],
  ['lifeboat/cutover-plan/', ofCutover],
];
