/** Builds the BC/DR test report from the facts of a drill: pure, so that the same facts are the same bytes. */
import { instantOf, isoOf } from '../../contracts/values.ts';
import { drillReport, type DrillReport } from '../../contracts/report.ts';
import { judgeDrill } from '../../policy/drill-verdict.ts';
import { achievedRpo, achievedRto } from '../../policy/objectives.ts';
import { judgeWalk } from '../../policy/walk-back.ts';
import {
  cleanUpOf,
  extrapolatedSeconds,
  findingsOf,
  limitationsOf,
  recoveredInstants,
  scopeOf,
  validationEnd,
} from './account.ts';
import { assuranceOf } from './assurance.ts';
import type { Link } from './chain.ts';
import { evidenceOf } from './evidence.ts';
import { scenarioOf } from './scenario.ts';
import type { ReportSources } from './sources.ts';
import { trendAfter, trendDrill } from './trend.ts';

/** Builds the report for its place in the chain, after the one before it; pure. */
export function buildReport(
  sources: ReportSources,
  link: Link,
  before: DrillReport | undefined,
): DrillReport {
  const { facts, plan, point, system, estate } = sources;
  const declaredAt = instantOf(plan.declaredAt);
  const validatedAt = validationEnd(facts);
  const disruptionAt = plan.disruptionAt ?? plan.declaredAt;
  const recovered = recoveredInstants(facts, plan, instantOf(disruptionAt));
  const rpo = achievedRpo(plan.objectives.rpoSeconds, instantOf(disruptionAt), recovered);
  const more = extrapolatedSeconds(facts);
  const wholeAt = validatedAt?.plus({ seconds: more ?? 0 });
  const rto = achievedRto(plan.objectives.rtoSeconds, declaredAt, wholeAt);
  const cleanUp = cleanUpOf(facts, estate);
  const verdict = judgeDrill({
    ...{ restore: facts.restore, checks: facts.checks, rpo: rpo.verdict, rto: rto.verdict },
    restoreDetail:
      facts.restoreDetail ??
      facts.timeline.find((step) => step.step === 'restore')?.detail ??
      facts.tries?.at(-1)?.reason ??
      '',
    notPlayed: facts.notPlayed,
    ...(facts.tries === undefined ? {} : { walk: judgeWalk(facts.tries, facts.walkEnded) }),
    cleanUp: cleanUp.servers,
    isContainerLeft: facts.scratch?.outcome === 'left-over',
    probes: facts.isolation.flatMap(({ probe }) => (probe === undefined ? [] : [probe])),
  });
  return drillReport.parse({
    schema: 'lifeboat/drill-report/v2',
    id: facts.drill,
    ...link,
    finalizedAt: facts.endedAt,
    plan,
    planDigest: facts.plan,
    system: {
      id: system.id,
      name: system.name,
      owner: system.owner,
      criticality: system.criticality,
      region: facts.region,
    },
    exercise: { type: 'automated', simulated: false, trigger: plan.trigger },
    ...scenarioOf(sources),
    scope: scopeOf(sources),
    recoveryPoint: {
      ...{ id: plan.point, kind: point?.kind ?? 'instant', instant: plan.pointInstant },
      chosenBecause: plan.choice,
      ...(point === undefined
        ? {}
        : { blobAddresses: point.stores.reduce((sum, one) => sum + one.inventory.addresses, 0) }),
    },
    statuses: { restore: facts.restore, validation: verdict.validation, cleanUp: cleanUp.status },
    result: verdict.result,
    reasons: [...verdict.reasons],
    recovery: {
      ...{ formulaVersion: 1, declaredAt: plan.declaredAt, disruptionAt },
      ...(validatedAt === undefined ? {} : { validatedAt: isoOf(validatedAt) }),
      ...{ heartbeats: facts.heartbeats, rpo, rto, rtoBreakdownSeconds: facts.breakdownSeconds },
      ...(plan.replicas === undefined ? {} : { replicas: plan.replicas }),
      ...(more === undefined ? {} : { extrapolatedSeconds: more }),
      trend: trendAfter(
        before,
        trendDrill(facts.drill, plan.scenario, rpo.achievedSeconds, rto.achievedSeconds),
      ),
    },
    timeline: facts.timeline,
    checks: facts.checks,
    isolation: facts.isolation,
    cleanUp: cleanUp.account,
    findings: findingsOf(sources),
    limitations: limitationsOf(sources),
    evidence: evidenceOf(sources),
    ...assuranceOf(sources),
    softwareVersion: plan.softwareVersion,
  } satisfies DrillReport);
}
