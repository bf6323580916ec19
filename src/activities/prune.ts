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
  pruneItems,
  portionKinds,
  deletedInAll,
} from '../contracts/prune.ts';
import { vaultPaths } from '../contracts/vault-paths.ts';
import { digestOf } from '../policy/canonical-json.ts';
import { secondsOf } from '../policy/objectives.ts';
import { implement, type Activity } from './activity.ts';
import { readPlan } from './approvals.ts';
import type { Dependencies } from './dependencies.ts';
import { guardEstate } from './estate-guard.ts';
import { auditOutcome } from './audited.ts';
import { audit } from './records.ts';
import { scoped } from './scope.ts';
import { createDocument, createOrRead } from './vault-documents.ts';
import { applyBackup, applyItems } from './prune/apply.ts';
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
          ? await makePlan(deps, here, { prune: `prune-${slot}`, dryRun })
          : await takeUpPlan(deps, here, asked, `prune-${slot}`);
      const digest = digestOf(plan);
      await audit(deps, scope, {
        action: actionOf({ dryRun }),
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
        portions: portionKinds
          .map((kind) => ({ kind, count: expiredIn(plan, kind).length }))
          .filter(({ count }) => count > 0),
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

    implement(pruneItems, async ({ plan: digest, kind, from, ...scope }) => {
      const here = scoped(deps, scope);
      const plan = await readPlan(deps, scope, digest, prunePlan);
      return applyItems(deps, here, { plan, digest }, { kind, from });
    }),

    implement(finalizePrune, async (facts) => {
      const plan = await readPlan(deps, facts, facts.plan, prunePlan);
      const document = await createOrRead(
        deps.vault,
        vaultPaths.prune(facts, `prune-${facts.slot}`),
        pruneDocument,
        { ...buildResult(facts, plan), id: `prune-${facts.slot}` },
      );
      await auditOutcome(
        deps,
        facts,
        { action: actionOf(facts), target: plan.prune },
        {
          result: document.outcome === 'failed' ? 'failed' : document.outcome === 'held' ? 'refused' : 'done',
          detail: { run: document.id, outcome: document.outcome, ...document.deleted },
        },
      );
      await tellPeople(deps, facts, document);
      const kept = (decision: 'keep' | 'blocked'): number =>
        document.kept.reduce((sum, one) => (one.decision === decision ? sum + one.count : sum), 0);
      return {
        outcome: document.outcome,
        detail: document.detail,
        deleted: deletedInAll(document.deleted),
        kept: kept('keep'),
        blocked: kept('blocked'),
      };
    }),
  ];
}

const actionOf = ({ dryRun }: { readonly dryRun: boolean }): string => (dryRun ? 'prune-dry-run' : 'prune');
