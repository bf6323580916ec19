/**
 * Runs one check on one restored database, or a portion of one that takes long. The whole answer is kept as evidence,
 * written once, and so is how far a portion came: what is run a second time for the same drill finds the first one's
 * document and answers with it.
 */
import { fingerprintDocument, recoveryPoint } from '../contracts/documents.ts';
import {
  checkPortion,
  runCheck,
  type CheckPortionDocument,
  type CheckRun,
  type OnTarget,
} from '../contracts/drill.ts';
import {
  attemptSuffix,
  evidencePath,
  recordedPointOf,
  runOfPlan,
  type PlayedPlan,
} from '../contracts/played-plan.ts';
import { evidenceDocument, type EvidenceDocument } from '../contracts/report.ts';
import { isoOf } from '../contracts/values.ts';
import { vaultPaths } from '../contracts/vault-paths.ts';
import { digestOf } from '../policy/canonical-json.ts';
import { Failure } from '../policy/failure.ts';
import { safetyMargins } from '../policy/safety-margins.ts';
import { implement, type Activity } from './activity.ts';
import { approvedScope } from './approved-scope.ts';
import { boundedDatabases } from './checks/bounded-databases.ts';
import type { Check, CheckContext, Recorded } from './checks/check.ts';
import { checkById } from './checks/registry.ts';
import type { Dependencies } from './dependencies.ts';
import { readPlayedPlan, targetOf } from './played-plan.ts';
import { databaseOf, targetHere } from './scope.ts';
import { createOrRead, needDocument, readDocument } from './vault-documents.ts';

const findingsInReport = 20;

export function drillCheckActivities(deps: Dependencies): Activity[] {
  return [
    implement(runCheck, async ({ check: id, portion, ...on }): Promise<CheckRun> => {
      const plan = await readPlayedPlan(deps, on, on.plan);
      const path = evidencePath(on, plan, `${id}.${on.database}`);
      const standing = await readDocument(deps.vault, path, evidenceDocument);
      if (standing !== undefined) return told(path, standing);
      const portionPath = (number: number): string =>
        vaultPaths.checkPortion(on, runOfPlan(plan), `${id}.${on.database}${attemptSuffix(plan)}`, number);
      if ((await readDocument(deps.vault, portionPath(portion), checkPortion)) !== undefined)
        return { goesOn: portion + 1 };
      const before =
        portion === 0 ? undefined : await needDocument(deps.vault, portionPath(portion - 1), checkPortion);
      const ran = await runNow(deps, checkById(id), await contextOf(deps, on), before);
      if ('next' in ran) {
        await createOrRead(deps.vault, portionPath(portion), checkPortion, ran);
        return { goesOn: portion + 1 };
      }
      return told(path, await createOrRead(deps.vault, path, evidenceDocument, ran));
    }),
  ];
}

const told = (path: string, evidence: EvidenceDocument): CheckRun => ({
  ...evidence.result,
  newestHeartbeat: evidence.newestHeartbeat,
  evidence: { path, digest: digestOf(evidence) },
});

async function contextOf(deps: Dependencies, on: OnTarget): Promise<Omit<CheckContext, 'timeIsUp'>> {
  const here = await approvedScope(deps, on);
  const plan = await readPlayedPlan(deps, on, on.plan);
  const point = recordedPointOf(plan);
  const databases = boundedDatabases(deps.databases, safetyMargins.checkStatementSeconds);
  return {
    ...{ deps: { ...deps, databases }, here, plan, ...(await restoredIn(deps, on, plan)), seed: on.plan },
    blocksAtOnce: safetyMargins.checkedBlocksAtOnce,
    database: databaseOf(here.region, on.database),
    recorded: point === undefined ? undefined : await readRecorded(deps, on, point),
  };
}

/** Where the restored database is, and of which instant; nowhere, where a drill restores none. */
async function restoredIn(
  deps: Dependencies,
  on: OnTarget,
  plan: PlayedPlan,
): Promise<Pick<CheckContext, 'at' | 'instant'>> {
  if ('drill' in plan && plan.targets.length === 0)
    return { at: { address: '', name: '' }, instant: plan.pointInstant };
  const target = targetOf(plan, on.database);
  const { address } = await targetHere(deps, on, target);
  return { at: { address: address ?? '', name: target.name }, instant: target.instant };
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

/** Runs a check, or its next portion: its evidence, or the document with which the next one begins. */
async function runNow(
  deps: Dependencies,
  check: Check,
  context: Omit<CheckContext, 'timeIsUp'>,
  before: CheckPortionDocument | undefined,
): Promise<EvidenceDocument | CheckPortionDocument> {
  const now = isoOf(deps.clock.now());
  const startedMonotonic = deps.clock.monotonicMilliseconds();
  const elapsed = (): number => deps.clock.monotonicMilliseconds() - startedMonotonic;
  const timeIsUp = (): boolean => elapsed() >= safetyMargins.checkPortionSeconds * 1000;
  const ran = await check.run({ ...context, timeIsUp }, before?.next);
  const elapsedMilliseconds = (before?.elapsedMilliseconds ?? 0) + Math.round(elapsed() * 10) / 10;
  const startedAt = before?.startedAt ?? now;
  const drill = runOfPlan(context.plan);
  if ('next' in ran)
    return { schema: 'lifeboat/check-portion/v1', drill, startedAt, elapsedMilliseconds, next: ran.next };
  const { newestHeartbeat, detail, findings, findingCount, ...answer } = ran;
  return {
    schema: 'lifeboat/check-evidence/v1',
    drill,
    result: {
      ...{
        id: check.id,
        title: check.title,
        database: context.database.id,
        ...answer,
        measured: { ...answer.measured },
      },
      findings: findings.slice(0, findingsInReport),
      findingCount: findingCount ?? findings.length,
      startedAt,
      endedAt: isoOf(deps.clock.now()),
      elapsedMilliseconds,
    },
    ...(newestHeartbeat === undefined ? {} : { newestHeartbeat }),
    findings: [...findings],
    detail: detail ?? null,
  };
}
