/**
 * One SQLite file held by one process. Transactions asked for in the same turn of the event loop share one commit
 * (`synchronous=FULL`, one fsync); if that commit fails each is tried alone, so that one bad transaction does not
 * fail its neighbours. `locking_mode=EXCLUSIVE` keeps a second host off the same file until this process ends,
 * however it ends.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { ExitCode, HostFailure, messageOf } from '../../host-failure.ts';
import { schema } from './schema.ts';

interface Pending {
  readonly work: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A row as SQLite returns it. */
export type Row = Record<string, string | number | null>;

/** An open database with cached statements and grouped commits. */
export class Database {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #queue: Pending[] = [];
  #closed = false;

  constructor(file: string) {
    this.#db = openExclusively(file);
  }

  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#prepare(sql).get(...values) as Row | undefined;
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#prepare(sql).all(...values) as Row[];
  }

  transact(work: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new Error('The store is closed.'));
      this.#queue.push({ work, resolve, reject });
      if (this.#queue.length === 1) setImmediate(() => this.#commitQueued());
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#commitQueued();
    this.#closed = true;
    this.#db.close();
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #commitQueued(): void {
    const batch = this.#queue;
    this.#queue = [];
    const [first, second] = batch;
    if (first === undefined) return;
    try {
      this.#commit(batch);
    } catch (error) {
      if (second === undefined) return first.reject(error);
      for (const pending of batch) this.#commitAlone(pending);
      return;
    }
    for (const pending of batch) pending.resolve();
  }

  #commitAlone(pending: Pending): void {
    try {
      this.#commit([pending]);
    } catch (error) {
      return pending.reject(error);
    }
    pending.resolve();
  }

  #commit(batch: readonly Pending[]): void {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      for (const { work } of batch) work();
      this.#db.exec('COMMIT');
    } catch (error) {
      // A full disk may already have rolled the transaction back by itself.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }
}

function openExclusively(file: string): DatabaseSync {
  const db = new DatabaseSync(file);
  try {
    db.exec('PRAGMA locking_mode=EXCLUSIVE; PRAGMA busy_timeout=1000');
    db.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536');
    db.exec(`BEGIN EXCLUSIVE; ${schema} COMMIT`);
  } catch (error) {
    db.close();
    throw explainOpenFailure(file, error);
  }
  return db;
}

function explainOpenFailure(file: string, error: unknown): HostFailure {
  if (/database is locked/.test(messageOf(error))) {
    return new HostFailure(
      ExitCode.stateInUse,
      `Another host is using the state in ${file}. Stop it, or start this one with its own --state folder.`,
      { cause: error },
    );
  }
  return new HostFailure(
    ExitCode.appFailed,
    `The state in ${file} cannot be opened (${messageOf(error)}). Check the folder's permissions and free space, or move the file away to start over.`,
    { cause: error },
  );
}
