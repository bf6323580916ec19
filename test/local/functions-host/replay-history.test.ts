import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as df from 'durable-functions';
import { DurableEngine } from '../../../local/functions-host/durable/engine.ts';
import type { HistoryEvent } from '../../../local/functions-host/durable/history-events.ts';
import {
  plainFunctions,
  type OrchestratorFunction,
} from '../../../local/functions-host/durable/plain-functions.ts';
import { openSqliteStore } from '../../../local/functions-host/durable/sqlite/sqlite-store.ts';
import type { DurableStore } from '../../../local/functions-host/durable/store.ts';
import { replayHistory } from '../../../local/functions-host/replay-history.ts';
import { runVirtually, settle, VirtualClock } from './virtual-clock.ts';

const recorded: OrchestratorFunction = function* (context) {
  const copied: number = yield context.df.callActivity('copy', 1);
  yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + 1_000));
  const verified: number = yield context.df.callActivityWithRetry(
    'verify',
    new df.RetryOptions(10, 2),
    copied,
  );
  context.df.setCustomStatus({ verified });
  return { copied, verified };
};

let store: DurableStore;
let clock: VirtualClock;
let engine: DurableEngine;

async function record(
  orchestrator: OrchestratorFunction,
  input: unknown = null,
): Promise<readonly HistoryEvent[]> {
  const functions = plainFunctions({
    orchestrators: { recorded: orchestrator },
    activities: { copy: (value: number) => value + 1, verify: (value: number) => value * 10 },
  });
  engine = new DurableEngine({ store, clock, functions });
  engine.start();
  const id = await engine.startNew('recorded', { input });
  await runVirtually(engine, clock);
  return engine.history(id);
}

const replay = (orchestrator: OrchestratorFunction, history: readonly HistoryEvent[]) =>
  replayHistory({ orchestrator, name: 'recorded', history });

beforeEach(() => {
  store = openSqliteStore(':memory:');
  clock = new VirtualClock();
});

afterEach(async () => {
  await settle(engine);
  store.close();
});

describe('replaying a recorded history', () => {
  test('tells what every turn decided, and the output', async () => {
    const result = await replay(recorded, await record(recorded));
    expect(result).toMatchObject({ output: { copied: 2, verified: 20 }, customStatus: { verified: 20 } });
    expect(result.actionsPerTurn).toEqual([["activity 'copy'"], ['a timer'], ["activity 'verify'"], []]);
    expect(result).not.toHaveProperty('error');
  });

  test('of a failed instance tells its error', async () => {
    const failing: OrchestratorFunction = function* (context) {
      yield context.df.callActivity('copy', 1);
      throw new Error('on purpose');
    };
    expect(await replay(failing, await record(failing))).toMatchObject({ error: 'on purpose' });
  });

  test('of an instance that continued as new tells with which input the last execution began', async () => {
    const counting: OrchestratorFunction = function* (context) {
      const { n } = context.df.getInput<{ n: number }>();
      yield context.df.callActivity('copy', n);
      if (n < 3) context.df.continueAsNew({ n: n + 1 });
      return n;
    };
    const result = await replay(counting, await record(counting, { n: 1 }));
    expect(result.output).toBe(3);
  });

  const changes: [string, OrchestratorFunction, RegExp][] = [
    [
      'calls another activity',
      function* (context) {
        yield context.df.callActivity('erase', 1);
        return null;
      },
      /activity 'copy' as task 0, but the code now schedules activity 'erase'/,
    ],
    [
      'waits for a timer first',
      function* (context) {
        yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + 5));
        return null;
      },
      /activity 'copy' as task 0, but the code now schedules a timer/,
    ],
    [
      'schedules something more in the same turn',
      function* (context) {
        yield context.df.Task.all([context.df.callActivity('copy', 1), context.df.callActivity('copy', 2)]);
        return null;
      },
      /turn 1 now schedules activity 'copy' as task 1/,
    ],
    [
      'ends earlier',
      function* (context) {
        yield context.df.callActivity('copy', 1);
        return null;
      },
      /a timer as task 1, but the code now schedules nothing there/,
    ],
    [
      'goes on at the end',
      function* (context) {
        yield* recorded(context);
        yield context.df.callActivity('copy', 5);
        return null;
      },
      /turn 4 now schedules activity 'copy' as task 3/,
    ],
    [
      'waits for an event at the end',
      function* (context) {
        yield* recorded(context);
        yield context.df.waitForExternalEvent('more');
        return null;
      },
      /history ends in turn 4, where the code now goes on/,
    ],
    [
      'returns something else',
      function* (context) {
        yield* recorded(context);
        return 'other';
      },
      /now returns "other"/,
    ],
    [
      'fails where it completed',
      function* (context) {
        yield* recorded(context);
        throw new Error('new failure');
      },
      /recorded execution completed, the code now fails \(new failure\)/,
    ],
  ];
  test.each(changes)('fails when the code %s', async (_title, changed, message) => {
    const history = await record(recorded);
    await expect(replay(changed, history)).rejects.toThrow(message);
    await expect(replay(changed, history)).rejects.toThrow('Non-deterministic workflow detected');
  });

  test('rejects what is not a raw history', async () => {
    await record(recorded);
    await expect(replay(recorded, [])).rejects.toThrow('no turn');
  });
});
