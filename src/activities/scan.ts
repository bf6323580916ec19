/** The integrity scan's activities, in the order in which its orchestrations call them. */
import type { Activity } from './activity.ts';
import type { Dependencies } from './dependencies.ts';
import { changeActivities } from './scan/changes.ts';
import { scanJudgeActivities } from './scan/judge.ts';
import { scanPartActivities } from './scan/part.ts';
import { scanPlanActivities } from './scan/plan.ts';
import { scanResultActivities } from './scan/result.ts';
import { scanSummaryActivities } from './scan/summary.ts';
import { scanRetirementActivities } from './scan/retire.ts';

export function scanActivities(deps: Dependencies): Activity[] {
  return [
    ...scanPlanActivities(deps),
    ...scanPartActivities(deps),
    ...changeActivities(deps),
    ...scanJudgeActivities(deps),
    ...scanSummaryActivities(deps),
    ...scanResultActivities(deps),
    ...scanRetirementActivities(deps),
  ];
}
