/**
 * The repair's effects: look at what a scan found damaged and at every copy of it, write the plan; then put right what
 * the plan says, if a person approved it or the estate's policy does. Writes themselves are the guarded restorer's.
 */
import type { AuditResult } from '../contracts/audit.ts';
import {
  applyRepair,
  examineRepair,
  finalizeRepair,
  readApproval,
  repairDocument,
  repairPart,
  repairPaths,
  repairPlan,
  sealRepair,
  type RepairDocument,
} from '../contracts/repair.ts';
import { vaultPaths } from '../contracts/vault-paths.ts';
import { digestOf } from '../policy/canonical-json.ts';
import { implement, type Activity } from './activity.ts';
import { approvalOf, needApproval, readPlan } from './approvals.ts';
import { auditOutcome } from './audited.ts';
import { audit } from './records.ts';
import { applyPortion } from './repair-apply.ts';
import type { Dependencies } from './dependencies.ts';
import { assemblePlan, examine, itemsOf } from './repair-plan.ts';
import { buildResult, tellOfWaiting, tellPeople } from './repair-result.ts';
import { scoped } from './scope.ts';
import { createDocument, createOrRead, readDocument } from './vault-documents.ts';

export function repairActivities(deps: Dependencies): Activity[] {
  return [
    implement(examineRepair, async ({ slot, scan: asked, point, store, position, ...scope }) => {
      const here = scoped(deps, scope);
      const repair = repairOf(slot);
      const path = repairPaths.part(scope, repair, position.part);
      const part =
        (await readDocument(deps.vault, path, repairPart)) ??
        (await createOrRead(
          deps.vault,
          path,
          repairPart,
          await examine(deps, here, repair, { scan: asked, point, store }, position),
        ));
      const next = part.next === undefined ? {} : { next: { part: position.part + 1, from: part.next } };
      return { scan: part.scan, items: part.items.length, ...next };
    }),

    implement(sealRepair, async ({ slot, scan, point, store, dryRun, isByPolicyOnly, ...scope }) => {
      scoped(deps, scope);
      const plan = await assemblePlan(deps, scope, repairOf(slot), { scan, point, store });
      const digest = digestOf(plan);
      await audit(deps, scope, {
        action: dryRun ? 'repair-dry-run' : 'repair',
        target: plan.repair,
        stage: 'intent',
        detail: { plan: digest },
      });
      await createDocument(deps.vault, vaultPaths.plan(scope, digest), repairPlan, plan);
      const [automatic, manual] = [itemsOf(plan, 'automatic').length, itemsOf(plan, 'manual').length];
      if (manual > 0 && !dryRun && !isByPolicyOnly) await tellOfWaiting(deps, scope, plan, digest, manual);
      return { plan: digest, repair: plan.repair, automatic, manual };
    }),

    implement(readApproval, async ({ plan, ...scope }) => {
      scoped(deps, scope);
      const said = await approvalOf(deps, scope, plan);
      if (said.state !== 'approved') return said;
      const { repair } = await readPlan(deps, scope, plan, repairPlan);
      return approvalOf(deps, scope, plan, [repair]);
    }),

    implement(applyRepair, async ({ plan: digest, mode, from, ...scope }) => {
      const here = scoped(deps, scope);
      const plan = await readPlan(deps, scope, digest, repairPlan);
      const authority =
        mode === 'automatic' ? 'policy' : await needApproval(deps, scope, digest, [plan.repair]);
      return applyPortion(deps, here, { plan, digest, mode, authority }, from);
    }),

    implement(finalizeRepair, async (facts) => {
      const plan = await readPlan(deps, facts, facts.plan, repairPlan);
      const document = await createOrRead(
        deps.vault,
        repairPaths.result(facts, plan.repair),
        repairDocument,
        await buildResult(deps, facts, plan),
      );
      const { outcome, detail, repaired, left } = document;
      await auditOutcome(
        deps,
        facts,
        { action: facts.dryRun ? 'repair-dry-run' : 'repair', target: plan.repair },
        { result: endOf(outcome), detail: { plan: facts.plan, outcome, repaired, left } },
      );
      await tellPeople(deps, facts, document);
      return { outcome, detail, repaired, left };
    }),
  ];
}

const repairOf = (slot: string): string => `repair-${slot}`;

function endOf(outcome: RepairDocument['outcome']): AuditResult {
  if (outcome === 'not-approved') return 'refused';
  return outcome === 'failed' || outcome === 'incomplete' ? 'failed' : 'done';
}
