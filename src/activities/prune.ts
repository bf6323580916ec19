/**
 * The prune's effects: look at everything that could be deleted, decide, write the plan; then delete what the plan
 * says and what is still to go when looked at again.
 */
import {
  finalizePrune,
  planPrune,
  pruneBackup,
  pruneDocument,
  prunePlan,
  pruneSnapshots,
  type PruneItem,
} from '../contracts/prune.ts';
import { vaultPaths } from '../contracts/vault-paths.ts';
import { digestOf } from '../policy/canonical-json.ts';
import { secondsOf } from '../policy/objectives.ts';
import { implement, type Activity } from './activity.ts';
import { readPlan } from './approvals.ts';
import type { Dependencies } from './dependencies.ts';
import { guardEstate } from './estate-guard.ts';
import { audit } from './records.ts';
import { scoped } from './scope.ts';
import { createDocument, createOrRead } from './vault-documents.ts';
import { applyBackup, applySnapshots } from './prune/apply.ts';
import { expiredIn, makePlan, takeUpPlan } from './prune/plan.ts';
import { buildResult, tellPeople } from './prune/result.ts';

export function pruneActivities(deps: Dependencies): Activity[] {
  return [
    implement(planPrune, async ({ slot, dryRun, plan: asked, ...scope }) => {
      const here = scoped(deps, scope);
      // Says what is weaker than approved; each look goes by what is approved, whatever it says.
      await guardEstate(deps, scope);
      const plan =
        asked === undefined
          ? await makePlan(deps, here, `prune-${slot}`)
          : await takeUpPlan(deps, here, asked);
      const digest = digestOf(plan);
      await audit(deps, scope, {
        action: dryRun ? 'prune-dry-run' : 'prune',
        target: plan.prune,
        stage: 'intent',
        detail: { plan: digest },
      });
      await createDocument(deps.vault, vaultPaths.plan(scope, digest), prunePlan, plan);
      const isHeld = asked === undefined && plan.brake.state === 'held';
      return {
        ...{ plan: digest, prune: plan.prune },
        ...(isHeld ? { held: plan.brake.sentence } : {}),
        deadlineSeconds: secondsOf(here.system.deadlines.backup),
        backups: expiredIn(plan, 'recovery-point').flatMap(({ id, backups = [] }) =>
          backups.map(({ server }) => ({ item: id, server })),
        ),
        snapshots: expiredIn(plan, 'blob-snapshot').length,
      };
    }),

    implement(pruneBackup, async ({ plan: digest, item, server, ...scope }) => {
      const here = scoped(deps, scope);
      return applyBackup(
        deps,
        here,
        { plan: await readPlan(deps, scope, digest, prunePlan), digest },
        { item, server },
      );
    }),

    implement(pruneSnapshots, async ({ plan: digest, from, ...scope }) => {
      const here = scoped(deps, scope);
      return applySnapshots(
        deps,
        here,
        { plan: await readPlan(deps, scope, digest, prunePlan), digest },
        from,
      );
    }),

    implement(finalizePrune, async (facts) => {
      const plan = await readPlan(deps, facts, facts.plan, prunePlan);
      const document = await createOrRead(
        deps.vault,
        vaultPaths.prune(facts, `prune-${facts.slot}`),
        pruneDocument,
        { ...buildResult(facts, plan), id: `prune-${facts.slot}` },
      );
      await audit(deps, facts, {
        action: 'prune',
        target: document.id,
        stage: 'outcome',
        detail: { outcome: document.outcome, ...document.deleted },
      });
      await tellPeople(deps, facts, document);
      const count = (decision: PruneItem['decision']): number =>
        plan.items.filter((item) => item.decision === decision).length;
      return {
        outcome: document.outcome,
        detail: document.detail,
        deleted: document.deleted.backups + document.deleted.snapshots,
        kept: count('keep'),
        blocked: count('blocked'),
      };
    }),
  ];
}
