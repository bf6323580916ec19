/** The JSON that an orchestration trigger gets, as the Durable Functions extension writes it. */
import type { TimerSettings } from './engine-parts.ts';
import type { HistoryEvent } from './history-events.ts';

/** What one turn is told; input and the history before it are JSON texts. */
export interface TurnInput {
  readonly instanceId: string;
  readonly executionId: string;
  readonly parentInstanceId: string | null;
  readonly input: string | null;
  readonly history: readonly string[];
  /** What is new in this turn. */
  readonly events: readonly HistoryEvent[];
  readonly timers: TimerSettings;
}

/** Joined from the stored texts: parsing a long history only to write it again would double a turn's cost. */
export function orchestrationPayload(turn: TurnInput): string {
  const rest = JSON.stringify({
    instanceId: turn.instanceId,
    isReplaying: false,
    parentInstanceId: turn.parentInstanceId,
    upperSchemaVersion: 1,
    upperSchemaVersionNew: 3,
    longRunningTimerIntervalDuration: turn.timers.longRunningTimerIntervalDuration,
    maximumShortTimerDuration: turn.timers.maximumShortTimerDuration,
    // The misspelling is the protocol's.
    defaultHttpAsyncRequestSleepTimeMillseconds: 30_000,
  });
  const history = [...turn.history, ...turn.events.map((event) => JSON.stringify(event))];
  return `{"history":[${history.join(',')}],"input":${turn.input ?? 'null'},${rest.slice(1)}`;
}
