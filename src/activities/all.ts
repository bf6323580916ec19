/** Every activity of the product, over one set of dependencies. */
import type { Activity } from './activity.ts';
import { alertActivities } from './alerts.ts';
import { configurationActivities } from './configuration.ts';
import { cutoverActivities } from './cutover.ts';
import type { Dependencies } from './dependencies.ts';
import { drillCheckActivities } from './drill-checks.ts';
import { drillCoverageActivities } from './drill-coverage.ts';
import { drillPlanActivities } from './drill-plan.ts';
import { drillServerActivities } from './drill-servers.ts';
import { exerciseActivities } from './exercise.ts';
import { erasureActivities } from './erasures.ts';
import { heartbeatActivities } from './heartbeat.ts';
import { isolationProbeActivities } from './isolation-probe.ts';
import { operationActivities } from './operations.ts';
import { lostServerActivities } from './lost-servers.ts';
import { pruneActivities } from './prune.ts';
import { repairActivities } from './repair.ts';
import { reportActivities } from './report.ts';
import { restoreActivities } from './restore.ts';
import { scratchActivities } from './scratch-removal.ts';
import { scanActivities } from './scan.ts';
import { slotActivities } from './slots.ts';
import { snapshotActivities } from './snapshot.ts';

/** The activities; each name once. */
export function allActivities(deps: Dependencies): Activity[] {
  return [
    ...operationActivities(deps),
    ...alertActivities(deps),
    ...slotActivities(deps),
    ...erasureActivities(deps),
    ...heartbeatActivities(deps),
    ...snapshotActivities(deps),
    ...drillCoverageActivities(deps),
    ...exerciseActivities(deps),
    ...lostServerActivities(deps),
    ...drillPlanActivities(deps),
    ...drillServerActivities(deps),
    ...configurationActivities(deps),
    ...isolationProbeActivities(deps),
    ...drillCheckActivities(deps),
    ...scanActivities(deps),
    ...repairActivities(deps),
    ...pruneActivities(deps),
    ...restoreActivities(deps),
    ...cutoverActivities(deps),
    ...scratchActivities(deps),
    ...reportActivities(deps),
  ];
}
