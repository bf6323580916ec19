/**
 * Begins a person's restore: holds its plan and its request against each other, pins the points that it needs, without an
 * end, since a decision and a restore may take long, and tells people that somebody must decide.
 */
import { recoveryPoint } from '../../contracts/documents.ts';
import { openRestore, permitRestore, readGo } from '../../contracts/restore-request.ts';
import { instantOf } from '../../contracts/values.ts';
import { vaultPaths } from '../../contracts/vault-paths.ts';
import { secondsOf } from '../../policy/objectives.ts';
import { personText } from '../../policy/person-name.ts';
import { implement, type Activity } from '../activity.ts';
import { raise } from '../alerts.ts';
import { checksFor } from '../checks/registry.ts';
import type { Dependencies } from '../dependencies.ts';
import { audit } from '../records.ts';
import { databaseOf, scoped, type Scoped } from '../scope.ts';
import { changeDocument } from '../vault-documents.ts';
import { goOf, readAskedBy, type Asked } from './asked.ts';
import { permit } from './permit.ts';

export function restoreStartActivities(deps: Dependencies): Activity[] {
  return [
    implement(openRestore, async (of) => {
      const here = scoped(deps, of);
      const asked = await readAskedBy(deps, here.scope, of);
      const { plan, request } = asked;
      await audit(deps, here.scope, {
        ...{ action: 'restore', target: plan.restore, stage: 'intent', detail: { plan: of.plan } },
      });
      await pin(deps, asked);
      await tellThatItWaits(deps, asked);
      const waits = instantOf(plan.validUntil).diff(instantOf(request.at)).as('seconds');
      return {
        ...{ instant: plan.instant, requestedAt: request.at },
        targets: plan.targets.map(({ database, target }) => ({
          ...{ database, target, checks: checksOf(here, database, plan.point !== undefined) },
        })),
        ...tablesOf(plan),
        deadlines: {
          approvalSeconds: Math.max(0, waits),
          restoreSeconds: secondsOf(here.system.deadlines.restore),
          removalSeconds: secondsOf(here.system.deadlines.removal),
        },
      };
    }),

    implement(readGo, async (of) => {
      const { scope } = scoped(deps, of);
      const { state, sentence } = await goOf(deps, scope, await readAskedBy(deps, scope, of));
      return { state, sentence };
    }),

    implement(permitRestore, async (of) => {
      const { scope } = scoped(deps, of);
      return permit(deps, scope, await readAskedBy(deps, scope, of));
    }),
  ];
}

const checksOf = ({ region }: Scoped, database: string, hasRecord: boolean): string[] =>
  checksFor(region, databaseOf(region, database), { hasRecord, occasion: 'restore', isLast: false });

function tablesOf({ tables, targets: [target] }: Asked['plan']) {
  if (tables === undefined || target === undefined) return {};
  const { schema, chosen, remove } = tables;
  const names = chosen.map(({ table }) => table);
  const sizes = chosen.flatMap(({ bytes }) => (bytes === undefined ? [] : [bytes]));
  const known = sizes.length === names.length ? { sizes } : {};
  return { tables: { database: target.database, schema, remove, tables: names, ...known } };
}

/** The points stay until the restore has ended, however long it takes: its end takes the pins away. */
async function pin(deps: Dependencies, { plan, request }: Asked): Promise<void> {
  const own = { by: plan.restore, at: request.at, reason: `${plan.restore} is at work on it` };
  for (const id of plan.pinned)
    await changeDocument(deps.vault, vaultPaths.point(plan, id), recoveryPoint, (point) => ({
      ...point,
      pins: [...point.pins.filter((one) => one.by !== plan.restore), own],
    }));
}

async function tellThatItWaits(deps: Dependencies, { plan, request }: Asked): Promise<void> {
  const { restore, system, region } = plan;
  await raise(deps, plan, {
    key: 'restore-waiting',
    severity: 'critical',
    title: `A restore of ${system} in ${region} waits for another person`,
    detail: `${personText(request.by, request.byName)} asks for ${restore}: ${request.reason}. Its plan is ${request.plan}`,
    runbook: 'runbooks/restore.md',
  });
}
