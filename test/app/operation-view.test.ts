/** What the API shows of one run: its own word, that of the child at work in it, and its end. */
import { beforeEach, describe, expect, test } from 'vitest';
import { viewOperation } from '../../src/app/views.ts';
import { operationView } from '../../src/contracts/api/runs.ts';
import { isoOf } from '../../src/contracts/values.ts';
import { Failure } from '../../src/policy/failure.ts';
import type { InstanceView, TaskHub } from '../../src/ports/task-hub.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { hubKnowing } from '../support/known-runs.ts';

let clock: VirtualWallClock;
let instances: Map<string, Partial<InstanceView>>;
let hub: TaskHub;

beforeEach(() => {
  clock = new VirtualWallClock();
  instances = new Map();
  hub = hubKnowing(instances, clock);
});

const slot = '20260301T060000Z';

describe('an operation', () => {
  const id = `cycle.shop.westeurope.${slot}`;
  const child = `drill.shop.westeurope.${slot}`;
  const progressOf = (step: string, more: object = {}): object => ({
    ...{
      step,
      since: '2026-03-01T06:00:00.000Z',
      done: [{ step: 'snapshot', seconds: 1.5, outcome: 'done' }],
    },
    ...more,
  });

  test('at work shows its own word and that of the child that is at work in it', async () => {
    instances.set(id, { customStatus: progressOf('restore drill', { child }) });
    instances.set(child, { customStatus: progressOf('restore', { percent: 40 }) });
    expect(operationView.parse(await viewOperation(hub, id))).toEqual({
      ...{ id, kind: 'cycle', system: 'shop', region: 'westeurope', state: 'running' },
      ...{ startedAt: isoOf(clock.now()), updatedAt: isoOf(clock.now()) },
      progress: progressOf('restore drill', { child }),
      inner: progressOf('restore', { percent: 40 }),
    });
  });

  test.each<[string, Partial<InstanceView>, object]>([
    ['waiting has said nothing yet', { state: 'waiting', customStatus: null }, {}],
    ['of another version whose word is not understood shows none', { customStatus: { phase: 3 } }, {}],
    [
      'that succeeded has its result',
      { state: 'succeeded', output: { result: 'PASS' } },
      { result: { result: 'PASS' } },
    ],
    ['that failed says why', { state: 'failed', output: 'it broke' }, { failure: 'it broke' }],
    [
      'that failed with an object says it as JSON',
      { state: 'failed', output: { a: 1 } },
      { failure: '{"a":1}' },
    ],
    ['that was ended by hand has neither', { state: 'terminated', output: 'stop' }, {}],
  ])('%s', async (_what, instance, shown) => {
    instances.set(id, instance);
    const {
      id: _,
      kind,
      system,
      region,
      startedAt,
      updatedAt,
      state,
      ...rest
    } = await viewOperation(hub, id);
    expect({ kind, system, region, state }).toMatchObject({
      kind: 'cycle',
      system: 'shop',
      region: 'westeurope',
    });
    expect([startedAt, updatedAt]).toEqual([isoOf(clock.now()), isoOf(clock.now())]);
    expect(rest).toEqual(shown);
  });

  test('whose child is not known shows its own word alone', async () => {
    instances.set(id, { customStatus: progressOf('restore drill', { child }) });
    expect(await viewOperation(hub, id)).not.toHaveProperty('inner');
  });

  test.each(['', 'nobody', `cycle.shop.westeurope.2026`, `cycle.shop.westeurope.${slot}`, '../../x'])(
    'named "%s" that does not exist is not found',
    async (unknown) => {
      await expect(viewOperation(hub, unknown)).rejects.toMatchObject({ code: 'not-found' });
    },
  );

  test('cannot be shown while the task hub does not answer', async () => {
    const down: TaskHub = {
      ...hub,
      find: () => Promise.reject(new Failure('unavailable', 'down', 'Try again.')),
    };
    await expect(viewOperation(down, id)).rejects.toMatchObject({ code: 'unavailable' });
  });
});
