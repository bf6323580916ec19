/**
 * The task hub's store in memory, with the guarantees that the durable engine needs of any: a transaction happens as a
 * whole or not at all, and what a resolved promise promised is read by everybody. It outlives every process.
 */
import {
  isTerminal,
  type DurableStore,
  type EntityRecord,
  type Instance,
  type InstanceFilter,
  type TimerStatus,
} from '../../local/functions-host/durable/store.ts';
import { MemoryActivities, MemoryInbox, type Undo } from './memory-queues.ts';

/** Opens an empty store. */
export function openMemoryStore(): DurableStore {
  const undo: Undo = [];
  const instances = new Map<string, Instance>();
  const histories = new Map<string, string[]>();
  const entities = new Map<string, EntityRecord>();
  const timers = new Map<string, TimerStatus>();
  const put = <T>(table: Map<string, T>, id: string, value: T | undefined): void => {
    const before = table.get(id);
    undo.push(() => (before === undefined ? table.delete(id) : table.set(id, before)));
    if (value === undefined) table.delete(id);
    else table.set(id, value);
  };
  return {
    instances: {
      get: (id) => instances.get(id),
      put: (instance) => put(instances, instance.id, instance),
      remove: (id) => put(instances, id, undefined),
      list: (filter, limit, afterId) => listInstances(instances, filter, limit, afterId),
    },
    history: {
      read: (id) => [...(histories.get(id) ?? [])],
      append: (id, first, events) => {
        const standing = histories.get(id) ?? [];
        if (standing.length !== first) throw new Error(`the history of ${id} has a gap at ${first}`);
        undo.push(() => standing.splice(first));
        histories.set(id, standing);
        standing.push(...events);
      },
      clear: (id) => put(histories, id, undefined),
    },
    inbox: new MemoryInbox(undo),
    activities: new MemoryActivities(undo),
    entities: {
      get: (id) => entities.get(id),
      put: (entity) => put(entities, entity.id, entity),
      list: (name) => {
        const prefix = name === undefined ? '@' : `@${name.toLowerCase()}@`;
        return inOrder([...entities.values()].filter((one) => one.exists && one.id.startsWith(prefix)));
      },
      withQueue: () =>
        [...entities.values()]
          .filter((one) => one.queue !== null && one.lockedBy === null)
          .map((one) => one.id),
    },
    timers: { get: (name) => timers.get(name), put: (name, status) => put(timers, name, status) },
    transact: (work) => transact(undo, work),
    close: () => undefined,
  };
}

/** The promise settles after the work was done or taken back as a whole. */
async function transact(undo: Undo, work: () => void): Promise<void> {
  undo.length = 0;
  try {
    work();
  } catch (thrown) {
    for (const back of undo.toReversed()) back();
    throw thrown;
  } finally {
    undo.length = 0;
  }
}

const inOrder = <T extends { readonly id: string }>(list: readonly T[]): T[] =>
  list.toSorted((a, b) => (a.id < b.id ? -1 : 1));

function listInstances(
  instances: ReadonlyMap<string, Instance>,
  filter: InstanceFilter,
  limit: number,
  afterId?: string,
): Instance[] {
  const { createdFrom = 0, createdTo = Infinity, statuses, idPrefix = '' } = filter;
  const found: Instance[] = [];
  for (const one of instances.values())
    if (
      one.createdAt >= createdFrom &&
      one.createdAt <= createdTo &&
      (statuses === undefined || statuses.includes(one.status)) &&
      one.id.startsWith(idPrefix) &&
      (afterId === undefined || one.id > afterId)
    )
      found.push(one);
  return inOrder(found).slice(0, limit);
}

/** How many instances have not ended. */
export const unendedIn = (store: DurableStore): Instance[] =>
  store.instances.list({}, Infinity).filter((one) => !isTerminal(one.status));
