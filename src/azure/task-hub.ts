/** The task hub over the durable client that a function is given. */
import type {
  DurableClient,
  DurableOrchestrationStatus,
  OrchestrationRuntimeStatus,
} from 'durable-functions';
import { DateTime } from 'luxon';
import { Failure } from '../policy/failure.ts';
import type {
  EndedInstance,
  InstanceView,
  TaskHub,
  TaskHubBacklog,
  TaskHubHistories,
} from '../ports/task-hub.ts';

const states: Record<string, InstanceView['state']> = {
  Pending: 'waiting',
  Suspended: 'suspended',
  Running: 'running',
  ContinuedAsNew: 'running',
  Completed: 'succeeded',
  Failed: 'failed',
  Canceled: 'terminated',
  Terminated: 'terminated',
};

const pending = ['Pending'] as unknown as OrchestrationRuntimeStatus[];
const suspended = ['Suspended'] as unknown as OrchestrationRuntimeStatus[];
const ended = ['Completed', 'Failed', 'Terminated'] as unknown as OrchestrationRuntimeStatus[];

/** Wraps the client of one invocation. */
export function taskHubOver(client: DurableClient): TaskHub & TaskHubHistories & TaskHubBacklog {
  return {
    async start(workflow, id, input) {
      try {
        await client.startNew(workflow, { instanceId: id, input });
      } catch (thrown) {
        if (!isAtWork(thrown)) throw unavailable(thrown);
      }
    },
    async find(id) {
      try {
        const status = await client.getStatus(id, { showInput: false });
        return {
          id,
          state: states[status.runtimeStatus satisfies OrchestrationRuntimeStatus] ?? 'running',
          startedAt: instantIn(status.createdTime),
          updatedAt: instantIn(status.lastUpdatedTime),
          customStatus: status.customStatus,
          output: status.output,
        };
      } catch (thrown) {
        if (thrown instanceof Error && thrown.message.includes('HTTP 404')) return undefined;
        throw unavailable(thrown);
      }
    },
    async endedBefore(began, most) {
      const found = new Map<string, EndedInstance>();
      try {
        for (const [from, to] of spansBefore(began)) {
          if (found.size >= most) break;
          const span = { createdTimeFrom: from.toJSDate(), createdTimeTo: to.toJSDate() };
          for (const one of await client.getStatusBy({ ...span, runtimeStatus: ended }))
            found.set(one.instanceId, { id: one.instanceId, endedAt: instantIn(one.lastUpdatedTime) });
        }
      } catch (thrown) {
        throw unavailable(thrown);
      }
      return [...found.values()];
    },
    waiting: async () =>
      (await standing(client, pending)).map(({ instanceId, createdTime }) => ({
        ...{ id: instanceId, since: instantIn(createdTime) },
      })),
    suspended: async () =>
      (await standing(client, suspended)).map(({ instanceId, lastUpdatedTime }) => ({
        ...{ id: instanceId, since: instantIn(lastUpdatedTime) },
      })),
    async forget(id) {
      try {
        await client.purgeInstanceHistory(id);
      } catch (thrown) {
        throw unavailable(thrown);
      }
    },
  };
}

/** All that are in one of these states, whenever they began. */
async function standing(
  client: DurableClient,
  runtimeStatus: OrchestrationRuntimeStatus[],
): Promise<DurableOrchestrationStatus[]> {
  try {
    return await client.getStatusBy({ createdTimeFrom: new Date(0), runtimeStatus });
  } catch (thrown) {
    throw unavailable(thrown);
  }
}

/** Days of the spans that are asked for one after the other: few, because the platform looks through everything for each. */
const spansInDays = [1, 16, 256];

/** Spans of time that end at an instant, the last one first: together all time. */
function* spansBefore(instant: DateTime): Generator<readonly [DateTime, DateTime]> {
  let to = instant;
  for (const days of spansInDays) {
    const from = to.minus({ days });
    yield [from, to];
    to = from;
  }
  yield [DateTime.fromMillis(0, { zone: 'utc' }), to];
}

/** The platform's client hands instants on as the text that they came as. */
const instantIn = (at: Date): DateTime => DateTime.fromJSDate(new Date(at), { zone: 'utc' });

/** The platform takes no start under the id of an orchestration that has not ended. */
const isAtWork = (thrown: unknown): boolean =>
  thrown instanceof Error && /status code:? 409\b/.test(thrown.message);

function unavailable(thrown: unknown): Failure {
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  return new Failure(
    'unavailable',
    `the task hub: ${said}`,
    'Try again; if it stays so, look at the storage behind the Functions app.',
    { cause: thrown },
  );
}
