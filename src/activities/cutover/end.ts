/**
 * The end of a cutover or of a way back, from what the vault says of its hooks: what it came to is written once, then
 * where the system stands, and people are told. What may have run stays in force until it is taken back.
 */
import {
  cutoverDocument,
  hookRecord,
  type CutoverDocument,
  type CutoverFacts,
  type CutoverInForce,
  type HookRecord,
} from '../../contracts/cutover.ts';
import { cutoverPlan, type CutoverPlan } from '../../contracts/cutover-plan.ts';
import { vaultPaths } from '../../contracts/vault-paths.ts';
import { serverNameOf } from '../../policy/identifiers.ts';
import { judgeCutover, standingHooks, stillStanding } from '../../policy/cutover.ts';
import { raise, resolve } from '../alerts.ts';
import { readPlan } from '../approvals.ts';
import { audited } from '../audited.ts';
import type { Dependencies } from '../dependencies.ts';
import { createOrRead, readDocument } from '../vault-documents.ts';
import { changeForce } from './in-force.ts';

export async function endCutover(deps: Dependencies, facts: CutoverFacts): Promise<CutoverDocument> {
  const plan = await readPlan(deps, facts, facts.plan, cutoverPlan);
  const path = vaultPaths.cutover(facts, facts.cutover);
  const found = await documentOf(deps, facts, plan);
  const action = { action: 'end-cutover', target: facts.cutover, detail: { direction: plan.direction } };
  const end = async (): Promise<CutoverDocument> => {
    const document = await createOrRead(deps.vault, path, cutoverDocument, found);
    const standing = await changeForce(deps, facts, (inForce) => forceAfter(plan, document, inForce));
    await tellPeople(deps, plan, document, standing);
    return document;
  };
  return audited(deps, facts, action, end, ({ outcome, detail }) => ({
    result: 'done',
    detail: { outcome, detail },
  }));
}

async function documentOf(
  deps: Dependencies,
  facts: CutoverFacts,
  { direction, hooks: planned }: CutoverPlan,
): Promise<CutoverDocument> {
  const { cutover, system, region, plan, endedAt, approval, timeline } = facts;
  const hooks: CutoverDocument['hooks'] = [];
  for (const { hook } of planned) {
    const record = await readDocument(deps.vault, vaultPaths.cutoverHook(facts, cutover, hook), hookRecord);
    if (record === undefined) hooks.push({ hook, state: 'not-run', detail: 'it was not asked', asked: 0 });
    else hooks.push({ hook, ...stateOf(record), asked: record.asked.length });
  }
  return {
    schema: 'lifeboat/cutover/v1',
    ...{ cutover, system, region, plan, direction, endedAt },
    ...judgeCutover({ ...facts, hooks }),
    hooks,
    ...(approval === undefined ? {} : { approval }),
    timeline,
  };
}

/** Without an outcome it may have run, unless every asking certainly reached nobody. */
function stateOf({
  outcome,
  asked,
  unreached = [],
}: HookRecord): Pick<CutoverDocument['hooks'][number], 'state' | 'detail'> {
  if (outcome !== undefined) return { state: outcome.state, detail: outcome.detail };
  const missed = new Set(unreached.map(({ attempt }) => attempt));
  if (asked.some((_, index) => !missed.has(index + 1))) return { state: 'unknown', detail: 'no answer came' };
  return { state: 'not-run', detail: `nobody was reached: ${unreached.at(-1)?.detail ?? ''}` };
}

/** What is in force after an end; what was never permitted changes nothing. */
function forceAfter(
  { cutover, direction, of, without }: CutoverPlan,
  { hooks, outcome }: CutoverDocument,
  inForce: CutoverInForce | undefined,
): CutoverInForce | undefined {
  const broken = outcome === 'failed' ? { broken: cutover } : {};
  if (direction === 'over') {
    if (inForce?.cutover !== cutover || inForce.hooks !== undefined) return inForce;
    const standing = standingHooks(hooks);
    return standing.length === 0 ? undefined : { ...inForce, hooks: standing, ...broken };
  }
  if (inForce?.cutover !== of || inForce?.back !== cutover) return inForce;
  const { back: _, ...before } = inForce;
  if (outcome !== 'done' && outcome !== 'failed') return before;
  const { broken: __, ...rest } = before;
  const standing = stillStanding(inForce.hooks ?? [], hooks, without);
  return standing.length === 0 ? undefined : { ...rest, hooks: standing, ...broken };
}

/** Half a cutover is taken back; half a way back goes on, or the system stays where it is. */
function nextAfter({ direction }: CutoverPlan, { cutover }: CutoverInForce): string {
  const back = `lifeboat cutover back ${cutover}`;
  return direction === 'over'
    ? `Go back with: ${back}`
    : `${cutover} is in force still. Where the source can take the system, go on with: ${back}. Where it cannot, name the new server in the estate file`;
}

async function tellPeople(
  deps: Dependencies,
  plan: CutoverPlan,
  { cutover, outcome, detail }: CutoverDocument,
  standing: CutoverInForce | undefined,
): Promise<void> {
  const { system, region, databases } = plan;
  await resolve(deps, plan, 'cutover-waiting');
  if (standing !== undefined && standing.cutover !== (plan.of ?? cutover)) return;
  if (outcome === 'failed' && standing !== undefined)
    return void (await raise(deps, plan, {
      ...{ key: 'cutover-failed', severity: 'critical', runbook: 'runbooks/cutover.md' },
      title: `${plan.direction === 'over' ? 'A cutover' : 'The way back from a cutover'} of ${system} in ${region} stopped in the middle`,
      detail: `${cutover}: ${detail}. ${nextAfter(plan, standing)}`,
    }));
  if (standing?.broken === undefined) await resolve(deps, plan, 'cutover-failed');
  if (standing === undefined) return resolve(deps, plan, 'cutover-in-force');
  if (outcome !== 'done') return;
  await raise(deps, plan, {
    ...{ key: 'cutover-in-force', severity: 'warning', runbook: 'runbooks/cutover.md' },
    title: `${system} in ${region} runs on a restored server that nothing protects`,
    detail: `${cutover} pointed it at ${databases.map(({ server }) => serverNameOf(server)).join(', ')}. Name it in the estate file, or go back; until then no prune deletes anything`,
  });
}
