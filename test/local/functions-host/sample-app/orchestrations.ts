/** Orchestrations, one for each feature of durable-functions that the host must serve. */
import * as df from 'durable-functions';
import type { EntityContext, OrchestrationContext, Task } from 'durable-functions';

// The library types what a yield returns as `any`; the annotations below give each its shape.
const after = (context: OrchestrationContext, ms: number): Date =>
  new Date(context.df.currentUtcDateTime.getTime() + ms);

df.app.orchestration('chain', function* (context) {
  const { n } = context.df.getInput<{ n: number }>();
  let sum = 0;
  for (let step = 0; step < n; step++) sum += (yield context.df.callActivity('echo', step)) as number;
  return sum;
});

df.app.orchestration('fanOut', function* (context) {
  const { n } = context.df.getInput<{ n: number }>();
  const tasks = Array.from({ length: n }, (_, index) => context.df.callActivity('echo', index));
  const results = (yield context.df.Task.all(tasks)) as number[];
  return results.reduce((sum, value) => sum + value, 0);
});

df.app.orchestration('inputs', function* (context) {
  const seen: unknown[] = [];
  for (const value of ['hello', '123', 5, true, null, undefined, { a: 1 }, [1, 2]]) {
    seen.push(yield context.df.callActivity('describe', value));
  }
  return { seen, input: context.df.getInput() };
});

df.app.orchestration('retry', function* (context) {
  const thrice = new df.RetryOptions(30, 3);
  thrice.backoffCoefficient = 2;
  const key = context.df.instanceId;
  const good = (yield context.df.callActivityWithRetry('flaky', thrice, {
    key: `${key}a`,
    failures: 2,
  })) as string;
  let error = '';
  try {
    yield context.df.callActivityWithRetry('flaky', new df.RetryOptions(10, 2), {
      key: `${key}b`,
      failures: 9,
    });
  } catch (thrown) {
    error = String(thrown);
  }
  const last = (yield context.df.callActivity('echo', 'after')) as string;
  return { good, error, last };
});

df.app.orchestration('retryInParallel', function* (context) {
  const options = new df.RetryOptions(10, 3);
  const tasks = [0, 1, 2].map((failures) =>
    context.df.callActivityWithRetry('flaky', options, {
      key: `${context.df.instanceId}${failures}`,
      failures,
    }),
  );
  const results = (yield context.df.Task.all(tasks)) as string[];
  return [...results, (yield context.df.callActivity('echo', 'x')) as string];
});

df.app.orchestration('fails', function* (context) {
  yield context.df.callActivity('explode');
});

df.app.orchestration('catches', function* (context) {
  try {
    yield context.df.callActivity('explode');
  } catch (error) {
    return (error as Error).message;
  }
  return 'not reached';
});

df.app.orchestration('throws', function* (context) {
  context.df.setCustomStatus({ at: 'before' });
  yield context.df.callActivity('echo', 1);
  throw new Error('orchestrator exploded');
});

df.app.orchestration('timer', function* (context) {
  const start = context.df.currentUtcDateTime.getTime();
  const { ms } = context.df.getInput<{ ms: number }>();
  yield context.df.createTimer(after(context, ms));
  const last = (yield context.df.callActivity('echo', 'after')) as string;
  return { elapsed: context.df.currentUtcDateTime.getTime() - start, last };
});

df.app.orchestration('approval', function* (context) {
  const { ms } = context.df.getInput<{ ms: number }>();
  const timeout = context.df.createTimer(after(context, ms));
  const approval = context.df.waitForExternalEvent('Approval');
  context.df.setCustomStatus('waiting');
  const winner = (yield context.df.Task.any([approval, timeout])) as Task;
  if (winner !== approval) return 'timeout';
  timeout.cancel();
  return { approved: approval.result, last: (yield context.df.callActivity('echo', 'approved')) as string };
});

df.app.orchestration('twoEvents', function* (context) {
  const first = (yield context.df.waitForExternalEvent('E')) as unknown;
  const second = (yield context.df.waitForExternalEvent('E')) as unknown;
  return [first, second];
});

df.app.orchestration('parent', function* (context) {
  const first = (yield context.df.callSubOrchestrator('child', { v: 1 })) as object;
  const second = (yield context.df.callSubOrchestrator(
    'child',
    { v: 2 },
    `${context.df.instanceId}-kid`,
  )) as object;
  let error = '';
  try {
    yield context.df.callSubOrchestratorWithRetry('fails', new df.RetryOptions(10, 2));
  } catch (thrown) {
    error = String(thrown);
  }
  let missing = '';
  try {
    yield context.df.callSubOrchestrator('nobody');
  } catch (thrown) {
    missing = String(thrown);
  }
  return { first, second, error, missing };
});

df.app.orchestration('child', function* (context) {
  const { v } = context.df.getInput<{ v: number }>();
  const tenfold = (yield context.df.callActivity('echo', v * 10)) as number;
  return { id: context.df.instanceId, parent: context.df.parentInstanceId, tenfold };
});

df.app.orchestration('eternal', function* (context) {
  const { n, limit } = context.df.getInput<{ n: number; limit: number }>();
  yield context.df.callActivity('echo', n);
  if (n + 1 < limit) {
    context.df.continueAsNew({ n: n + 1, limit });
    return undefined;
  }
  return n;
});

df.app.orchestration('identity', function* (context) {
  const take = () => ({
    guid: context.df.newGuid(context.df.instanceId),
    time: context.df.currentUtcDateTime.toISOString(),
  });
  const first = take();
  yield context.df.callActivity('echo', first);
  const second = take();
  const seenByActivity = (yield context.df.callActivity('echo', [first, second])) as object[];
  return { now: [first, second], seenByActivity };
});

df.app.orchestration('rewrap', function* (context) {
  const a = context.df.callActivity('slow', { value: 'a', ms: 200 });
  const b = context.df.callActivity('slow', { value: 'b', ms: 10 });
  yield context.df.Task.any([a, b]);
  yield context.df.Task.any([a, context.df.callActivity('echo', 'c')]);
  return 'not reached';
});

df.app.orchestration('yieldAgain', function* (context) {
  const a = context.df.callActivity('slow', { value: 'a', ms: 150 });
  const b = context.df.callActivity('slow', { value: 'b', ms: 10 });
  yield context.df.Task.any([a, b]);
  const first = (yield a) as string;
  return [first, (yield context.df.callActivity('echo', 'z')) as string];
});

let turns = 0;
df.app.orchestration('changesItsMind', function* (context) {
  turns += 1;
  if (turns > 1) yield context.df.createTimer(after(context, 10));
  else yield context.df.callActivity('echo', 1);
  return 1;
});

df.app.orchestration('steps', function* (context) {
  const { n, ms } = context.df.getInput<{ n: number; ms: number }>();
  const values: number[] = [];
  for (let step = 0; step < n; step++)
    values.push((yield context.df.callActivity('slow', { value: step, ms })) as number);
  return values;
});

df.app.orchestration('slowFanOut', function* (context) {
  const { n, ms } = context.df.getInput<{ n: number; ms: number }>();
  const tasks = Array.from({ length: n }, (_, value) => context.df.callActivity('slow', { value, ms }));
  return ((yield context.df.Task.all(tasks)) as number[]).length;
});

df.app.orchestration('entities', function* (context) {
  const counter = new df.EntityId('Counter', context.df.getInput<{ key: string }>().key);
  context.df.signalEntity(counter, 'add', 5);
  yield context.df.callEntity(counter, 'add', 7);
  const value = (yield context.df.callEntity(counter, 'get')) as number;
  return { value, last: (yield context.df.callActivity('echo', 'after')) as string };
});

df.app.orchestration('locks', function* (context) {
  const { key } = context.df.getInput<{ key: string }>();
  const [one, two] = [new df.EntityId('Counter', `${key}1`), new df.EntityId('Counter', `${key}2`)];
  const lock = (yield context.df.lock(one, two)) as df.DurableLock;
  const before = (yield context.df.callEntity(one, 'get')) as number;
  yield context.df.callActivity('echo', 'inside');
  yield context.df.callEntity(one, 'set', before + 1);
  lock.release();
  yield context.df.callActivity('echo', 'outside');
  return before;
});

df.app.entity('Counter', (context: EntityContext<number>) => {
  const value = context.df.getState(() => 0) ?? 0;
  switch (context.df.operationName) {
    case 'add':
      return context.df.setState(value + (context.df.getInput<number>() ?? 0));
    case 'set':
      return context.df.setState(context.df.getInput<number>() ?? 0);
    case 'get':
      return context.df.return(value);
    default:
      return undefined;
  }
});
