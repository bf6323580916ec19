/**
 * The boundaries between the steps of a cycle, enumerated from what an undisturbed one recorded: each turn of each
 * orchestration (after its decisions are durable) and each activity (before its result is durable, when its effect has
 * happened; and after it). A boundary is named so that it is found again in every later cycle.
 */
import { isDeepStrictEqual } from 'node:util';
import type { HostAdmin, RecordedEvent } from './host-admin.ts';
import type { PausePoint } from './pauses.ts';

/** Numbers of the Durable Task Framework's event types. */
const names: ReadonlyMap<number, string> = new Map([
  [0, 'ExecutionStarted'],
  [1, 'ExecutionCompleted'],
  [4, 'TaskScheduled'],
  [5, 'TaskCompleted'],
  [7, 'SubOrchestrationInstanceCreated'],
  [8, 'SubOrchestrationInstanceCompleted'],
  [10, 'TimerCreated'],
  [11, 'TimerFired'],
]);
const orchestratorStarted = 12;
const taskCompleted = 5;
const childCreated = 7;

/** A boundary, and when the turn began that came to it. */
interface Timed {
  readonly point: PausePoint;
  readonly at: string;
}

/** Every boundary of a finished orchestration and of all its children, in the order in which they came up. */
export async function boundariesOf(admin: HostAdmin, instanceId: string): Promise<PausePoint[]> {
  const all = await boundariesBelow(admin, instanceId, '');
  return all.toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at)).map(({ point }) => point);
}

async function boundariesBelow(
  admin: HostAdmin,
  instanceId: string,
  parent: string,
  task?: number,
): Promise<Timed[]> {
  const { name, history } = await admin.history(instanceId);
  const instance = task === undefined ? name : `${parent}/${name}#${task}`;
  const found: Timed[] = [];
  for (const turn of turnsOf(history)) {
    const at = turn[0]?.Timestamp ?? '';
    const add = (step: string, side: PausePoint['side']): unknown =>
      found.push({ point: { instance, step, side }, at });
    for (const { TaskScheduledId } of turn.filter(({ EventType }) => EventType === taskCompleted)) {
      add(`activity ${TaskScheduledId}`, 'before');
      add(`activity ${TaskScheduledId}`, 'after');
    }
    const step = stepOf(turn);
    if (step !== undefined) add(step, 'after');
    for (const created of turn.filter(({ EventType }) => EventType === childCreated))
      found.push(...(await boundariesBelow(admin, created.InstanceId ?? '', instance, created.EventId)));
  }
  return found.filter(
    ({ point }, index) => found.findIndex((other) => isDeepStrictEqual(point, other.point)) === index,
  );
}

function turnsOf(history: readonly RecordedEvent[]): RecordedEvent[][] {
  const turns: RecordedEvent[][] = [];
  for (const event of history) {
    if (event.EventType === orchestratorStarted) turns.push([]);
    turns.at(-1)?.push(event);
  }
  return turns;
}

/** A turn is named by what it decided; if it decided nothing, by what it took in. */
function stepOf(turn: readonly RecordedEvent[]): string | undefined {
  const named = turn.flatMap((event) => {
    const type = names.get(event.EventType);
    if (type === undefined) return [];
    const isWhole = event.EventType <= 1;
    const id = isWhole ? 0 : event.EventId >= 0 ? event.EventId : (event.TaskScheduledId ?? event.TimerId);
    return [{ text: `turn ${type}:${id}`, isDecision: event.EventId >= 0 || event.EventType === 1 }];
  });
  return (named.findLast((one) => one.isDecision) ?? named.at(-1))?.text;
}
