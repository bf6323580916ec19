/** One beat into every database of this region, with a line for each that stayed silent. */
import { beat } from '../activities/heartbeat.ts';
import { failureFrom } from '../policy/failure.ts';
import type { App } from './compose.ts';

/** Beats for every system; one that fails does not keep the others from beating. Returns what went wrong. */
export async function beatAll({ deps, systems }: App): Promise<string[]> {
  const settled = await Promise.allSettled(
    systems.map((system) => beat(deps, { system, region: deps.region })),
  );
  return settled.flatMap((one, index) =>
    one.status === 'rejected'
      ? [`${systems[index]}: ${failureFrom(one.reason).message}`]
      : one.value
          .filter((entry) => entry.failure !== undefined)
          .map((entry) => `${systems[index]}, database ${entry.database}: ${entry.failure}`),
  );
}
