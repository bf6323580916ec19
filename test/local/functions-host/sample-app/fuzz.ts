/**
 * A random orchestration from a seed: trees of any and all over activities, retries, timers, children and entity
 * calls, some of which fail. Every task that completed must hold the value it was created for: a task that got
 * another one's result means that host and library number tasks differently.
 */
import * as df from 'durable-functions';
import type { OrchestrationContext, Task } from 'durable-functions';

/** Numbers from 0 to 1 that depend on the seed alone (Mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Unreliable {
  readonly key: string;
  readonly ms: number;
  readonly failures: number;
  readonly value: number;
}

const attempts = new Map<string, number>();

/** Fails its first `failures` attempts. */
export async function unreliable({ key, ms, failures, value }: Unreliable): Promise<number> {
  const attempt = (attempts.get(key) ?? 0) + 1;
  attempts.set(key, attempt);
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
  if (attempt <= failures) throw new Error(`failure ${attempt}`);
  attempts.delete(key);
  return value;
}

/** A child that fails or returns its value. */
export function* fuzzChild(context: OrchestrationContext) {
  const { ms, fails, value } = context.df.getInput<{ ms: number; fails: boolean; value: number }>();
  const input: Unreliable = { key: context.df.instanceId, ms, failures: fails ? 9 : 0, value };
  return (yield context.df.callActivity('unreliable', input)) as number;
}

class Fuzz {
  readonly created: { readonly task: Task; readonly value: number }[] = [];
  readonly #context: OrchestrationContext;
  readonly random: () => number;
  #next = 0;

  constructor(context: OrchestrationContext, random: () => number) {
    this.#context = context;
    this.random = random;
  }

  timer(): Task {
    const at = this.#context.df.currentUtcDateTime.getTime() + 1 + this.#below(60);
    return this.#context.df.createTimer(new Date(at));
  }

  tree(depth: number): Task {
    if (depth === 0 || this.random() < 0.5) return this.#leaf();
    const children = Array.from({ length: 1 + this.#below(4) }, () => this.tree(depth - 1));
    return this.random() < 0.5 ? this.#context.df.Task.any(children) : this.#context.df.Task.all(children);
  }

  #below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  #expect(task: Task, value: number): Task {
    this.created.push({ task, value });
    return task;
  }

  #leaf(): Task {
    const { df: durable } = this.#context;
    const value = this.#next++;
    const ms = this.random() < 0.3 ? this.#below(20) : 0;
    const pick = this.random();
    const input = { key: `${durable.instanceId}.${value}`, ms, value };
    const child = { ms, fails: this.random() < 0.25, value };
    if (pick < 0.35)
      return this.#expect(
        durable.callActivity('unreliable', { ...input, failures: this.random() < 0.15 ? 9 : 0 }),
        value,
      );
    if (pick < 0.6)
      return this.#expect(
        durable.callActivityWithRetry('unreliable', this.#retry(), { ...input, failures: this.#below(4) }),
        value,
      );
    if (pick < 0.75) return this.timer();
    if (pick < 0.85) return this.#expect(durable.callSubOrchestrator('fuzzChild', child), value);
    if (pick < 0.93)
      return this.#expect(
        durable.callSubOrchestratorWithRetry('fuzzChild', new df.RetryOptions(5, 2), child),
        value,
      );
    return durable.callEntity(new df.EntityId('Counter', `fuzz${value % 3}`), 'add', 1);
  }

  #retry(): df.RetryOptions {
    return new df.RetryOptions(1 + this.#below(20), 1 + this.#below(3));
  }
}

/** The random orchestration; returns how many completed tasks were checked. */
export function* fuzz(context: OrchestrationContext) {
  const run = new Fuzz(context, seededRandom(context.df.getInput<{ seed: number }>().seed));
  const steps = 2 + Math.floor(run.random() * 8);
  for (let step = 0; step < steps; step++) {
    if (run.random() < 0.15) context.df.signalEntity(new df.EntityId('Counter', 'signaled'), 'add', 1);
    const task = run.tree(2);
    try {
      yield task;
    } catch {
      // Failing tasks are part of the game; what counts is that numbering goes on right.
    }
    if (run.random() < 0.2) yield task.isFaulted ? run.timer() : task;
  }
  const completed = run.created.filter(({ task }) => task.isCompleted);
  const wrong = completed.find(({ task, value }) => task.result !== value);
  if (wrong !== undefined)
    throw new Error(`MISALIGNED task ${wrong.value} got ${JSON.stringify(wrong.task.result)}`);
  return completed.length;
}
