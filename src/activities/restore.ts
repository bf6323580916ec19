/** The activities of a person's restore beside those that it shares with drills. */
import type { Activity } from './activity.ts';
import type { Dependencies } from './dependencies.ts';
import { restoreCancelActivities } from './restore/cancel.ts';
import { restoreEndActivity } from './restore/end.ts';
import { restorePlanActivity } from './restore/plan.ts';

export function restoreActivities(deps: Dependencies): Activity[] {
  return [restorePlanActivity(deps), ...restoreCancelActivities(deps), restoreEndActivity(deps)];
}
