/** Watching operations to their end, through hosts that restart and failures that do not pass. */
import { expect, test } from 'vitest';
import { watchOperations, type WatchedOperation } from '../../src/cli/watch.ts';
import type { OperationView } from '../../src/contracts/api/runs.ts';
import { Failure } from '../../src/policy/failure.ts';
import { drilled, viewOf } from './canned-operations.ts';

const id = 'drill.lms.westeurope.20260301T013000Z';
const other = 'drill.lms.northeurope.20260301T013000Z';
const ended = (of: string): OperationView => viewOf(of, { state: 'succeeded', result: drilled('PASS') });
const refused = new Failure(
  'unavailable',
  'https://app cannot be reached: the connection was refused.',
  'Start it.',
);
const fast = { intervalMilliseconds: 1 };

/** Gives these answers one after the other, the last one for ever. */
function answering(of: string, answers: readonly (OperationView | Error)[]): WatchedOperation {
  let next = 0;
  return {
    id: of,
    client: {
      call: (_name, { params: { id: asked } }) => {
        expect(asked).toBe(of);
        const answer = answers[Math.min(next, answers.length - 1)];
        next += 1;
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer as OperationView);
      },
    },
  };
}

test('every answer is reported and the final views come in the order given', async () => {
  const heard: string[] = [];
  const slow = answering(id, [viewOf(id, { state: 'waiting' }), viewOf(id), viewOf(id), ended(id)]);
  const views = await watchOperations([slow, answering(other, [ended(other)])], {
    ...fast,
    report: (view) => heard.push(`${view.region} ${view.state}`),
  });
  expect(views.map((view) => view.id)).toEqual([id, other]);
  expect(heard.filter((one) => one.startsWith('west'))).toEqual([
    'westeurope waiting',
    'westeurope running',
    'westeurope running',
    'westeurope succeeded',
  ]);
  expect(heard).toContain('northeurope succeeded');
});

test('a host that restarts is waited for, also while it does not know its operations yet', async () => {
  const unknown = new Failure('not-found', 'There is no such operation.', '');
  const troubles: string[] = [];
  const watched = answering(id, [viewOf(id), refused, refused, unknown, viewOf(id), ended(id)]);
  const [view] = await watchOperations([watched], {
    ...fast,
    trouble: (_, failure) => troubles.push(failure.code),
  });
  expect(view?.state).toBe('succeeded');
  expect(troubles).toEqual(['unavailable', 'unavailable', 'not-found']);
});

test('a failure that lasts longer than the patience is believed', async () => {
  await expect(
    watchOperations([answering(id, [viewOf(id), refused])], { ...fast, patienceSeconds: 0.05 }),
  ).rejects.toBe(refused);
});

test('a failure that cannot pass ends the watching of all at once', async () => {
  const denied = new Failure('access-denied', 'The key is not accepted.', '');
  await expect(watchOperations([answering(id, [viewOf(id)]), answering(other, [denied])], fast)).rejects.toBe(
    denied,
  );
});

test('an error that is no failure is not waited out', async () => {
  const bug = new TypeError('a bug');
  await expect(watchOperations([answering(id, [bug])], fast)).rejects.toBe(bug);
});

test('an abort ends the watching with its reason, even in the middle of a long pause', async () => {
  const interruption = new AbortController();
  const watching = watchOperations([answering(id, [viewOf(id)])], {
    intervalMilliseconds: 3_600_000,
    signal: interruption.signal,
    report: () => setImmediate(() => interruption.abort(new Error('interrupted by the test'))),
  });
  await expect(watching).rejects.toThrow('interrupted by the test');
});

test('nothing to watch has ended already', async () => {
  expect(await watchOperations([])).toEqual([]);
});
