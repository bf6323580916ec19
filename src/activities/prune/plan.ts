/**
 * The plan of a prune: what would go and what stays, with the reasons; whether it is more than a run may delete without
 * being asked; and what happened to recovery points without Lifeboat. A plan that was held is taken up again by its
 * digest, once it is approved and while what it says is still so.
 */
import { placeNotFound, prunePlan, type PruneItem, type PrunePlan } from '../../contracts/prune.ts';
import { isoOf } from '../../contracts/values.ts';
import { digestOf } from '../../policy/canonical-json.ts';
import { Failure } from '../../policy/failure.ts';
import { brakeOf } from '../../policy/retention/brake.ts';
import { brakeSentence } from '../../policy/retention/brake-words.ts';
import { changeSentence, isStale, type PlanFacts } from '../../policy/retention/stale.ts';
import { needApproval, readPlan } from '../approvals.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Scoped } from '../scope.ts';
import { look, type Look } from './look.ts';
import { needsWriting, writeMarks } from './marks.ts';
import { reconcileNow } from './reconcile.ts';

/** Makes the plan of what is there now. */
export async function makePlan(
  deps: Dependencies,
  here: Scoped,
  { prune, dryRun }: { readonly prune: string; readonly dryRun: boolean },
): Promise<PrunePlan> {
  const seen = await look(deps, here, 'everything');
  if (!dryRun) await markFound(deps, here, prune, seen);
  const { policy, decisions, doubts, stores, left, more } = seen;
  const counted = seen.counted.filter((one) => !isYoungRecord(one));
  const brake = brakeOf(decisions, stores, policy, more);
  return {
    schema: 'lifeboat/prune-plan/v2',
    ...{ prune, system: here.system.id, region: here.scope.region, at: isoOf(deps.clock.now()) },
    policy: { ...policy },
    policyDigest: digestOf(policy),
    clock: seen.offsets,
    doubts: {
      ...(doubts.clock === undefined ? {} : { clock: doubts.clock }),
      listing: [...doubts.listing],
      provider: [...doubts.provider],
    },
    items: [...seen.items],
    ...(counted.length === 0 ? {} : { counted: [...counted] }),
    ...(left.length === 0 ? {} : { left: leftByKind(left) }),
    brake: { state: brake.state, sentence: brakeSentence(brake) },
    findings: [...placesNotFound(seen), ...(await reconcileNow(deps, here, seen))],
    estateDigest: deps.estateDigest,
    softwareVersion: deps.softwareVersion,
  };
}

/** Marks what was found in stores; a look that is in doubt of anything marks nothing. */
async function markFound(
  deps: Dependencies,
  { scope }: Scoped,
  prune: string,
  { doubts, marks }: Look,
): Promise<void> {
  if (doubts.clock !== undefined || doubts.listing.length > 0 || doubts.provider.length > 0) return;
  for (const one of marks) if (needsWriting(one)) await writeMarks(deps, scope, prune, one);
}

/**
 * A plan that was held, if it is approved and still what would be planned; throws `refused` otherwise. Whoever approved it
 * does not carry it out alone: neither the run that planned it nor the one that takes it up may be theirs.
 */
export async function takeUpPlan(
  deps: Dependencies,
  here: Scoped,
  digest: string,
  run: string,
): Promise<PrunePlan> {
  const plan = await readPlan(deps, here.scope, digest, prunePlan);
  await needApproval(deps, here.scope, digest, [plan.prune, run]);
  const watched = new Set(plan.items.map(({ id }) => id));
  const seen = await look(deps, here, 'everything', { watched });
  const { isStale: isOld, changes } = isStale(factsOfPlan(plan), factsOfLook(deps, seen));
  if (!isOld) return plan;
  const said = changes.filter((change) => change.weight === 'refuses').map(changeSentence);
  throw new Failure(
    'refused',
    `plan ${digest} is stale: ${said.slice(0, 5).join('; ')}`,
    'Nothing was deleted from it. Make a new plan (lifeboat prune --dry-run shows it), and have that approved.',
  );
}

/** Nobody asks why a young record is kept, and with each plan there is one more of them. */
const isYoungRecord = ({ kind, reason }: Look['counted'][number]): boolean =>
  kind === 'own-document' && reason === 'inside-own-retention';

const placesNotFound = ({ absent }: Look): PrunePlan['findings'] =>
  [...absent].map(([id, because]) => ({
    ...{ finding: placeNotFound, id },
    sentence: `no dump of ${id} was looked at: its place does not exist (${because})`,
  }));

/** How many of each kind wait for the next prune, whichever store they are of. */
const leftByKind = (left: Look['left']): NonNullable<PrunePlan['left']> =>
  [...Map.groupBy(left, ({ kind }) => kind)].map(([kind, alike]) => ({
    ...{ kind, count: alike.reduce((sum, { count }) => sum + count, 0) },
  }));

/** What a plan rests on. What the provider or a person made comes and goes as they please: nothing rests on that. */
const factsOf = (items: readonly PruneItem[]): PlanFacts['items'] =>
  items
    .filter(
      ({ reasons }) => !reasons.some(({ reason }) => reason === 'providers-own' || reason === 'persons-own'),
    )
    .map(({ id, decision, pins, provenBy }) => ({ id, decision, pins, provenBy }));

const factsOfPlan = ({ policyDigest, estateDigest, items }: PrunePlan): PlanFacts => ({
  policyDigest,
  estateDigest,
  items: factsOf(items),
});

const factsOfLook = (deps: Dependencies, { policy, items }: Look): PlanFacts => ({
  policyDigest: digestOf(policy),
  estateDigest: deps.estateDigest,
  items: factsOf(items),
});

/** What a plan expires of a kind, the oldest first: what is newer covers longest while the deletions go on. */
export function expiredIn(plan: PrunePlan, kind: PruneItem['kind']): PruneItem[] {
  // An instant of fixed form is in order as text.
  const at = ({ completedAt = '' }: PruneItem): string => completedAt;
  return plan.items
    .filter((item) => item.kind === kind && item.decision === 'expire')
    .toSorted((a, b) => (at(a) < at(b) ? -1 : at(a) > at(b) ? 1 : 0));
}
