/** A task hub in virtual time for the repair: its orchestrations over the activities of a repair world. */
import { DateTime } from 'luxon';
import type { HistoryEvent } from '../../local/functions-host/durable/history-events.ts';
import { DurableEngine } from '../../local/functions-host/durable/engine.ts';
import {
  plainFunctions,
  type OrchestratorFunction,
} from '../../local/functions-host/durable/plain-functions.ts';
import { openSqliteStore } from '../../local/functions-host/durable/sqlite/sqlite-store.ts';
import type { DurableStore } from '../../local/functions-host/durable/store.ts';
import { repairActivities } from '../../src/activities/repair.ts';
import { allActivities } from '../../src/activities/all.ts';
import type { RepairResult } from '../../src/contracts/repair.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { repair, repairContract } from '../../src/workflows/repair.ts';
import { waitForApproval, waitForApprovalContract } from '../../src/workflows/wait-for-approval.ts';
import { runVirtually, settle, VirtualClock } from '../local/functions-host/virtual-clock.ts';
import { makeRepairWorld, scan, slot, type RepairWorld } from './repair-world.ts';
import { scope } from './sample-estate.ts';

export interface EndedRepair {
  readonly status: string;
  readonly output: RepairResult;
}

export class RepairHub {
  readonly time = new VirtualClock(Date.UTC(2026, 2, 1, 1, 30));
  readonly clock: Clock;
  readonly world: RepairWorld;
  readonly #store: DurableStore;
  readonly #engine: DurableEngine;
  #ids = 0;

  /** Over the world that `make` gives for the hub's clock. */
  constructor(make: (clock: Clock) => RepairWorld = makeRepairWorld) {
    this.clock = {
      now: () => DateTime.fromMillis(this.time.now(), { zone: 'utc' }),
      monotonicMilliseconds: () => this.time.now(),
    };
    this.world = make(this.clock);
    this.#store = openSqliteStore(':memory:');
    const names = new Set(
      [...allActivities(this.world.deps), ...repairActivities(this.world.deps)].map(({ name }) => name),
    );
    const activities = Object.fromEntries(
      [...names].map((name) => [name, (input: unknown) => this.world.run(name, input)]),
    );
    this.#engine = new DurableEngine({
      store: this.#store,
      clock: this.time,
      newId: () => String((this.#ids += 1)).padStart(32, '0'),
      functions: plainFunctions({
        orchestrators: {
          [repairContract.name]: repair,
          [waitForApprovalContract.name]: waitForApproval,
        } as Record<string, OrchestratorFunction>,
        activities,
      }),
    });
    this.#engine.start();
  }

  /** Runs a repair to its end, timers and all. */
  async run(more: object = {}, instanceId = 'repair.shop.westeurope'): Promise<EndedRepair> {
    const input = { ...scope, slot, scan, trigger: 'person', ...more };
    const id = await this.#engine.startNew(repairContract.name, { instanceId, input });
    await runVirtually(this.#engine, this.time);
    const instance = this.#engine.instance(id)!;
    return {
      status: instance.status,
      output: JSON.parse(instance.output ?? 'null') as RepairResult,
    };
  }

  /** The history of every instance. */
  histories(): { readonly name: string; readonly id: string; readonly history: HistoryEvent[] }[] {
    return this.#engine
      .listInstances({}, 10_000)
      .map(({ name, id }) => ({ name, id, history: this.#engine.history(id) }));
  }

  /** Events in the longest history of all instances. */
  get longestHistory(): number {
    const histories = this.#engine.listInstances({}, 10_000).map(({ id }) => this.#engine.history(id).length);
    return Math.max(...histories);
  }

  async close(): Promise<void> {
    await settle(this.#engine);
    this.#store.close();
  }
}
