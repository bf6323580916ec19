/** What a region's app tells the doctor: every check of the table, looked at now. */
import { scoped } from '../../activities/scope.ts';
import type { DoctorResponse } from '../../contracts/doctor.ts';
import { isoOf } from '../../contracts/values.ts';
import type { TaskHubBacklog } from '../../ports/task-hub.ts';
import type { App } from '../compose.ts';
import { checkpointChecks, checkpointOf, type Containers } from './checkpoints.ts';
import { dataChecks } from './data.ts';
import { runChecks, type Check } from './run.ts';
import { serviceChecks } from './services.ts';
import { upkeepChecks } from './upkeep.ts';

type Examined = Pick<App, 'deps' | 'systems'> & { readonly settings: Containers };

/** The table: what the region stands on, then system by system. */
export function checksOf({ deps, systems, settings }: Examined, hub: TaskHubBacklog): Check[] {
  const all = systems.map((system) => scoped(deps, { system, region: deps.region }));
  return [
    ...serviceChecks(deps, hub, all),
    ...checkpointChecks(deps, all, settings),
    ...all.flatMap((here) =>
      [...dataChecks(deps, here), ...upkeepChecks(deps, here), checkpointOf(deps, here)].map((one) => ({
        ...{ system: here.scope.system, ...one },
      })),
    ),
  ];
}

/** Looks at all of it. */
export async function viewDoctor(app: Examined, hub: TaskHubBacklog): Promise<DoctorResponse> {
  const { region, softwareVersion, clock } = app.deps;
  const lines = await runChecks(checksOf(app, hub));
  return { schema: 'lifeboat/doctor/v1', region, at: isoOf(clock.now()), softwareVersion, lines };
}
