/** The JSON that an orchestration trigger gets, as the Durable Functions extension writes it. */
import type { TimerSettings } from './engine-parts.ts';

/** What one turn is told; history and input are JSON texts. */
export interface TurnInput {
  readonly instanceId: string;
  readonly parentInstanceId: string | null;
  readonly input: string | null;
  readonly history: readonly string[];
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
  return `{"history":[${turn.history.join(',')}],"input":${turn.input ?? 'null'},${rest.slice(1)}`;
}
