/** What a region's app tells the doctor: every check of the table, looked at now. */
import type { Dependencies } from '../../activities/dependencies.ts';
import { scoped } from '../../activities/scope.ts';
import type { DoctorResponse } from '../../contracts/doctor.ts';
import { isoOf } from '../../contracts/values.ts';
import type { TaskHubBacklog } from '../../ports/task-hub.ts';
import type { App } from '../compose.ts';
import { dataChecks } from './data.ts';
import { runChecks, type Check } from './run.ts';
import { serviceChecks } from './services.ts';
import { upkeepChecks } from './upkeep.ts';

/** The table: what the region stands on, then system by system. */
export function checksOf({ deps, systems }: Pick<App, 'deps' | 'systems'>, hub: TaskHubBacklog): Check[] {
  const all = systems.map((system) => scoped(deps, { system, region: deps.region }));
  return [
    ...serviceChecks(deps, hub, all),
    ...all.flatMap((here) =>
      [...dataChecks(deps, here), ...upkeepChecks(deps, here)].map((one) => ({
        ...{ system: here.scope.system, ...one },
      })),
    ),
  ];
}

/** Looks at all of it. */
export async function viewDoctor(
  app: { readonly deps: Dependencies; readonly systems: readonly string[] },
  hub: TaskHubBacklog,
): Promise<DoctorResponse> {
  const { region, softwareVersion, clock } = app.deps;
  const lines = await runChecks(checksOf(app, hub));
  return { schema: 'lifeboat/doctor/v1', region, at: isoOf(clock.now()), softwareVersion, lines };
}
