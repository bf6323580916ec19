/**
 * Runs one check on one restored database. The whole answer is kept as evidence, written once: a check that is run a
 * second time for the same drill finds the first one's evidence and answers with it.
 */
import { fingerprintDocument, recoveryPoint } from '../contracts/documents.ts';
import { runCheck, type OnTarget } from '../contracts/drill.ts';
import { evidencePath, runOfPlan } from '../contracts/played-plan.ts';
import { evidenceDocument, type EvidenceDocument } from '../contracts/report.ts';
import { isoOf } from '../contracts/values.ts';
import { vaultPaths } from '../contracts/vault-paths.ts';
import { digestOf } from '../policy/canonical-json.ts';
import { Failure } from '../policy/failure.ts';
import { implement, type Activity } from './activity.ts';
import { approvedScope } from './approved-scope.ts';
import type { Check, CheckContext, Recorded } from './checks/check.ts';
import { checkById } from './checks/registry.ts';
import type { Dependencies } from './dependencies.ts';
import { readPlayedPlan, targetOf } from './played-plan.ts';
import { databaseOf, serverHere } from './scope.ts';
import { createOrRead, needDocument, readDocument } from './vault-documents.ts';

const findingsInReport = 20;

export function drillCheckActivities(deps: Dependencies): Activity[] {
  return [
    implement(runCheck, async ({ check: id, ...on }) => {
      const plan = await readPlayedPlan(deps, on, on.plan);
      const path = evidencePath(on, plan, `${id}.${on.database}`);
      const evidence =
        (await readDocument(deps.vault, path, evidenceDocument)) ??
        (await createOrRead(
          deps.vault,
          path,
          evidenceDocument,
          await runNow(deps, checkById(id), await contextOf(deps, on)),
        ));
      return {
        ...evidence.result,
        newestHeartbeat: evidence.newestHeartbeat,
        evidence: { path, digest: digestOf(evidence) },
      };
    }),
  ];
}

async function contextOf(deps: Dependencies, on: OnTarget): Promise<CheckContext> {
  const here = await approvedScope(deps, on);
  const plan = await readPlayedPlan(deps, on, on.plan);
  const target = targetOf(plan, on.database);
  const { address } = await serverHere(deps, target.target);
  return {
    ...{ deps, here, plan, instant: target.instant },
    database: databaseOf(here.region, on.database),
    at: { address: address ?? '', name: target.name },
    recorded: plan.point === undefined ? undefined : await readRecorded(deps, on, plan.point),
  };
}

/** The point and its fingerprint of a database. */
async function readRecorded(deps: Dependencies, on: OnTarget, id: string): Promise<Recorded> {
  const point = await needDocument(deps.vault, vaultPaths.point(on, id), recoveryPoint);
  const fingerprint = await needDocument(
    deps.vault,
    vaultPaths.fingerprint(on, point.id, on.database),
    fingerprintDocument,
  );
  const recorded = point.databases.find((one) => one.database === on.database)?.fingerprint.digest;
  if (digestOf(fingerprint) === recorded) return { point, fingerprint };
  throw new Failure(
    'bad-document',
    `the fingerprint of ${point.id} is not the one that the point was recorded with`,
    'It was changed outside Lifeboat: drill another point and look at who changed it.',
  );
}

async function runNow(deps: Dependencies, check: Check, context: CheckContext): Promise<EvidenceDocument> {
  const startedAt = deps.clock.now();
  const startedMonotonic = deps.clock.monotonicMilliseconds();
  const { newestHeartbeat, detail, findings, ...answer } = await check.run(context);
  const elapsedMilliseconds = deps.clock.monotonicMilliseconds() - startedMonotonic;
  return {
    schema: 'lifeboat/check-evidence/v1',
    drill: runOfPlan(context.plan),
    result: {
      ...{
        id: check.id,
        title: check.title,
        database: context.database.id,
        ...answer,
        measured: { ...answer.measured },
      },
      findings: findings.slice(0, findingsInReport),
      findingCount: findings.length,
      startedAt: isoOf(startedAt),
      endedAt: isoOf(deps.clock.now()),
      elapsedMilliseconds: Math.round(elapsedMilliseconds * 10) / 10,
    },
    ...(newestHeartbeat === undefined ? {} : { newestHeartbeat }),
    findings: [...findings],
    detail: detail ?? null,
  };
}
