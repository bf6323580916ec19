/** The task hub as the product's timers and API reach it, over the engine of one process. */
import type { DurableEngine } from '../../local/functions-host/durable/engine.ts';
import type { Instance } from '../../local/functions-host/durable/store.ts';
import type { InstanceView, TaskHub, TaskHubHistories } from '../../src/ports/task-hub.ts';
import type { Faults } from '../faults.ts';
import type { Watchers } from '../invariants/watchers.ts';
import { Failure } from '../../src/policy/failure.ts';
import { utc } from '../world/provider-model.ts';
import type { Life } from './life.ts';

const states: Record<Instance['status'], InstanceView['state']> = {
  Pending: 'waiting',
  Suspended: 'suspended',
  Running: 'running',
  Completed: 'succeeded',
  Failed: 'failed',
  Terminated: 'terminated',
};

export function hubOf(
  life: Life,
  faults: Faults,
  engine: DurableEngine,
  watchers: Watchers,
): TaskHub & TaskHubHistories {
  return {
    start: (workflow, id, input) =>
      life.call(
        `START ${id}`,
        'once',
        async () => {
          try {
            const instanceId = await engine.startNew(workflow, { instanceId: id, input });
            watchers.started(instanceId, workflow, input);
          } catch (thrown) {
            throw new Failure('unavailable', `the task hub: ${String(thrown)}`, 'It passes.');
          }
        },
        () => faults.standstill(),
      ),
    find: (id) =>
      life.call(`find ${id}`, 'read', () => {
        const found = engine.instance(id);
        return found === undefined ? undefined : viewOf(found);
      }),
    endedBefore: (began) =>
      life.call('list ended', 'read', () =>
        engine
          .listInstances(
            { createdTo: began.toMillis(), statuses: ['Completed', 'Failed', 'Terminated'] },
            Infinity,
          )
          .map(({ id, updatedAt }) => ({ id, endedAt: utc(updatedAt) })),
      ),
    forget: (id) => life.call(`FORGET ${id}`, 'effect', () => engine.purge([id])),
  };
}

function viewOf({ id, status, createdAt, updatedAt, customStatus, output }: Instance): InstanceView {
  return {
    ...{ id, state: states[status], startedAt: utc(createdAt), updatedAt: utc(updatedAt) },
    get customStatus(): unknown {
      return JSON.parse(customStatus ?? 'null');
    },
    get output(): unknown {
      return JSON.parse(output ?? 'null');
    },
  };
}
