import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { OrchestrationContext, Task } from 'durable-functions';
import { DurableEngine, type DurableEngineOptions } from '../../../local/functions-host/durable/engine.ts';
import {
  plainFunctions,
  type PlainFunctions,
} from '../../../local/functions-host/durable/plain-functions.ts';
import { openSqliteStore } from '../../../local/functions-host/durable/sqlite/sqlite-store.ts';
import type { DurableStore } from '../../../local/functions-host/durable/store.ts';
import { EventType } from '../../../local/functions-host/durable/history-events.ts';
import { runVirtually, settle, VirtualClock } from './virtual-clock.ts';

const DAY_MS = 86_400_000;
const inMs = (context: OrchestrationContext, ms: number): Date =>
  new Date(context.df.currentUtcDateTime.getTime() + ms);

let calls: unknown[] = [];
let waiting: (() => void)[] = [];
const functions: PlainFunctions = {
  orchestrators: {
    *chain(context) {
      const { n } = context.df.getInput<{ n: number }>();
      const seen: number[] = [];
      for (let step = 0; step < n; step++) seen.push((yield context.df.callActivity('note', step)) as number);
      return seen;
    },
    *sleep(context) {
      const start = context.df.currentUtcDateTime.getTime();
      yield context.df.createTimer(inMs(context, context.df.getInput<{ ms: number }>().ms));
      yield context.df.callActivity('note', 'awake');
      return context.df.currentUtcDateTime.getTime() - start;
    },
    *race(context) {
      const timer = context.df.createTimer(inMs(context, 30 * DAY_MS));
      const event = context.df.waitForExternalEvent('go');
      const winner = (yield context.df.Task.any([timer, event])) as Task;
      if (winner === event) timer.cancel();
      return winner === event;
    },
    *openTimer(context) {
      const timer = context.df.createTimer(inMs(context, 5_000));
      yield context.df.Task.any([timer, context.df.callActivity('note', 'first')]);
      return 'returned early';
    },
    *hold(context) {
      return (yield context.df.callActivity('wait')) as string;
    },
    *gather(context) {
      const { n, seen = [] } = context.df.getInput<{ n: number; seen?: unknown[] }>();
      const value = (yield context.df.waitForExternalEvent('item')) as unknown;
      if (seen.length + 1 === n) return [...seen, value];
      context.df.continueAsNew({ n, seen: [...seen, value] });
      return undefined;
    },
  },
  activities: {
    note: (value: unknown) => {
      calls.push(value);
      return value;
    },
    wait: () => new Promise((resolve) => waiting.push(() => resolve('released'))),
  },
};

let store: DurableStore;
let clock: VirtualClock;
let engine: DurableEngine;

const createEngine = (options: Partial<DurableEngineOptions> = {}): DurableEngine =>
  new DurableEngine({ store, clock, functions: plainFunctions(functions), ...options });

beforeEach(() => {
  calls = [];
  waiting = [];
  store = openSqliteStore(':memory:');
  clock = new VirtualClock();
  engine = createEngine();
  engine.start();
});

afterEach(async () => {
  for (const release of waiting) release();
  await settle(engine);
  await engine.stop();
  store.close();
});

const eventTypes = (id: string): number[] => engine.history(id).map((event) => event.EventType);
const count = (id: string, type: number): number => eventTypes(id).filter((each) => each === type).length;

describe('the engine in virtual time', () => {
  test('sleeps for days without waiting, and no timer fires early', async () => {
    const id = await engine.startNew('sleep', { input: { ms: 2 * DAY_MS } });
    await runVirtually(engine, clock, clock.now() + 2 * DAY_MS - 1);
    expect(engine.instance(id)?.status).toBe('Running');
    await runVirtually(engine, clock);
    expect(engine.instance(id)).toMatchObject({ status: 'Completed', output: String(2 * DAY_MS) });
    expect(count(id, EventType.TimerFired)).toBe(1);
  });

  test('cuts a timer beyond six days into links of three', async () => {
    const id = await engine.startNew('sleep', { input: { ms: 14 * DAY_MS } });
    await runVirtually(engine, clock);
    expect(engine.instance(id)?.output).toBe(String(14 * DAY_MS));
    // 14 → 11 → 8 → 5: three links, and the rest in one piece.
    expect(count(id, EventType.TimerFired)).toBe(4);
  });

  test('forgets a canceled timer, however long', async () => {
    const id = await engine.startNew('race');
    await settle(engine);
    await engine.raiseEvent(id, 'go', null);
    await settle(engine);
    expect(engine.instance(id)).toMatchObject({ status: 'Completed', output: 'true' });
    expect(store.inbox.nextVisible(0)).toBeUndefined();
  });

  test('does not complete while an uncanceled timer is open', async () => {
    const start = clock.now();
    const id = await engine.startNew('openTimer');
    await settle(engine);
    expect(engine.instance(id)?.status).toBe('Running');
    await runVirtually(engine, clock);
    expect(engine.instance(id)).toMatchObject({ status: 'Completed', output: '"returned early"' });
    expect(clock.now() - start).toBe(5_000);
  });

  test('gives the same history for the same ids and times', async () => {
    const record = async (): Promise<unknown> => {
      const ownStore = openSqliteStore(':memory:');
      const ownClock = new VirtualClock(0);
      let ids = 0;
      const own = new DurableEngine({
        store: ownStore,
        clock: ownClock,
        functions: plainFunctions(functions),
        newId: () => (ids++).toString(16).padStart(32, '0'),
      });
      own.start();
      const id = await own.startNew('sleep', { input: { ms: 1_000 } });
      await runVirtually(own, ownClock);
      const history = own.history(id);
      ownStore.close();
      return history;
    };
    expect(await record()).toEqual(await record());
  });

  test('never lets time run backwards for an orchestrator, even when the clock does', async () => {
    const id = await engine.startNew('sleep', { input: { ms: 1_000 } });
    await settle(engine);
    clock.fireNext();
    clock.jumpTo(clock.now() - 10 * DAY_MS);
    await runVirtually(engine, clock);
    const times = engine.history(id).map((event) => event.Timestamp);
    expect(times).toEqual(times.toSorted());
    expect(engine.instance(id)?.status).toBe('Completed');
  });
});

describe('messages', () => {
  test('raised while an instance continues as new are not lost', async () => {
    const id = await engine.startNew('gather', { input: { n: 5 } });
    await Promise.all([1, 2, 3, 4, 5].map((value) => engine.raiseEvent(id, 'item', value)));
    await settle(engine);
    expect(engine.instance(id)).toMatchObject({ status: 'Completed', output: '[1,2,3,4,5]' });
  });

  test('delivered twice count once', async () => {
    const id = await engine.startNew('hold');
    await expect.poll(() => waiting.length).toBe(1);
    const instance = engine.instance(id);
    const event = { EventType: EventType.TaskCompleted, EventId: -1, TaskScheduledId: 0, Result: '"twice"' };
    const message = {
      target: id,
      executionId: instance?.executionId ?? '',
      visibleAt: 0,
      taskId: null,
      event,
    };
    await store.transact(() => {
      store.inbox.put(message);
      store.inbox.put(message);
    });
    await engine.raiseEvent(id, 'wake', null);
    expect(await engine.waitForEnd(id, 10_000)).toMatchObject({ status: 'Completed', output: '"twice"' });
    expect(count(id, EventType.TaskCompleted)).toBe(1);
  }, 20_000);

  test('for an older execution are dropped', async () => {
    const id = await engine.startNew('chain', { input: { n: 0 }, instanceId: 'reused' });
    await settle(engine);
    const event = {
      EventType: EventType.TimerFired,
      EventId: -1,
      TimerId: 0,
      FireAt: new Date(0).toISOString(),
    };
    const old = engine.instance(id)?.executionId ?? '';
    await engine.startNew('race', { instanceId: id });
    await store.transact(() =>
      store.inbox.put({ target: id, executionId: old, visibleAt: 0, taskId: null, event }),
    );
    await engine.raiseEvent(id, 'other', null);
    await settle(engine);
    expect(engine.instance(id)?.status).toBe('Running');
    expect(count(id, EventType.TimerFired)).toBe(0);
  });
});

describe('when the store refuses a write', () => {
  test('the step is repeated and the history holds it once', async () => {
    let refusals = 0;
    const refusing: DurableStore = {
      ...store,
      transact: (work) => {
        if (engine.load.turns === 0 || refusals++ % 2 === 1) return store.transact(work);
        return Promise.reject(new Error('disk full'));
      },
    };
    const warnings: string[] = [];
    engine = createEngine({ store: refusing, log: (_level, message) => warnings.push(message) });
    engine.start();
    const id = await engine.startNew('chain', { input: { n: 5 } });
    await runVirtually(engine, clock);
    expect(engine.instance(id)?.output).toBe('[0,1,2,3,4]');
    expect(count(id, EventType.TaskCompleted)).toBe(5);
    expect(warnings.filter((line) => line.includes('disk full')).length).toBeGreaterThan(0);
  });
});

describe('memory and rows', () => {
  test('of ended instances: no history in memory, no message and no activity on disk', async () => {
    const ids = await Promise.all(
      Array.from({ length: 20 }, () => engine.startNew('chain', { input: { n: 3 } })),
    );
    await settle(engine);
    expect(engine.load).toEqual({ turns: 0, activities: 0, cachedHistories: 0 });
    expect(store.inbox.targetsDue(Infinity)).toEqual([]);
    expect(store.activities.all()).toEqual([]);
    await engine.purge(ids);
    expect(engine.listInstances({}, 10)).toEqual([]);
    expect(ids.flatMap((id) => store.history.read(id))).toEqual([]);
  });

  test('of an instance purged while its activity runs: the late result leaves nothing behind', async () => {
    const id = await engine.startNew('hold');
    await expect.poll(() => waiting.length).toBe(1);
    await engine.purge([id]);
    for (const release of waiting.splice(0)) release();
    await settle(engine);
    expect(engine.instance(id)).toBeUndefined();
    expect([store.history.read(id), store.inbox.targetsDue(Infinity), store.activities.all()]).toEqual([
      [],
      [],
      [],
    ]);
  });

  test('of a terminated instance: what waits is not run any more', async () => {
    const single = createEngine({ concurrentActivities: 1 });
    single.start();
    const first = await single.startNew('hold');
    await single.whenQuiet();
    const second = await single.startNew('chain', { input: { n: 1 } });
    await single.whenQuiet();
    await single.terminate(second, 'enough');
    await single.whenQuiet();
    for (const release of waiting.splice(0)) release();
    await settle(single);
    expect(single.instance(first)?.status).toBe('Completed');
    expect(single.instance(second)?.status).toBe('Terminated');
    expect(calls).toEqual([]);
    await single.stop();
  });
});

describe('stopping and starting', () => {
  test('a running activity may finish, and the next engine goes on', async () => {
    const id = await engine.startNew('hold');
    await expect.poll(() => waiting.length).toBe(1);
    const stopped = engine.stop(60_000);
    for (const release of waiting.splice(0)) release();
    await stopped;
    expect(engine.instance(id)?.status).toBe('Running');
    engine = createEngine();
    engine.start();
    await settle(engine);
    expect(engine.instance(id)).toMatchObject({ status: 'Completed', output: '"released"' });
  });

  test('an activity that does not finish in time runs again in the next engine', async () => {
    const id = await engine.startNew('hold');
    await expect.poll(() => waiting.length).toBe(1);
    const stopped = engine.stop(5_000);
    clock.fireNext();
    await stopped;
    const late = waiting.splice(0);
    engine = createEngine();
    engine.start();
    await expect.poll(() => waiting.length).toBe(1);
    for (const release of [...late, ...waiting.splice(0)]) release();
    await settle(engine);
    expect(engine.instance(id)?.output).toBe('"released"');
    expect(count(id, EventType.TaskCompleted)).toBe(1);
  });

  test('a running turn may finish: stopping waits for it and for nothing else', async () => {
    let finishTurn: (() => void) | undefined;
    const plain = plainFunctions(functions);
    const slow = createEngine({
      functions: {
        ...plain,
        runOrchestrator: async (name, turn) => {
          await new Promise<void>((resolve) => (finishTurn = resolve));
          return plain.runOrchestrator(name, turn);
        },
      },
    });
    slow.start();
    const id = await slow.startNew('chain', { input: { n: 1 } });
    await expect.poll(() => finishTurn).toBeDefined();
    const stopped = slow.stop(60_000);
    finishTurn?.();
    await stopped;
    expect(count(id, EventType.TaskScheduled)).toBe(1);
    expect(calls).toEqual([]);
    engine = createEngine();
    engine.start();
    await settle(engine);
    expect(engine.instance(id)?.output).toBe('[0]');
  });

  test('waiting for an end gives up at its deadline', async () => {
    const id = await engine.startNew('race');
    const waited = engine.waitForEnd(id, 1_000);
    await settle(engine);
    clock.fireNext(clock.now() + 1_000);
    expect((await waited)?.status).toBe('Running');
    expect(await engine.waitForEnd('nobody', 1_000)).toBeUndefined();
  });
});
