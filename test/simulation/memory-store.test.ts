/** The store in memory gives the durable engine what SQLite gives it: the same calls, the same answers. */
import { describe, expect, test } from 'vitest';
import type { DurableStore, Instance, NewMessage } from '../../local/functions-host/durable/store.ts';
import { openSqliteStore } from '../../local/functions-host/durable/sqlite/sqlite-store.ts';
import { openMemoryStore } from '../../simulation/engine/memory-store.ts';

const instance = (id: string, more: Partial<Instance> = {}): Instance => ({
  ...{
    id,
    name: 'work',
    executionId: 'e1',
    status: 'Running',
    input: null,
    output: null,
    customStatus: null,
  },
  ...{ createdAt: 10, updatedAt: 10, parent: null, version: '', generation: 0 },
  ...more,
});
const message = (target: string, visibleAt: number, more: Partial<NewMessage> = {}): NewMessage => ({
  ...{ target, visibleAt, executionId: 'e1', taskId: null, event: { EventType: 11, EventId: -1 } },
  ...more,
});
const task = (instanceId: string, taskId: number) => ({
  instanceId,
  executionId: 'e1',
  taskId,
  name: 'act',
  input: null,
});

/** Everything that a store can be asked, after the same work. */
async function answersOf(store: DurableStore): Promise<unknown[]> {
  await store.transact(() => {
    for (const id of ['b', 'a', 'c']) store.instances.put(instance(id, { createdAt: id.charCodeAt(0) }));
    store.history.append('a', 0, ['1', '2']);
    store.history.append('a', 2, ['3']);
    store.inbox.put(message('a', 0));
    store.inbox.put(message('a', 50, { taskId: 3 }));
    store.inbox.put(message('b', 40, { executionId: null }));
    store.activities.put(task('a', 1));
    store.activities.put(task('a', 1));
    store.activities.put(task('b', 2));
    store.timers.put('beat', { last: 'l', next: 'n', lastUpdated: 'u' });
  });
  const failure = await store
    .transact(() => {
      store.instances.remove('a');
      store.history.append('a', 3, ['4']);
      store.inbox.clear('a', 'all');
      store.activities.clear('a');
      throw new Error('taken back');
    })
    .catch((thrown: unknown) => (thrown as Error).message);
  const due = store.inbox.due('a', 60);
  const before = [
    failure,
    ...[
      store.instances.get('a'),
      store.instances.list({ createdFrom: 98 }, 1),
      store.instances.list({}, 9, 'a'),
    ],
    ...[
      store.history.read('a'),
      due.map((one) => one.event),
      store.inbox.targetsDue(45).toSorted(),
      store.inbox.nextVisible(0),
    ],
    ...[store.activities.all(), store.activities.has(task('b', 2)), store.timers.get('beat')],
  ];
  await store.transact(() => {
    store.inbox.remove(due[0]!.id);
    store.inbox.removeTimer('a', 'e1', 3);
    store.inbox.clear('b', 'bound');
    store.history.clear('a');
    store.instances.remove('c');
  });
  let removed: boolean[] = [];
  await store.transact(() => {
    removed = [store.activities.remove(task('b', 2)), store.activities.remove(task('b', 2))];
  });
  return [
    ...before,
    ...[store.inbox.due('a', 60), store.inbox.due('b', 60).length, store.inbox.nextVisible(40), removed],
    ...[store.history.read('a'), store.instances.list({ statuses: ['Running'], idPrefix: 'b' }, 9)],
  ];
}

describe('the store in memory', () => {
  test('answers as SQLite does, also after a transaction that was taken back', async () => {
    const sqlite = openSqliteStore(':memory:');
    try {
      expect(await answersOf(openMemoryStore())).toEqual(await answersOf(sqlite));
    } finally {
      sqlite.close();
    }
  });
});
