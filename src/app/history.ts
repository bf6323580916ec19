/** Purges finished orchestrations from the task hub once nobody looks at their progress any more. */
import type { TaskHub } from '../ports/task-hub.ts';
import type { App } from './compose.ts';

/** Purges what began longer ago than the settings keep it, if it has ended; returns how many. */
export function purgeHistory({ deps, settings }: App, hub: TaskHub): Promise<number> {
  return hub.purgeEnded(deps.clock.now().minus({ seconds: settings.historySeconds }));
}
