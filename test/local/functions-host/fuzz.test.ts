import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DurableEngine } from '../../../local/functions-host/durable/engine.ts';
import { EventType } from '../../../local/functions-host/durable/history-events.ts';
import { plainFunctions } from '../../../local/functions-host/durable/plain-functions.ts';
import { openSqliteStore } from '../../../local/functions-host/durable/sqlite/sqlite-store.ts';
import type { DurableStore } from '../../../local/functions-host/durable/store.ts';
import { replayHistory } from '../../../local/functions-host/replay-history.ts';
import { budget } from '../../budget.ts';
import { fuzz, fuzzChild, seededRandom, unreliable } from './sample-app/fuzz.ts';

const counter = (context: import('durable-functions').EntityContext<unknown>): void => {
  const value = context.df.getState(() => 0) as number;
  context.df.setState(value + (context.df.getInput<number>() ?? 0));
};
const functions = plainFunctions({
  orchestrators: { fuzz, fuzzChild },
  activities: { unreliable },
  entities: { counter },
});

/** A store that refuses some writes, as a full disk would: before anything is written. */
function refuseSometimes(store: DurableStore, probability: number): DurableStore {
  const random = seededRandom(1);
  return {
    ...store,
    transact: (work) =>
      random() < probability ? Promise.reject(new Error('refused')) : store.transact(work),
  };
}

interface Setting {
  readonly title: string;
  readonly seedOffset: number;
  readonly refusals: number;
  readonly timers: {
    readonly maximumShortTimerDuration: string;
    readonly longRunningTimerIntervalDuration: string;
  };
}

const normal = { maximumShortTimerDuration: '6.00:00:00', longRunningTimerIntervalDuration: '3.00:00:00' };
const chained = {
  maximumShortTimerDuration: '00:00:00.020',
  longRunningTimerIntervalDuration: '00:00:00.010',
};
const settings: readonly Setting[] = [
  { title: 'as it is', seedOffset: 0, refusals: 0, timers: normal },
  { title: 'with timers cut into chains', seedOffset: 1_000_000, refusals: 0, timers: chained },
  { title: 'with a store that refuses writes', seedOffset: 2_000_000, refusals: 0.1, timers: normal },
];

describe.each(settings)('random orchestrations $title', ({ seedOffset, refusals, timers }) => {
  let store: DurableStore;
  let engine: DurableEngine;
  const instances = new Map<string, number>();

  beforeAll(() => {
    store = openSqliteStore(':memory:');
    engine = new DurableEngine({
      store: refuseSometimes(store, refusals),
      functions,
      retryDelayMs: 5,
      ...timers,
    });
    engine.start();
  });

  afterAll(async () => {
    await engine.stop();
    store.close();
  });

  test('all complete, and every task got its own result', async () => {
    for (let index = 0; index < Math.ceil(budget.hostFuzzSeeds / settings.length); index++) {
      const seed = seedOffset + index * 7_919;
      instances.set(await startUntilAccepted(engine, seed), seed);
    }
    const failures: string[] = [];
    for (const [id, seed] of instances) {
      const instance = await engine.waitForEnd(id, 60_000);
      if (instance?.status !== 'Completed')
        failures.push(`seed ${seed}: ${instance?.status} ${instance?.output}`);
    }
    expect(failures).toEqual([]);
  }, 600_000);

  test('have every completion once in their histories', () => {
    expect(instances.size).toBeGreaterThan(0);
    for (const id of instances.keys()) {
      const completions = engine.history(id).flatMap((event) => event.TaskScheduledId ?? event.TimerId ?? []);
      expect(new Set(completions).size).toBe(completions.length);
    }
  });

  test('replay to the same decisions, turn by turn', async () => {
    for (const id of instances.keys()) {
      const history = engine.history(id);
      const { actionsPerTurn, output } = await replayHistory({
        orchestrator: fuzz,
        name: 'fuzz',
        history,
        timers,
      });
      expect(JSON.stringify(output)).toBe(engine.instance(id)?.output);
      expect(actionsPerTurn.flat().length).toBe(history.filter((event) => event.EventId >= 0).length);
      expect(actionsPerTurn.length).toBe(
        history.filter((event) => event.EventType === EventType.OrchestratorStarted).length,
      );
    }
  }, 600_000);
});

async function startUntilAccepted(engine: DurableEngine, seed: number): Promise<string> {
  for (;;) {
    try {
      return await engine.startNew('fuzz', { instanceId: `fuzz-${seed}`, input: { seed } });
    } catch (error) {
      if ((error as Error).message !== 'refused') throw error;
    }
  }
}
