/**
 * The connections to one account: used again, the last one first; how many there are is bounded by who takes them. One
 * timer looks after all of them: a timer of its own for each would have to be moved with every read and write.
 */
import { Connection, looksPerSilence } from './connection.ts';
import type { ConnectionTraits } from './socket.ts';

export class ConnectionPool {
  readonly #traits: ConnectionTraits;
  readonly #idle: Connection[] = [];
  readonly #all = new Set<Connection>();
  #timer: NodeJS.Timeout | undefined;

  constructor(traits: ConnectionTraits) {
    this.#traits = traits;
  }

  /** A connection nobody else uses; `isNew`: one that was not used before either. */
  take(isNew = false): Connection {
    const idle = isNew ? undefined : this.#usable();
    if (idle !== undefined) return idle;
    const made = new Connection(this.#traits);
    this.#all.add(made);
    this.#timer ??= setInterval(
      () => this.#look(),
      this.#traits.settings.silenceMilliseconds / looksPerSilence,
    ).unref();
    return made;
  }

  #usable(): Connection | undefined {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.isUsable) return idle;
      this.#all.delete(idle);
    }
    return undefined;
  }

  /** Takes a connection back. */
  give(connection: Connection): void {
    if (connection.isUsable) this.#idle.push(connection);
    else this.#all.delete(connection);
  }

  /** Closes every connection; requests under way break. */
  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const connection of this.#all) connection.close();
    this.#all.clear();
    this.#idle.length = 0;
  }

  #look(): void {
    for (const connection of this.#all) connection.look();
  }
}
