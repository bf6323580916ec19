/**
 * A task hub in virtual time: every registered orchestration of the product over the activities of a world, on the
 * embedded host's own durable engine. An instance is run until nothing is left to happen.
 */
import { DateTime } from 'luxon';
import { DurableEngine } from '../../local/functions-host/durable/engine.ts';
import type { HistoryEvent } from '../../local/functions-host/durable/history-events.ts';
import {
  plainFunctions,
  type OrchestratorFunction,
} from '../../local/functions-host/durable/plain-functions.ts';
import { openSqliteStore } from '../../local/functions-host/durable/sqlite/sqlite-store.ts';
import type { DurableStore, Instance } from '../../local/functions-host/durable/store.ts';
import { allActivities } from '../../src/activities/all.ts';
import type { Dependencies } from '../../src/activities/dependencies.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { runVirtually, settle, VirtualClock } from '../local/functions-host/virtual-clock.ts';
import { makeWorld, type World } from './world.ts';
import { workflows } from './workflows.ts';

/** An instance that has ended, or has not. */
export interface Ended<T> {
  readonly id: string;
  readonly status: Instance['status'];
  readonly output: T;
  readonly customStatus: unknown;
}

export class WorkflowHub {
  readonly time: VirtualClock;
  readonly world: World;
  readonly engine: DurableEngine;
  readonly #store: DurableStore;
  #ids = 0;

  /** A hub whose world begins at `start`; `changes` replaces dependencies. */
  constructor(start = Date.UTC(2026, 2, 1, 1, 30), changes: Partial<Dependencies> = {}) {
    const time = new VirtualClock(start);
    this.time = time;
    const clock: Clock = {
      now: () => DateTime.fromMillis(time.now(), { zone: 'utc' }),
      monotonicMilliseconds: () => time.now(),
    };
    this.world = makeWorld(clock, changes);
    this.#store = openSqliteStore(':memory:');
    const activities = Object.fromEntries(
      allActivities(this.world.deps).map(({ name }) => [
        name,
        (input: unknown) => this.world.run(name, input),
      ]),
    );
    this.engine = new DurableEngine({
      store: this.#store,
      clock: time,
      newId: () => String((this.#ids += 1)).padStart(32, '0'),
      functions: plainFunctions({
        orchestrators: workflows as Record<string, OrchestratorFunction>,
        activities,
      }),
    });
    this.engine.start();
  }

  /** Runs an orchestration to its end, timers and all. */
  async run<T>(workflow: string, instanceId: string, input: unknown): Promise<Ended<T>> {
    const id = await this.engine.startNew(workflow, { instanceId, input });
    await runVirtually(this.engine, this.time);
    const instance = this.engine.instance(id)!;
    return {
      id,
      status: instance.status,
      output: JSON.parse(instance.output ?? 'null') as T,
      customStatus: JSON.parse(instance.customStatus ?? 'null'),
    };
  }

  /** Every instance, with its history. */
  histories(): { readonly name: string; readonly id: string; readonly history: HistoryEvent[] }[] {
    return this.engine
      .listInstances({}, 10_000)
      .map(({ name, id }) => ({ name, id, history: this.engine.history(id) }));
  }

  async close(): Promise<void> {
    await settle(this.engine);
    this.#store.close();
  }
}
