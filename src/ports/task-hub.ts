/** The task hub: orchestrations of this deployment, as the API and the timers start and look at them. */
import type { DateTime } from 'luxon';
import type { InstanceState } from '../policy/instance-state.ts';

/** An orchestration as its hub describes it. */
export interface InstanceView {
  readonly id: string;
  readonly state: InstanceState;
  readonly startedAt: DateTime;
  readonly updatedAt: DateTime;
  readonly customStatus: unknown;
  readonly output: unknown;
}

export interface TaskHub {
  /**
   * Starts an orchestration under an id. Only for ids that were claimed. One that is at work under the id is left alone;
   * one that has ended is replaced without a word: the orchestration itself reads from its claim that it has ended.
   */
  start(workflow: string, id: string, input: unknown): Promise<void>;
  /** The orchestration; undefined if the hub has none of that id. */
  find(id: string): Promise<InstanceView | undefined>;
}

/** An orchestration that has ended, and when. */
export interface EndedInstance {
  readonly id: string;
  readonly endedAt: DateTime;
}

/** What only the timer that forgets finished orchestrations is given. */
export interface TaskHubHistories {
  /**
   * The orchestrations that began before an instant and have ended: all of them, or at least `most`, those that began
   * last: a backlog of years is not listed as a whole.
   */
  endedBefore(began: DateTime, most: number): Promise<EndedInstance[]>;
  /** Forgets one that has ended, with its history; one that is not there is forgotten already. */
  forget(id: string): Promise<void>;
}

/** What only the doctor looks at. */
export interface TaskHubBacklog {
  /** Every orchestration that was started and has not begun. */
  waiting(): Promise<{ readonly id: string; readonly since: DateTime }[]>;
  /** Every orchestration that was halted by the hub's own API, and since when it has not moved. */
  suspended(): Promise<{ readonly id: string; readonly since: DateTime }[]>;
}
