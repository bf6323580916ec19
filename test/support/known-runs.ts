/** A task hub that knows the runs that a test gives it, and neither starts nor forgets any. */
import type { Clock } from '../../src/ports/clock.ts';
import type { InstanceView, TaskHub } from '../../src/ports/task-hub.ts';

/** The hub over `instances` by their ids; what a test leaves out of one is that of a run that has just begun. */
export function hubKnowing(instances: ReadonlyMap<string, Partial<InstanceView>>, clock: Clock): TaskHub {
  return {
    start: () => Promise.reject(new Error('a view starts nothing')),
    async find(id) {
      const instance = instances.get(id);
      const now = clock.now();
      const blank = {
        state: 'running',
        startedAt: now,
        updatedAt: now,
        customStatus: undefined,
        output: undefined,
      };
      return instance === undefined ? undefined : { ...(blank as InstanceView), id, ...instance };
    },
  };
}
