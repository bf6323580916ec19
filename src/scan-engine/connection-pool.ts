/** The connections to one account: used again, the last one first; how many there are is bounded by who takes them. */
import { Connection, type ConnectionTraits } from './connection.ts';

export class ConnectionPool {
  readonly #traits: ConnectionTraits;
  readonly #idle: Connection[] = [];
  readonly #all = new Set<Connection>();

  constructor(traits: ConnectionTraits) {
    this.#traits = traits;
  }

  /** A connection nobody else uses; `isNew`: one that was not used before either. */
  take(isNew = false): Connection {
    const idle = isNew ? undefined : this.#usable();
    if (idle !== undefined) return idle;
    const made = new Connection(this.#traits);
    this.#all.add(made);
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
    for (const connection of this.#all) connection.close();
    this.#all.clear();
    this.#idle.length = 0;
  }
}
