/** Drills as the API starts them. */
import type { z } from 'zod';
import type { Dependencies } from '../activities/dependencies.ts';
import type { Actor } from '../contracts/actor.ts';
import type { startDrillRequest } from '../contracts/api/runs.ts';
import { problemOfDrillOrder } from '../contracts/drill.ts';
import { instant, instantOf } from '../contracts/values.ts';
import { Failure } from '../policy/failure.ts';
import type { TaskHub } from '../ports/task-hub.ts';
import type { NamedRequest } from './api/once.ts';
import { startRun } from './runs.ts';

/** Starts a drill; throws `bad-input` for an order that contradicts itself or an instant of the future. */
export async function startDrill(
  deps: Dependencies,
  hub: TaskHub,
  { system, ...order }: z.infer<typeof startDrillRequest>,
  actor: Actor,
  request?: NamedRequest,
): Promise<string> {
  const problem = problemOfDrillOrder(order) ?? problemOfInstant(deps, order.point);
  if (problem !== undefined)
    throw new Failure('bad-input', problem, 'Correct the request; nothing was started.');
  return startRun(deps, hub, {
    ...{ kind: 'drill', scope: { system, region: deps.region }, actor, input: order, request },
  });
}

function problemOfInstant(deps: Dependencies, point: string | undefined): string | undefined {
  const isFuture = instant.safeParse(point).success && instantOf(point ?? '') > deps.clock.now();
  return isFuture ? `point: ${point} lies in the future` : undefined;
}
