/**
 * The changes of one document database since it was last written out whole, as lines of JSON in files beside it. A
 * change is handed to the operating system before the call that made it returns, so that what was answered survives a
 * SIGKILL. A generation of changes is dropped only when a whole copy that holds them has taken its place; applying
 * changes that the copy holds already does no harm, because each later one is applied too.
 */
import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';

/** A document as the database numbers it. */
export interface StoredDocument {
  readonly $loki: number;
}

export type Change =
  | { readonly collection: string; readonly put: StoredDocument }
  | { readonly collection: string; readonly removed: number };

export class ChangeJournal {
  readonly #database: string;
  #generation: number;
  #file: number | undefined;
  /** The last line was cut short by a full disk: the next one must not be appended to it. */
  #isTorn = false;

  /** The journal of a database file; goes on after the generations that an earlier process left. */
  constructor(database: string) {
    this.#database = database;
    this.#generation = Math.max(0, ...this.#generations()) + 1;
  }

  /** Throws if the line could not be written whole; it then counts as not written. */
  append(change: Change): void {
    this.#file ??= openSync(this.#path(this.#generation), 'a', 0o600);
    const line = Buffer.from(`${this.#isTorn ? '\n' : ''}${JSON.stringify(change)}\n`);
    this.#isTorn = true;
    const written = writeSync(this.#file, line);
    if (written < line.length)
      throw new Error(
        `no room for the journal of ${path.basename(this.#database)}: ${written} of ${line.length} bytes`,
      );
    this.#isTorn = false;
  }

  /** Begins a new generation; the returned function drops the ones before it. */
  rotate(): () => void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    this.#isTorn = false;
    const next = this.#generation + 1;
    this.#generation = next;
    return () => {
      for (const old of this.#generations().filter((one) => one < next))
        rmSync(this.#path(old), { force: true });
    };
  }

  /** Every change that is not dropped yet, oldest first; a line that a full disk cut short was never answered for. */
  read(): Change[] {
    return this.#generations().flatMap((generation) =>
      readFileSync(this.#path(generation), 'utf8')
        .split('\n')
        .flatMap((line) => {
          try {
            return line === '' ? [] : [JSON.parse(line) as Change];
          } catch {
            return [];
          }
        }),
    );
  }

  #generations(): number[] {
    const prefix = `${path.basename(this.#database)}.changes-`;
    return readdirSync(path.dirname(this.#database))
      .filter((name) => name.startsWith(prefix))
      .map((name) => Number(name.slice(prefix.length)))
      .toSorted((a, b) => a - b);
  }

  #path(generation: number): string {
    return `${this.#database}.changes-${generation}`;
  }
}

/** A collection's documents after the changes, by number ascending. */
export function applyChanges(
  documents: readonly StoredDocument[],
  changes: readonly Change[],
): StoredDocument[] {
  const held = new Map(documents.map((document) => [document.$loki, document]));
  for (const change of changes) {
    if ('put' in change) held.set(change.put.$loki, change.put);
    else held.delete(change.removed);
  }
  return [...held.values()].toSorted((a, b) => a.$loki - b.$loki);
}
