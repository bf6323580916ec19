/** The activities of a person's restore beside those that it shares with drills. */
import type { Activity } from './activity.ts';
import type { Dependencies } from './dependencies.ts';
import { restoreCancelActivities } from './restore/cancel.ts';
import { restoreEndActivity } from './restore/end.ts';
import { restoreStartActivities } from './restore/open.ts';

export function restoreActivities(deps: Dependencies): Activity[] {
  return [...restoreStartActivities(deps), ...restoreCancelActivities(deps), restoreEndActivity(deps)];
}
