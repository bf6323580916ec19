/** Plans that restore servers, a drill's and a person's: what the steps that both are made of need to know of them. */
import { z } from 'zod';
import { drillPlan } from './documents.ts';
import { restorePlan } from './restore-plan.ts';
import { vaultPaths, type Scope } from './vault-paths.ts';

export const playedPlan = z.discriminatedUnion('schema', [drillPlan, restorePlan]);
export type PlayedPlan = z.infer<typeof playedPlan>;

/** The drill or the restore that goes by a plan. */
export const runOfPlan = (plan: PlayedPlan): string => ('drill' in plan ? plan.drill : plan.restore);

/** When a plan was made for whoever asked: nothing that it makes is older. */
export const madeAt = (plan: PlayedPlan): string => ('drill' in plan ? plan.declaredAt : plan.plannedAt);

/** What tells the documents of one try of a drill from those of another; nothing for the first. */
export const attemptSuffix = (plan: PlayedPlan): string =>
  'drill' in plan && plan.attempt !== undefined ? `.${plan.attempt}` : '';

/** Where the evidence of a check of a database lies. */
export const evidencePath = (scope: Scope, plan: PlayedPlan, check: string): string =>
  'drill' in plan
    ? vaultPaths.evidence(scope, plan.drill, `${check}${attemptSuffix(plan)}`)
    : vaultPaths.restoreEvidence(scope, plan.restore, check);

/** Where the mark lies after which nothing is restored by a plan any more. */
export const closingPath = (scope: Scope, plan: PlayedPlan): string =>
  'drill' in plan
    ? vaultPaths.closing(scope, plan.drill, attemptSuffix(plan))
    : vaultPaths.restoreClosing(scope, plan.restore);

/** The recorded point that is restored to; undefined where nothing was recorded of the instant. */
export const recordedPointOf = ({ point }: Pick<PlayedPlan, 'point'>): string | undefined =>
  point?.startsWith('instant-') === true ? undefined : point;
