/**
 * Finalizes the report of a drill: its place in the chain, the report, its signature, the Markdown, then whoever is to be
 * told. Every step is written once, so a kill anywhere is gone on from. A report that cannot be signed now is final all
 * the same; that it is not signed is told, and made up for later.
 */
import { recoveryPoint } from '../contracts/documents.ts';
import { finalizeReport, type DrillFacts } from '../contracts/drill.ts';
import { recordedPointOf } from '../contracts/played-plan.ts';
import { drillReport, storedReport, type StoredReport } from '../contracts/report.ts';
import { vaultPaths } from '../contracts/vault-paths.ts';
import { implement, type Activity } from './activity.ts';
import { approvedScope, notKept } from './approved-scope.ts';
import type { Dependencies } from './dependencies.ts';
import { readPlan } from './drill-plan.ts';
import { scenarioAfter } from './drill-coverage.ts';
import { readExercise } from './exercise.ts';
import { reportMarkdown } from './report-markdown.ts';
import { buildReport } from './report/build.ts';
import { finalReport } from './report/chain.ts';
import { signReport } from './report/sign.ts';
import type { ReportSources } from './report/sources.ts';
import { tellPeople, tellPoints, tellUnsigned } from './report/tell.ts';
import { scoped, storesOf } from './scope.ts';
import { createOrRead, needDocument, readDocument } from './vault-documents.ts';

export function reportActivities(deps: Dependencies): Activity[] {
  return [
    implement(finalizeReport, async (facts) => {
      const { system, scope } = scoped(deps, facts);
      const report = await finalized(deps, facts);
      const unsigned = await signReport(deps, scope, report.id);
      await deps.vault.create(
        vaultPaths.reportMarkdown(scope, report.id),
        Buffer.from(reportMarkdown(report), 'utf8'),
        'text/markdown; charset=utf-8',
      );
      await tellPoints(deps, scope, report);
      await tellPeople(deps, scope, system, report);
      if (unsigned !== undefined) await tellUnsigned(deps, scope, [{ drill: report.id, reason: unsigned }]);
      return {
        report: vaultPaths.report(scope, report.id),
        ...{ result: report.result, reasons: report.reasons, scenario: report.plan.scenario },
        ...(unsigned === undefined ? {} : { unsigned }),
        rpoSeconds: report.recovery.rpo.achievedSeconds,
        rtoSeconds: report.recovery.rto.achievedSeconds,
      };
    }),
  ];
}

/** The report that stands, or the one that these facts make. */
async function finalized(deps: Dependencies, facts: DrillFacts): Promise<StoredReport> {
  const path = vaultPaths.report(facts, facts.drill);
  const standing = await readDocument(deps.vault, path, storedReport);
  if (standing !== undefined) return standing;
  const sources = await sourcesOf(deps, facts);
  const report = await finalReport(deps, facts, facts.drill, (link, before) =>
    buildReport(sources, link, before),
  );
  return createOrRead(deps.vault, path, drillReport, report);
}

async function sourcesOf(deps: Dependencies, facts: DrillFacts): Promise<ReportSources> {
  // Due dates are those of the schedule that is served.
  const { system, region } = await approvedScope(deps, facts);
  const plan = await readPlan(deps, facts, facts.plan);
  const recorded = recordedPointOf(plan);
  const point =
    recorded === undefined
      ? undefined
      : await needDocument(deps.vault, vaultPaths.point(facts, recorded), recoveryPoint);
  const { drill } = plan;
  const exercise =
    plan.exercise === undefined ? undefined : await readExercise(deps, facts, drill, plan.exercise);
  const referred = region.databases.flatMap(({ id }) =>
    storesOf(region, id).map((store) => ({ store, database: id })),
  );
  const stores = point?.stores ?? referred.map(({ store, database }) => ({ store: store.id, database }));
  const opaque = region.blobStores
    .filter((one) => one.opaque && referred.some(({ store }) => store === one))
    .map((store) => store.id);
  const nextScenario = await scenarioAfter(deps, facts, {
    ...{ plan, schedule: system.schedules.drill, estateRegion: region },
  });
  const { estate, actor, signer } = deps;
  return {
    ...{
      facts,
      plan,
      point,
      nextScenario,
      exercise,
      stores,
      system,
      estate,
      opaque,
      actor,
      signingKey: signer.key,
    },
    notKept: (await notKept(deps, facts)).map(({ sentence }) => sentence),
  };
}
