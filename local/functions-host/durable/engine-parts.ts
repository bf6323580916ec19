/** What every part of the engine works with; nothing here is global, so that several engines can run side by side. */
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import type { DurableFunctions } from './durable-functions.ts';
import type { ActivityTask, DurableStore, NewMessage } from './store.ts';
import type { EventBody } from './history-events.ts';
import type { HttpRequestAction } from './actions.ts';

/** Time spans in the protocol's notation (`d.hh:mm:ss[.fff]`), as the library gets them. */
export interface TimerSettings {
  readonly maximumShortTimerDuration: string;
  readonly longRunningTimerIntervalDuration: string;
}

/** The answer to a durable HTTP call. */
export interface HttpCallResult {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly content: string;
}

/** The engine's surroundings. */
export interface EngineParts {
  readonly store: DurableStore;
  readonly clock: Clock;
  readonly functions: DurableFunctions;
  /** A new unique id: 32 hexadecimal digits. */
  readonly newId: () => string;
  readonly timers: TimerSettings;
  readonly callHttp: (request: HttpRequestAction) => Promise<HttpCallResult>;
  readonly log: Logger;
}

/** What the dispatcher must do once a turn's transaction is durable. */
export interface TurnEffects {
  /** Instances and entities that got messages. */
  readonly wake: readonly string[];
  /** The earliest timer set, epoch milliseconds. */
  readonly nextTimerAt?: number | undefined;
  readonly activities: readonly ActivityTask[];
  /** Set when the instance ended in this turn. */
  readonly ended?: boolean;
}

/** A turn that changed nothing the dispatcher must know of. */
export const NO_EFFECTS: TurnEffects = { wake: [], activities: [] };

/** A message that is delivered at once. */
export function messageNow(target: string, executionId: string | null, event: EventBody): NewMessage {
  return { target, executionId, visibleAt: 0, taskId: null, event };
}

/** Milliseconds of a span `[d.]hh:mm:ss[.fff]`; throws on anything else. */
export function parseTimeSpan(text: string): number {
  const match = /^(?:(\d+)\.)?(\d+):(\d+):(\d+(?:\.\d+)?)$/.exec(text);
  if (match === null)
    throw new Error(
      `"${text}" is not a time span; write days.hours:minutes:seconds, for example "6.00:00:00".`,
    );
  const [, days = '0', hours, minutes, seconds] = match;
  return Math.round(
    (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000,
  );
}
