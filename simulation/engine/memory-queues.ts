/** Messages and activities on their way, in memory. Every change leaves in `undo` how it is taken back. */
import type {
  ActivityTable,
  ActivityTask,
  InboxTable,
  Message,
  NewMessage,
} from '../../local/functions-host/durable/store.ts';

/** How the changes of the open transaction are taken back, the last one first. */
export type Undo = (() => unknown)[];

interface Queued extends NewMessage {
  readonly id: number;
}

export class MemoryInbox implements InboxTable {
  readonly #byTarget = new Map<string, Queued[]>();
  readonly #byId = new Map<number, Queued>();
  readonly #undo: Undo;
  #ids = 0;

  constructor(undo: Undo) {
    this.#undo = undo;
  }

  put(message: NewMessage): void {
    const queued = { ...message, id: (this.#ids += 1) };
    this.#byId.set(queued.id, queued);
    this.#change(message.target, [...this.#of(message.target), queued]);
  }

  due(target: string, now: number): Message[] {
    return this.#of(target).filter((one) => one.visibleAt <= now);
  }

  targetsDue(now: number): string[] {
    const due: string[] = [];
    for (const [target, queue] of this.#byTarget)
      if (queue.some((one) => one.visibleAt <= now)) due.push(target);
    return due;
  }

  nextVisible(now: number): number | undefined {
    let next = Infinity;
    for (const queue of this.#byTarget.values())
      for (const one of queue) if (one.visibleAt > now && one.visibleAt < next) next = one.visibleAt;
    return next === Infinity ? undefined : next;
  }

  remove(messageId: number): void {
    const found = this.#byId.get(messageId);
    if (found !== undefined) this.#keep(found.target, (one) => one.id !== messageId);
  }

  removeTimer(target: string, executionId: string, taskId: number): void {
    this.#keep(target, (one) => one.executionId !== executionId || one.taskId !== taskId);
  }

  clear(target: string, which: 'bound' | 'all'): void {
    this.#keep(target, (one) => which === 'bound' && one.executionId === null);
  }

  #of(target: string): readonly Queued[] {
    return this.#byTarget.get(target) ?? [];
  }

  #keep(target: string, isKept: (one: Queued) => boolean): void {
    const before = this.#of(target);
    if (before.length === 0) return;
    const kept: Queued[] = [];
    for (const one of before) {
      if (isKept(one)) kept.push(one);
      else this.#byId.delete(one.id);
    }
    this.#change(target, kept);
  }

  #change(target: string, queue: Queued[]): void {
    const before = this.#of(target);
    this.#undo.push(() => {
      this.#set(target, [...before]);
      for (const one of before) this.#byId.set(one.id, one);
    });
    this.#set(target, queue);
  }

  #set(target: string, queue: Queued[]): void {
    if (queue.length === 0) this.#byTarget.delete(target);
    else this.#byTarget.set(target, queue);
  }
}

const keyOf = ({ instanceId, executionId, taskId }: ActivityTask): string =>
  `${instanceId}|${executionId}|${taskId}`;

export class MemoryActivities implements ActivityTable {
  /** With the number of its arrival, which a transaction that is taken back must not change. */
  readonly #tasks = new Map<string, { readonly task: ActivityTask; readonly order: number }>();
  readonly #undo: Undo;

  #arrivals = 0;

  constructor(undo: Undo) {
    this.#undo = undo;
  }

  put(task: ActivityTask): void {
    const key = keyOf(task);
    if (this.#tasks.has(key)) return;
    this.#undo.push(() => this.#tasks.delete(key));
    this.#tasks.set(key, { task, order: (this.#arrivals += 1) });
  }

  has(task: ActivityTask): boolean {
    return this.#tasks.has(keyOf(task));
  }

  remove(task: ActivityTask): boolean {
    const key = keyOf(task);
    const before = this.#tasks.get(key);
    if (before === undefined) return false;
    this.#undo.push(() => this.#tasks.set(key, before));
    return this.#tasks.delete(key);
  }

  clear(instanceId: string): void {
    for (const { task } of [...this.#tasks.values()]) if (task.instanceId === instanceId) this.remove(task);
  }

  all(): ActivityTask[] {
    const inOrder = [...this.#tasks.values()].toSorted((a, b) => a.order - b.order);
    return inOrder.map(({ task }) => task);
  }
}
