/** Every planted bug. To add one: a name, what is wrong, the texts, and the invariants that may catch it. */
import { bugsOfAudit } from './bugs-of-audit.ts';
import { bugsOfDeleting } from './bugs-of-deleting.ts';
import { bugsOfDrills } from './bugs-of-drills.ts';
import { bugsOfRecords } from './bugs-of-records.ts';
import { bugsOfRestores } from './bugs-of-restores.ts';
import { bugsOfRetention } from './bugs-of-retention.ts';
import { bugsOfSchedules } from './bugs-of-schedules.ts';
import { bugsOfScans } from './bugs-of-scans.ts';
import type { PlantedBug } from './planted-bug.ts';

export const plantedBugs: readonly PlantedBug[] = [
  ...bugsOfDeleting,
  ...bugsOfRetention,
  ...bugsOfRecords,
  ...bugsOfDrills,
  ...bugsOfRestores,
  ...bugsOfSchedules,
  ...bugsOfScans,
  ...bugsOfAudit,
];
