/**
 * Timer functions: each runs when its schedule says so, never twice at a time, and its last run is kept. After a gap
 * in which runs were missed it runs once, marked as past due, and then goes on with the schedule.
 */
import { extraInputs, hasTrigger, type AppFunction, type FunctionApp } from '../app/function-app.ts';
import type { Clock } from '../clock.ts';
import type { DurableStore } from '../durable/store.ts';
import { ExitCode, HostFailure, messageOf, stackOf } from '../host-failure.ts';
import type { Logger } from '../log.ts';
import { parseNcrontab, type Schedule } from './ncrontab.ts';

/** What the timers need. */
export interface TimerHostParts {
  readonly app: FunctionApp;
  readonly clock: Clock;
  readonly store: Pick<DurableStore, 'timers' | 'transact'>;
  readonly settings: Readonly<Record<string, string | undefined>>;
  /** Input of durable client bindings, JSON text. */
  readonly clientJson: () => string;
  readonly log: Logger;
}

/** Below this interval the last run is not kept, as on Azure. */
const SHORTEST_MONITORED_MS = 60_000;

const NEVER = '0001-01-01T00:00:00+00:00';

interface TimerFunction {
  readonly target: AppFunction;
  readonly schedule: Schedule;
  readonly isMonitored: boolean;
}

/** The timer functions of an app. */
export class TimerHost {
  readonly #parts: TimerHostParts;
  readonly #timers: readonly TimerFunction[];
  readonly #cancels = new Map<string, () => void>();
  readonly #running = new Map<string, Promise<void>>();
  #stopped = false;

  /** Throws HostFailure if a schedule cannot be read. */
  constructor(parts: TimerHostParts) {
    this.#parts = parts;
    const targets = parts.app.functions.filter((each) => hasTrigger(each, 'timerTrigger'));
    this.#timers = targets.map((target) => readTimer(target, parts));
  }

  /** Runs what is past due or wanted on startup, and schedules the rest. */
  start(): void {
    for (const timer of this.#timers) void this.#begin(timer);
  }

  /** Starts nothing more; resolves when what runs has finished. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const cancel of this.#cancels.values()) cancel();
    await Promise.all(this.#running.values());
  }

  /** Runs a timer function now; `running` if it is at it, `unknown` if there is none of that name. */
  runNow(name: string): 'started' | 'running' | 'unknown' {
    const timer = this.#timers.find(({ target }) => target.name.toLowerCase() === name.toLowerCase());
    if (timer === undefined) return 'unknown';
    if (this.#running.has(timer.target.name)) return 'running';
    void this.#run(timer, this.#parts.clock.now(), false);
    return 'started';
  }

  async #begin(timer: TimerFunction): Promise<void> {
    const now = this.#parts.clock.now();
    const planned = this.#status(timer)?.next;
    if (planned !== undefined && Date.parse(planned) < now) await this.#run(timer, Date.parse(planned), true);
    else if (timer.target.trigger.runOnStartup === true) await this.#run(timer, now, false);
    this.#scheduleNext(timer);
  }

  #scheduleNext(timer: TimerFunction): void {
    if (this.#stopped) return;
    const { clock } = this.#parts;
    const due = timer.schedule.next(clock.now());
    const cancel = clock.setTimer(due, () => void this.#fire(timer, due));
    this.#cancels.set(timer.target.name, cancel);
  }

  /** A run asked for by hand may still be at it: this one then follows. */
  async #fire(timer: TimerFunction, due: number): Promise<void> {
    await this.#running.get(timer.target.name);
    if (this.#stopped) return;
    await this.#run(timer, due, false);
    this.#scheduleNext(timer);
  }

  #run(timer: TimerFunction, due: number, isPastDue: boolean): Promise<void> {
    const { name } = timer.target;
    const run = this.#invoke(timer, due, isPastDue).finally(() => this.#running.delete(name));
    this.#running.set(name, run);
    return run;
  }

  async #invoke(timer: TimerFunction, due: number, isPastDue: boolean): Promise<void> {
    const { app, log, clientJson } = this.#parts;
    const { target } = timer;
    const input = {
      name: target.trigger.name,
      data: { json: JSON.stringify(this.#info(timer, due, isPastDue)) },
    };
    try {
      await app.invoke(target, { inputs: [input, ...extraInputs(target, clientJson)] });
    } catch (error) {
      log('error', `Timer function failed: ${stackOf(error)}`, target.name);
    }
    await this.#save(timer, due).catch((error: unknown) => {
      if (!this.#stopped)
        log('error', `The timer's status could not be saved: ${messageOf(error)}`, target.name);
    });
  }

  #info(timer: TimerFunction, due: number, isPastDue: boolean): object {
    const status = this.#status(timer);
    return {
      Schedule: { AdjustForDST: true },
      ScheduleStatus: {
        Last: status?.last ?? NEVER,
        Next: new Date(due).toISOString(),
        LastUpdated: status?.lastUpdated ?? NEVER,
      },
      IsPastDue: isPastDue,
    };
  }

  #status(timer: TimerFunction) {
    return timer.isMonitored ? this.#parts.store.timers.get(timer.target.name) : undefined;
  }

  async #save(timer: TimerFunction, due: number): Promise<void> {
    if (!timer.isMonitored) return;
    const { store, clock } = this.#parts;
    const now = clock.now();
    const status = {
      last: new Date(due).toISOString(),
      next: new Date(timer.schedule.next(Math.max(now, due))).toISOString(),
      lastUpdated: new Date(now).toISOString(),
    };
    await store.transact(() => store.timers.put(timer.target.name, status));
  }
}

function readTimer(target: AppFunction, { settings, clock }: TimerHostParts): TimerFunction {
  const { trigger, name } = target;
  try {
    const schedule = parseNcrontab(expandSettings(trigger.schedule ?? '', settings));
    const first = schedule.next(clock.now());
    const isMonitored = trigger.useMonitor ?? schedule.next(first) - first >= SHORTEST_MONITORED_MS;
    return { target, schedule, isMonitored };
  } catch (error) {
    throw new HostFailure(
      ExitCode.appFailed,
      `The schedule of timer function '${name}' cannot be read: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/** Replaces `%NAME%` by the setting of that name; throws if there is none. */
export function expandSettings(text: string, settings: Readonly<Record<string, string | undefined>>): string {
  return text.replaceAll(/%([^%]+)%/g, (_, name: string) => {
    const value = settings[name];
    if (value === undefined || value === '')
      throw new Error(`"${text}" refers to the setting ${name}, which is not set.`);
    return value;
  });
}
