/** What a report tells of the disaster that was played before anything was restored. */
import type { DrillPlan } from '../../contracts/documents.ts';
import type { ExerciseDocument } from '../../contracts/exercise.ts';
import type { DrillReport } from '../../contracts/report.ts';
import { instantOf } from '../../contracts/values.ts';
import { serverNameOf } from '../../policy/identifiers.ts';
import { walkSentence } from '../../policy/walk-back.ts';
import type { ReportSources } from './sources.ts';

/** The scenario, told in sentences; none where nothing was to be played. */
export function scenarioOf(sources: ReportSources): Pick<DrillReport, 'scenario'> {
  const { facts, plan, exercise } = sources;
  const isPlayed = exercise !== undefined || plan.replicas !== undefined || plan.scratch !== undefined;
  if (!isPlayed && facts.notPlayed === undefined) return {};
  const seen = facts.checks
    .filter(({ id }) => ['exercise', 'rebuild', 'repair'].includes(id))
    .map(({ database, status, actual }) => `${database ?? ''}: ${status}: ${actual}`);
  const { tries } = facts;
  const walk = tries?.map(({ plan: _plan, ...one }) => one);
  const walked = walk === undefined ? [] : [walkSentence(walk)];
  const ended = facts.notPlayed === undefined ? [] : [`it could not be played: ${facts.notPlayed}`];
  return {
    scenario: {
      ...{ name: plan.scenario, told: [...playedOf(sources), ...seen, ...walked, ...ended] },
      ...(walk === undefined ? {} : { walk }),
    },
  };
}

/** What was done before anything was restored. */
function playedOf({ plan, exercise }: ReportSources): string[] {
  const databases = exercise?.databases ?? [];
  if (plan.lost !== undefined) return lostSentences(plan, plan.lost, databases);
  if (plan.targets.length === 0) return storeSentences(plan, plan.replicas ?? []);
  if (plan.replicas !== undefined) return regionSentences(plan, plan.replicas);
  return databases.map(({ database, rows, struckAt, lastWrittenAt }) => {
    const milliseconds = instantOf(struckAt).diff(instantOf(lastWrittenAt)).as('milliseconds');
    return `${database}: ${rows} rows of lifeboat.exercise were ${exercise?.harm ?? ''} at ${struckAt} by the clock of the database, ${milliseconds} ms after the last of them was written`;
  });
}

/** What was dropped and revived, and what of the protected servers could not be. */
function lostSentences(
  { targets, point }: DrillPlan,
  { droppedAt, notRevivable }: NonNullable<DrillPlan['lost']>,
  databases: ExerciseDocument['databases'],
): string[] {
  const dropped = targets.map(({ database, source, target, instant }) => {
    const rows = databases.find((one) => one.database === database)?.rows ?? 0;
    return `${database}: ${serverNameOf(source)}, a server of Lifeboat’s own made from ${point}, was given ${rows} rows and a heartbeat and dropped at ${droppedAt}; it was to be revived by its name into ${serverNameOf(target)}, to ${instant}`;
  });
  return [...dropped, ...notRevivable.map((one) => `not revivable, were the protected server lost: ${one}`)];
}

/** What came up in the paired region, and what it rests on. */
function regionSentences(
  { region, targets }: DrillPlan,
  replicas: NonNullable<DrillPlan['replicas']>,
): string[] {
  return [
    ...targets.map(
      ({ database, source, target, location }) =>
        `${database}: ${serverNameOf(source)} was restored in ${location} as ${serverNameOf(target)}, as far as its backups had been replicated there; ${region} itself was left alone`,
    ),
    ...replicas.map(
      ({ store, lastSyncAt }) =>
        `${store}: blobs were read on the secondary, which had everything until ${lastSyncAt ?? 'an instant that the service does not tell'}`,
    ),
  ];
}

/** What was rebuilt from what, and where. */
function storeSentences(
  { scratch, point }: DrillPlan,
  replicas: NonNullable<DrillPlan['replicas']>,
): string[] {
  return replicas.map(
    ({ store, lastSyncAt }) =>
      `${store}: blobs that ${point} refers to were rebuilt from the secondary, which had everything until ${lastSyncAt ?? 'an instant that the service does not tell'}, into ${scratch ?? ''}, and hashed there`,
  );
}
