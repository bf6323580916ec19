/** What a repair came to: its document, and what people are told. */
import {
  repairItemDocument,
  repairPaths,
  type RepairDocument,
  type RepairItem,
  type RepairPlan,
} from '../contracts/repair.ts';
import type { Scope } from '../contracts/vault-paths.ts';
import { raise, resolve } from './alerts.ts';
import type { Dependencies } from './dependencies.ts';
import { readDocument } from './vault-documents.ts';

const runbook = 'runbooks/scan-damage.md';

/** Builds the result from the plan and what is recorded of its items. */
export async function buildResult(
  deps: Dependencies,
  facts: Parameters<typeof judgeResult>[0] & {
    slot: string;
    startedAt: string;
    endedAt: string;
    plan: string;
  },
  plan: RepairPlan,
): Promise<RepairDocument> {
  const items: RepairDocument['items'] = [];
  for (const item of plan.items) items.push(await outcomeOf(deps, plan, facts.plan, item));
  return {
    schema: 'lifeboat/repair/v1',
    ...{ id: plan.repair, system: plan.system, region: plan.region, scan: plan.scan, plan: facts.plan },
    ...{ dryRun: facts.dryRun, startedAt: facts.startedAt, endedAt: facts.endedAt },
    ...judgeResult(facts, plan, items),
    ...(facts.approval === undefined ? {} : { approval: facts.approval }),
    items,
  };
}

async function outcomeOf(
  deps: Dependencies,
  plan: RepairPlan,
  digest: string,
  item: RepairItem,
): Promise<RepairDocument['items'][number]> {
  const which = { item: item.id, store: item.store, name: item.name };
  if (item.decision !== 'repairable') return { ...which, outcome: item.decision, detail: item.sentence };
  const done = await readDocument(deps.vault, repairPaths.item(plan, digest, item.id), repairItemDocument);
  return done === undefined
    ? { ...which, outcome: 'not-done', detail: item.sentence }
    : { ...which, outcome: done.outcome, detail: done.detail };
}

/** Adds up what became of the items. */
function judgeResult(
  facts: {
    dryRun: boolean;
    approval?: { state: 'approved' | 'rejected' | 'timed-out'; sentence: string } | undefined;
    failures: string[];
  },
  plan: RepairPlan,
  items: RepairDocument['items'],
): Pick<RepairDocument, 'outcome' | 'detail' | 'repaired' | 'left'> {
  const repaired = items.filter((item) => item.outcome === 'repaired').length;
  const open = items.filter((item) => item.outcome !== 'repaired' && item.outcome !== 'not-damaged-any-more');
  const left = open.length + plan.left;
  const repairable = plan.items.filter((item) => item.decision === 'repairable').length;
  const first = open[0];
  const held =
    facts.failures[0] ?? (first === undefined ? undefined : `${first.store}/${first.name}: ${first.detail}`);
  const refusal = facts.approval?.state === 'approved' ? undefined : facts.approval?.sentence;
  const went = facts.dryRun
    ? `${repairable} of ${items.length + plan.left} damaged blob(s) would be repaired (dry run)`
    : `${repaired} of ${items.length + plan.left} damaged blob(s) repaired`;
  const detail = [went, refusal, held].filter((part) => part !== undefined).join('; ');
  if (facts.dryRun) return { outcome: 'dry-run', detail, repaired, left };
  if (left === 0) return { outcome: repaired > 0 ? 'done' : 'nothing', detail, repaired, left };
  return { outcome: refusal === undefined ? 'incomplete' : 'not-approved', detail, repaired, left };
}

/** Says that a plan waits for a person. */
export async function tellOfWaiting(
  deps: Dependencies,
  scope: Scope,
  plan: RepairPlan,
  digest: string,
  count: number,
): Promise<void> {
  await raise(deps, scope, {
    key: 'repair-waiting',
    severity: 'warning',
    title: `A repair of ${scope.system} in ${scope.region} waits for an approval`,
    detail: `${plan.repair} would put ${count} damaged blob(s) right. A second person decides, with lifeboat approve or reject --system ${scope.system} --region ${scope.region}, on the plan ${digest}`,
    runbook,
    plan: digest,
  });
}

/** Raises or resolves the alerts that the result calls for. */
export async function tellPeople(deps: Dependencies, scope: Scope, document: RepairDocument): Promise<void> {
  if (document.dryRun) return; // It neither failed to repair anything nor shows that repairing works again.
  await resolve(deps, scope, 'repair-waiting');
  if (document.left === 0) return resolve(deps, scope, 'repair-incomplete');
  await raise(deps, scope, {
    key: 'repair-incomplete',
    severity: 'critical',
    title: `Damaged blobs of ${scope.system} in ${scope.region} are not repaired`,
    detail: document.detail,
    runbook,
  });
}
