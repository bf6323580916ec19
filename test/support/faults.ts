/**
 * Faults at the boundary of a port: for the n-th call of a method throw before its effect, throw after it (the answer
 * is lost), or have it arrive twice. Every call is recorded whether or not it is disturbed.
 */
import { Failure } from '../../src/policy/failure.ts';

export type Fault = 'before' | 'after' | 'double';

interface Order {
  readonly method: string;
  readonly fault: Fault;
  readonly error: Error;
  times: number;
  skip: number;
}

export class Faults {
  readonly calls: string[] = [];
  readonly #orders: Order[] = [];

  /** Disturbs the next `times` calls of a method whose label contains the text, after letting `skip` of them through. */
  on(method: string, fault: Fault, options: { error?: Error; times?: number; skip?: number } = {}): this {
    const error = options.error ?? new Failure('unavailable', `${method} is disturbed`, 'It passes.');
    this.#orders.push({ method, fault, error, times: options.times ?? 1, skip: options.skip ?? 0 });
    return this;
  }

  /** How many calls had a label that contains the text. */
  count(text: string): number {
    return this.calls.filter((label) => label.includes(text)).length;
  }

  /** Runs a port's method under its label. */
  async run<T>(label: string, work: () => T | Promise<T>): Promise<T> {
    this.calls.push(label);
    const order = this.#next(label);
    if (order?.fault === 'before') throw order.error;
    const value = await work();
    if (order?.fault === 'after') throw order.error;
    if (order?.fault === 'double') return await work();
    return value;
  }

  #next(label: string): Order | undefined {
    for (const order of this.#orders) {
      if (order.times === 0 || !label.includes(order.method)) continue;
      if (order.skip > 0) {
        order.skip -= 1;
        continue;
      }
      order.times -= 1;
      return order;
    }
    return undefined;
  }
}
