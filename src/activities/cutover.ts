/** The activities of a cutover to what was restored, and of the way back. */
import {
  finalizeCutover,
  openCutover,
  permitCutover,
  readCutoverGo,
  runHook,
  type CutoverInForce,
} from '../contracts/cutover.ts';
import type { CutoverPlan } from '../contracts/cutover-plan.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import type { Scope } from '../contracts/vault-paths.ts';
import { Failure } from '../policy/failure.ts';
import { personText } from '../policy/person-name.ts';
import { implement, type Activity } from './activity.ts';
import { raise } from './alerts.ts';
import { matterOfCutover, readAskedCutover, type AskedCutover } from './cutover/documents.ts';
import { endCutover } from './cutover/end.ts';
import { changeForce, takeForce } from './cutover/in-force.ts';
import { askHook } from './cutover/run-hook.ts';
import type { Dependencies } from './dependencies.ts';
import { goOfMatter } from './matters/matter.ts';
import { permitMatter } from './matters/permit.ts';
import { scoped } from './scope.ts';

export function cutoverActivities(deps: Dependencies): Activity[] {
  return [
    implement(openCutover, async (of) => {
      const { scope } = scoped(deps, of);
      const asked = await readAskedCutover(deps, scope, of);
      const { plan, request } = asked;
      if (plan.approval.by === 'another-person') await tellThatItWaits(deps, asked);
      const waits = instantOf(plan.validUntil).diff(instantOf(request.at)).as('seconds');
      return {
        ...{ direction: plan.direction, hooks: plan.hooks.map(({ hook }) => hook) },
        approvalSeconds: Math.max(0, waits),
      };
    }),

    implement(readCutoverGo, async (of) => {
      const { scope } = scoped(deps, of);
      const asked = await readAskedCutover(deps, scope, of);
      const { state, sentence } = await goOfMatter(deps, matterOfCutover(deps, scope, asked));
      return { state, sentence };
    }),

    implement(permitCutover, async (of) => {
      const { scope } = scoped(deps, of);
      const asked = await readAskedCutover(deps, scope, of);
      const matter = matterOfCutover(deps, scope, asked);
      const mustHold = async (): Promise<void> => {
        await matter.mustHold();
        await take(deps, scope, asked);
      };
      return permitMatter(deps, { ...matter, mustHold });
    }),

    implement(runHook, async ({ cutover, plan, hook, ...of }) => {
      const { scope } = scoped(deps, of);
      return askHook(deps, scope, { cutover, plan, hook });
    }),

    implement(finalizeCutover, async (facts) => {
      scoped(deps, facts);
      const { outcome, direction, detail, hooks } = await endCutover(deps, facts);
      return { outcome, direction, detail, hooks };
    }),
  ];
}

/** The system is this cutover's, or this way back's, from before its permit stands. */
async function take(deps: Dependencies, scope: Scope, { plan, request }: AskedCutover): Promise<void> {
  if (plan.direction === 'over') return takeForce(deps, scope, forceOf(deps, plan, request.plan));
  await changeForce(deps, scope, (standing) => {
    const isFree = standing?.cutover === plan.of && (standing?.back ?? plan.cutover) === plan.cutover;
    if (standing !== undefined && isFree) return { ...standing, back: plan.cutover };
    throw new Failure('conflict', `${plan.of} is taken back by somebody else`, 'See: lifeboat cutover list');
  });
}

const forceOf = (
  { clock }: Dependencies,
  { cutover, restore, databases }: CutoverPlan,
  plan: string,
): CutoverInForce => ({
  ...{ cutover, restore, plan, since: isoOf(clock.now()) },
  servers: databases.map(({ server }) => server),
});

async function tellThatItWaits(deps: Dependencies, { plan, request }: AskedCutover): Promise<void> {
  const { cutover, direction, system, region } = plan;
  const what = direction === 'over' ? 'A cutover' : 'The way back from a cutover';
  await raise(deps, plan, {
    ...{ key: 'cutover-waiting', severity: 'critical', runbook: 'runbooks/cutover.md' },
    title: `${what} of ${system} in ${region} waits for another person`,
    detail: `${personText(request.by, request.byName)} asks for ${cutover}: ${request.reason}. Its plan is ${request.plan}`,
  });
}
