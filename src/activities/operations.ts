/** One look at a long-running operation. */
import { pollOperation } from '../contracts/operations.ts';
import { implement, type Activity } from './activity.ts';
import type { Dependencies } from './dependencies.ts';

export function operationActivities(deps: Dependencies): Activity[] {
  return [implement(pollOperation, ({ operation }) => deps.servers.poll(operation))];
}
