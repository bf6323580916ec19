import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AppFunction, Binding, FunctionApp } from '../../../local/functions-host/app/function-app.ts';
import { openSqliteStore } from '../../../local/functions-host/durable/sqlite/sqlite-store.ts';
import type { DurableStore } from '../../../local/functions-host/durable/store.ts';
import { expandSettings, TimerHost } from '../../../local/functions-host/timers/timer-host.ts';
import { VirtualClock } from './virtual-clock.ts';

const START = Date.UTC(2026, 0, 1, 12);
const HOUR_MS = 3_600_000;

interface Run {
  readonly at: number;
  readonly IsPastDue: boolean;
  readonly Last: string;
  readonly Next: string;
}

let store: DurableStore;
let clock: VirtualClock;
let runs: Run[];
let finishRun: (() => void) | undefined;
let mustFail: boolean;

function appWith(trigger: Partial<Binding>): FunctionApp {
  const binding: Binding = {
    name: 'timer',
    type: 'timerTrigger',
    direction: 'in',
    schedule: '0 0 * * * *',
    ...trigger,
  };
  const target: AppFunction = {
    id: 'hourly',
    name: 'hourly',
    bindings: [binding],
    trigger: binding,
    callback: () => undefined,
    modelMetadata: { name: 'hourly', functionId: 'hourly', bindings: {} },
  };
  return {
    functions: [target],
    capabilities: {},
    terminate: async () => {},
    invoke: async (_target, { inputs }) => {
      const { IsPastDue, ScheduleStatus } = JSON.parse(inputs[0]?.data?.json ?? '');
      runs.push({ at: clock.now(), IsPastDue, ...ScheduleStatus });
      if (mustFail) throw new Error('timer failed');
      if (finishRun !== undefined) await new Promise<void>((resolve) => (finishRun = resolve));
      return { returnValue: null, raw: null };
    },
  };
}

function createTimers(trigger: Partial<Binding> = {}, log: (line: string) => void = () => {}): TimerHost {
  return new TimerHost({
    app: appWith(trigger),
    clock,
    store,
    settings: { EVERY: '0 30 * * * *' },
    clientJson: () => '{}',
    log: (_level, message) => log(message),
  });
}

const breathe = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
};

async function pass(hours: number): Promise<void> {
  const limit = clock.now() + hours * HOUR_MS;
  await breathe();
  while (clock.fireNext(limit)) await breathe();
  clock.jumpTo(limit);
}

beforeEach(() => {
  store = openSqliteStore(':memory:');
  clock = new VirtualClock(START);
  runs = [];
  finishRun = undefined;
  mustFail = false;
});
afterEach(() => store.close());

describe('a timer function', () => {
  test('runs at each instant of its schedule and learns of its last run', async () => {
    const timers = createTimers();
    timers.start();
    await pass(3.5);
    expect(runs.map((run) => run.at)).toEqual([1, 2, 3].map((hour) => START + hour * HOUR_MS));
    expect(runs[0]?.Last).toMatch(/^0001/);
    expect(runs[2]?.Last).toBe(new Date(START + 2 * HOUR_MS).toISOString());
    await timers.stop();
    await pass(2);
    expect(runs).toHaveLength(3);
  });

  test('takes its schedule from a setting', async () => {
    const timers = createTimers({ schedule: '%EVERY%' });
    timers.start();
    await pass(1);
    expect(runs.map((run) => run.at)).toEqual([START + HOUR_MS / 2]);
    await timers.stop();
  });

  test('runs once, past due, after a gap, however many runs were missed', async () => {
    const first = createTimers();
    first.start();
    await pass(1.5);
    await first.stop();
    clock.jumpTo(START + 9.5 * HOUR_MS);
    const second = createTimers();
    second.start();
    await pass(1);
    expect(runs.map((run) => [run.at, run.IsPastDue])).toEqual([
      [START + HOUR_MS, false],
      [START + 9.5 * HOUR_MS, true],
      [START + 10 * HOUR_MS, false],
    ]);
    await second.stop();
  });

  test('is not run past due when it was never run, nor when it is not monitored', async () => {
    const unmonitored = createTimers({ useMonitor: false });
    unmonitored.start();
    await pass(1.5);
    await unmonitored.stop();
    clock.jumpTo(START + 9.5 * HOUR_MS);
    const again = createTimers({ useMonitor: false });
    again.start();
    await breathe();
    expect(runs).toHaveLength(1);
    await again.stop();
  });

  test('runs on startup if it wants to', async () => {
    const timers = createTimers({ runOnStartup: true });
    timers.start();
    await breathe();
    expect(runs.map((run) => run.at)).toEqual([START]);
    await timers.stop();
  });

  test('never runs twice at a time: what becomes due meanwhile waits for the next instant', async () => {
    finishRun = () => {};
    const timers = createTimers();
    timers.start();
    await pass(3.5);
    expect(runs).toHaveLength(1);
    expect(timers.runNow('hourly')).toBe('running');
    finishRun();
    finishRun = undefined;
    await breathe();
    await pass(1);
    expect(runs.map((run) => run.at)).toEqual([START + HOUR_MS, START + 4 * HOUR_MS]);
    await timers.stop();
  });

  test('that fails is logged and runs again', async () => {
    mustFail = true;
    const lines: string[] = [];
    const timers = createTimers({}, (line) => lines.push(line));
    timers.start();
    await pass(2.5);
    expect(runs).toHaveLength(2);
    expect(lines.filter((line) => line.includes('timer failed'))).toHaveLength(2);
    await timers.stop();
  });

  test('can be run by hand', async () => {
    const timers = createTimers();
    expect(timers.runNow('nobody')).toBe('unknown');
    expect(timers.runNow('HOURLY')).toBe('started');
    await breathe();
    expect(runs).toHaveLength(1);
    await timers.stop();
  });

  test('with a schedule that cannot be read stops the start, naming the function', () => {
    expect(() => createTimers({ schedule: 'often' })).toThrow(/'hourly'.*"often"/);
    expect(() => createTimers({ schedule: '%NOWHERE%' })).toThrow(/NOWHERE/);
  });
});

test('settings are put in everywhere they are named', () => {
  expect(expandSettings('%A% %B% %A%', { A: '1', B: '2' })).toBe('1 2 1');
});
