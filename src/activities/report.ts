/**
 * Finalizes the report of a drill: built from the facts alone, so that building it twice gives the same bytes; written
 * once and never changed. Then the recovery point is told what came of it, and the alert raised or resolved.
 */
import { DateTime } from 'luxon';
import { alertDocument, recoveryPoint, type DrillPlan, type RecoveryPoint } from '../contracts/documents.ts';
import { finalizeReport, leftBehindKey, type DrillFacts } from '../contracts/drill.ts';
import type { Estate, EstateSystem } from '../contracts/estate.ts';
import { drillReport, type DrillReport, type Finding } from '../contracts/report.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { judgeDrill, type DrillVerdict } from '../policy/drill-verdict.ts';
import { achievedRpo, achievedRto } from '../policy/objectives.ts';
import { implement, type Activity } from './activity.ts';
import { raise, resolve } from './alerts.ts';
import { notKept } from './approved-scope.ts';
import type { Dependencies } from './dependencies.ts';
import { readPlan } from './drill-plan.ts';
import { audit } from './records.ts';
import { reportMarkdown } from './report-markdown.ts';
import { scoped, storesOf } from './scope.ts';
import { changeDocument, createOrRead, needDocument, readDocument } from './vault-documents.ts';

export function reportActivities(deps: Dependencies): Activity[] {
  return [
    implement(finalizeReport, async (facts) => {
      const { system, region } = scoped(deps, facts);
      const plan = await readPlan(deps, facts, facts.plan);
      const point = await needDocument(deps.vault, vaultPaths.point(facts, plan.point), recoveryPoint);
      const opaque = region.blobStores
        .filter(
          (store) => store.opaque && region.databases.some((one) => storesOf(region, one.id).includes(store)),
        )
        .map((store) => store.id);
      const built = buildReport({
        ...{ facts, plan, point, system, estate: deps.estate, opaque },
        notKept: (await notKept(deps, facts)).map(({ sentence }) => sentence),
      });
      const path = vaultPaths.report(facts, facts.drill);
      const report = await createOrRead(deps.vault, path, drillReport, built.report);
      await deps.vault.create(
        vaultPaths.reportMarkdown(facts, facts.drill),
        Buffer.from(reportMarkdown(report), 'utf8'),
        'text/markdown; charset=utf-8',
      );
      await tellPoint(deps, facts, plan.point, report, built.verdict.proven);
      await tellPeople(deps, facts, system, report);
      return {
        ...{ report: path, result: report.result, reasons: report.reasons },
        rpoSeconds: report.recovery.rpo.achievedSeconds,
        rtoSeconds: report.recovery.rto.achievedSeconds,
      };
    }),
  ];
}

/** A point is proven by the newest drill that came to a verdict on its data; one that failed its checks no longer is. */
async function tellPoint(
  deps: Dependencies,
  scope: Scope,
  id: string,
  report: DrillReport,
  isProven: boolean,
): Promise<void> {
  const told = { at: report.finalizedAt, drill: report.id };
  const isRefuted = report.statuses.restore !== 'done' || report.statuses.validation === 'failed';
  await changeDocument(deps.vault, vaultPaths.point(scope, id), recoveryPoint, ({ proven, ...point }) => {
    const stands = isProven ? told : isRefuted ? undefined : proven;
    return {
      ...point,
      ...(stands === undefined ? {} : { proven: stands }),
      lastDrill: { ...told, result: report.result },
      pins: point.pins.filter((pin) => pin.by !== report.id),
    };
  });
}

async function tellPeople(
  deps: Dependencies,
  scope: Scope,
  system: EstateSystem,
  report: DrillReport,
): Promise<void> {
  await audit(deps, scope, {
    action: 'restore-drill',
    target: report.id,
    stage: 'outcome',
    detail: { result: report.result, reasons: report.reasons },
  });
  await tellLeftBehind(deps, scope, system, report);
  if (report.result === 'PASS') return resolve(deps, scope, 'drill-failed');
  const title = `The restore drill of ${system.name} in ${scope.region} ended ${report.result}`;
  await raise(deps, scope, {
    key: 'drill-failed',
    severity: 'critical',
    title,
    detail: report.reasons.join('; '),
    runbook: 'runbooks/drill-failed.md',
  });
}

/** An alert of its own for each server left behind, open until the provider says that it is gone. */
async function tellLeftBehind(
  deps: Dependencies,
  scope: Scope,
  system: EstateSystem,
  report: DrillReport,
): Promise<void> {
  for (const target of report.cleanUp.leftOver) {
    const title = `A server of a restore drill of ${system.name} in ${scope.region} was left behind`;
    const key = leftBehindKey(target);
    await raise(deps, scope, {
      key,
      severity: 'warning',
      title,
      detail: target,
      runbook: 'runbooks/drill-failed.md',
    });
  }
  for await (const path of deps.vault.list(
    vaultPaths.alert(scope, leftBehindKey('')).replace(/\.json$/, ''),
  )) {
    const alert = await readDocument(deps.vault, path, alertDocument);
    const isOpen = alert !== undefined && alert.resolvedAt === undefined;
    if (isOpen && (await deps.servers.get(alert.detail)) === undefined) await resolve(deps, scope, alert.key);
  }
}

interface ReportSources {
  readonly facts: DrillFacts;
  readonly plan: DrillPlan;
  readonly point: RecoveryPoint;
  readonly system: EstateSystem;
  readonly estate: Estate;
  readonly opaque: readonly string[];
  /** What the drill would have covered by the approved estate, and does not by a weaker one that nobody approved. */
  readonly notKept: readonly string[];
}

/** Builds the report and its verdict; pure. */
export function buildReport(sources: ReportSources): { report: DrillReport; verdict: DrillVerdict } {
  const { facts, plan, point, system, estate } = sources;
  const declaredAt = instantOf(plan.declaredAt);
  const validatedAt = validationEnd(facts);
  const beats = facts.heartbeats.map((one) =>
    one.newestWrittenAt === undefined ? undefined : instantOf(one.newestWrittenAt),
  );
  const rpo = achievedRpo(plan.objectives.rpoSeconds, declaredAt, beats);
  const rto = achievedRto(plan.objectives.rtoSeconds, declaredAt, validatedAt);
  const cleanUp = cleanUpOf(facts, estate);
  const verdict = judgeDrill({
    ...{ restore: facts.restore, checks: facts.checks, rpo: rpo.verdict, rto: rto.verdict },
    restoreDetail: facts.timeline.find((step) => step.step === 'restore')?.detail ?? '',
    cleanUp: cleanUp.status,
  });
  const report: DrillReport = {
    schema: 'lifeboat/drill-report/v1',
    id: facts.drill,
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
    scope: scopeOf(sources),
    recoveryPoint: {
      ...{ id: point.id, kind: point.kind, instant: point.instant, chosenBecause: plan.choice },
      blobAddresses: point.stores.reduce((sum, one) => sum + one.inventory.addresses, 0),
    },
    statuses: { restore: facts.restore, validation: verdict.validation, cleanUp: cleanUp.status },
    result: verdict.result,
    reasons: [...verdict.reasons],
    recovery: {
      ...{ formulaVersion: 1, declaredAt: plan.declaredAt, disruptionAt: plan.declaredAt },
      ...(validatedAt === undefined ? {} : { validatedAt: isoOf(validatedAt) }),
      ...{ heartbeats: facts.heartbeats, rpo, rto, rtoBreakdownSeconds: facts.breakdownSeconds },
    },
    timeline: facts.timeline,
    checks: facts.checks,
    isolation: facts.isolation,
    cleanUp: cleanUp.account,
    findings: [
      ...findingsOf(facts, system.owner),
      ...sources.notKept.map((text) => notKeptFinding(text, system.owner)),
    ],
    limitations: limitationsOf(sources),
    evidence: facts.checks.flatMap((check) => (check.evidence === undefined ? [] : [check.evidence])),
    softwareVersion: plan.softwareVersion,
  };
  return { report: drillReport.parse(report), verdict };
}

/** When the last check ended; undefined unless every check gave an answer. */
function validationEnd(facts: DrillFacts): DateTime | undefined {
  const answered =
    facts.checks.length > 0 &&
    facts.checks.every((check) => check.status === 'passed' || check.status === 'failed');
  return answered
    ? (DateTime.max(...facts.checks.map((check) => instantOf(check.endedAt))) as DateTime)
    : undefined;
}

function cleanUpOf(
  facts: DrillFacts,
  estate: Estate,
): { status: 'done' | 'failed' | 'not-needed'; account: DrillReport['cleanUp'] } {
  const made = facts.cleanUp.filter((one) => one.outcome !== 'never-made');
  const leftOver = made.filter((one) => one.outcome === 'left-over').map((one) => one.target);
  const from = facts.timeline.find((step) => step.step === 'restore')?.startedAt;
  const until = facts.timeline.find((step) => step.step === 'clean up')?.endedAt;
  const hours =
    from === undefined || until === undefined
      ? 0
      : instantOf(until).diff(instantOf(from)).as('hours') * made.length;
  const serverHours = Math.round(hours * 10_000) / 10_000;
  const cost =
    estate.price === undefined
      ? {}
      : {
          cost: {
            amount: Math.round(hours * estate.price.restoredServerPerHour * 10_000) / 10_000,
            currency: estate.price.currency,
          },
        };
  const account = {
    created: made.map((one) => one.target),
    deleted: made.filter((one) => one.outcome === 'removed').map((one) => one.target),
    leftOver,
    serverHours,
    ...cost,
  };
  return { status: made.length === 0 ? 'not-needed' : leftOver.length === 0 ? 'done' : 'failed', account };
}

function findingsOf(facts: DrillFacts, owner: string): Finding[] {
  const ofChecks = facts.checks
    .filter((check) => check.status === 'failed')
    .flatMap((check) => {
      const more = check.findingCount - check.findings.length;
      const rest = more > 0 ? [`${check.id}: and ${more} more, in the evidence`] : [];
      return [...check.findings.map((text) => `${check.id}: ${text}`), ...rest].map((text): Finding => ({
        severity: 'critical',
        owner,
        text,
      }));
    });
  const left = facts.cleanUp
    .filter((one) => one.outcome === 'left-over')
    .map((one): Finding => ({
      severity: 'major',
      owner: 'on-call',
      text: `${one.target} was not removed and costs money until it is: ${one.detail}`,
    }));
  return [...ofChecks, ...left];
}

const notKeptFinding = (text: string, owner: string): Finding => ({
  severity: 'major',
  owner,
  text: `${text}, and nobody approved that: this drill says nothing of it`,
});

function scopeOf({ plan, system, point }: ReportSources): DrillReport['scope'] {
  return {
    included: [
      ...plan.targets.map((one) => `database ${one.database} (${one.name})`),
      ...point.stores.map((one) => `blob store ${one.store}: every address that ${one.database} refers to`),
    ],
    excluded: [`the application of ${system.name} itself`, 'blobs that no row refers to'],
  };
}

function limitationsOf({ plan, opaque }: ReportSources): string[] {
  const limits = [
    'Blobs were read where they stand: this drill shows that they are intact, not that they could be rebuilt elsewhere.',
  ];
  if (opaque.length > 0)
    limits.push(
      `The content of ${opaque.join(', ')} is encrypted by its clients: integrity is proven, decryptability is not.`,
    );
  if (plan.cleanUpDelaySeconds > 0)
    limits.push(
      `The restored servers were kept for ${plan.cleanUpDelaySeconds} s after the checks; that is in the cost, not in the RTO.`,
    );
  return limits;
}
