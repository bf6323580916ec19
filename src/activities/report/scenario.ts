/** What a report tells of the disaster that was played before anything was restored. */
import type { DrillReport } from '../../contracts/report.ts';
import { instantOf } from '../../contracts/values.ts';
import { walkSentence } from '../../policy/walk-back.ts';
import type { ReportSources } from './sources.ts';

/** The scenario, told in sentences; none where nothing was played. */
export function scenarioOf({ facts, plan, exercise }: ReportSources): Pick<DrillReport, 'scenario'> {
  if (exercise === undefined) return {};
  const played = exercise.databases.map(({ database, rows, struckAt, lastWrittenAt }) => {
    const milliseconds = instantOf(struckAt).diff(instantOf(lastWrittenAt)).as('milliseconds');
    return `${database}: ${rows} rows of lifeboat.exercise were ${exercise.harm} at ${struckAt} by the clock of the database, ${milliseconds} ms after the last of them was written`;
  });
  const seen = facts.checks
    .filter(({ id }) => id === 'exercise')
    .map(({ database, status, actual }) => `${database ?? ''}: ${status}: ${actual}`);
  const { tries } = facts;
  const walk = tries?.map(({ plan: _plan, ...one }) => one);
  const walked = walk === undefined ? [] : [walkSentence(walk)];
  return {
    scenario: {
      ...{ name: plan.scenario, told: [...played, ...seen, ...walked] },
      ...(walk === undefined ? {} : { walk }),
    },
  };
}
