/** The activities of a person's restore beside those that it shares with drills. */
import type { Activity } from './activity.ts';
import type { Dependencies } from './dependencies.ts';
import { restoreCancelActivities } from './restore/cancel.ts';
import { restoreEndActivity } from './restore/end.ts';
import { restoreStartActivities } from './restore/open.ts';
import { removeSideSchemaActivity } from './deleter/side-schemas.ts';
import { makeSideSchemaActivity } from './side-schema/make.ts';
import { restoreTableActivity } from './side-schema/restore-table.ts';

export function restoreActivities(deps: Dependencies): Activity[] {
  return [
    ...restoreStartActivities(deps),
    ...restoreCancelActivities(deps),
    ...[makeSideSchemaActivity(deps), restoreTableActivity(deps), removeSideSchemaActivity(deps)],
    restoreEndActivity(deps),
  ];
}
