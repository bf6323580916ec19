/**
 * What every blob of a modelled account has been, in one SQLite file: a row for each content and for each deletion, in
 * the order of their ids (instants that never repeat). A row says where its content is: `kept` names a copy in the
 * hidden container, no `kept` on the newest row means that it is what stands in the blob store. The secondary shows the
 * newest row up to its Last Sync Time; `replica` is what it has instead, where it differs. What was recorded before an
 * answer was given survives a SIGKILL.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { BlobName } from './address.ts';

/** One content of a blob, or its deletion. */
export interface Entry {
  readonly name: string;
  readonly id: string;
  readonly isDeletion: boolean;
  readonly kept: string | null;
  /** What the secondary has instead; empty if it has lost it. */
  readonly replica: string | null;
  /** Whether the content is gone from where it was stored. */
  readonly isLost: boolean;
  readonly etag: string;
  readonly size: number;
  readonly modified: string;
  /** When the blob was made, where that is not what the blob store says. */
  readonly created: string | null;
}

const schema = `
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS entry (
  account TEXT NOT NULL, container TEXT NOT NULL, name TEXT NOT NULL, id TEXT NOT NULL,
  isDeletion INTEGER NOT NULL, kept TEXT, replica TEXT, isLost INTEGER NOT NULL DEFAULT 0,
  etag TEXT NOT NULL, size INTEGER NOT NULL, modified TEXT NOT NULL, created TEXT,
  PRIMARY KEY (account, container, name, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS replication (account TEXT PRIMARY KEY, lagMs INTEGER NOT NULL, syncedTo INTEGER NOT NULL) STRICT;
`;

const highest = '\u{10FFFF}';

export class History {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  readonly #now: () => number;
  #lastId = '';

  constructor(stateFolder: string, now: () => number) {
    mkdirSync(stateFolder, { recursive: true });
    this.#db = new DatabaseSync(path.join(stateFolder, 'history.sqlite'));
    this.#db.exec(schema);
    this.#now = now;
    this.#lastId = (this.#get('SELECT max(id) AS id FROM entry')?.['id'] as string | null) ?? '';
  }

  /** The newest entry of a blob, or the newest one that is not after `id`. */
  newest({ account, container, name }: BlobName, id = highest): Entry | undefined {
    const sql =
      'SELECT * FROM entry WHERE account=? AND container=? AND name=? AND id<=? ORDER BY id DESC LIMIT 1';
    return entryOf(this.#get(sql, account, container, name, id));
  }

  /** Every entry of a blob, the oldest first. */
  all({ account, container, name }: BlobName): Entry[] {
    const sql = 'SELECT * FROM entry WHERE account=? AND container=? AND name=? ORDER BY id';
    return this.#all(sql, account, container, name);
  }

  /** Every entry below a prefix, by name and age. */
  under(account: string, container: string, prefix: string): Entry[] {
    const sql =
      'SELECT * FROM entry WHERE account=? AND container=? AND name>=? AND name<=? ORDER BY name, id';
    return this.#all(sql, account, container, prefix, prefix + highest);
  }

  /** Records what a blob has become; the entry's id. */
  add(
    { account, container, name }: BlobName,
    entry: Partial<Pick<Entry, 'isDeletion' | 'kept' | 'etag' | 'size' | 'modified' | 'created'>>,
  ): string {
    const id = this.#nextId();
    const { isDeletion = false, kept = null, etag = '', size = 0, created = null } = entry;
    const modified = entry.modified ?? new Date(this.#now()).toUTCString();
    const sql =
      'INSERT INTO entry (account, container, name, id, isDeletion, kept, etag, size, modified, created) VALUES (?,?,?,?,?,?,?,?,?,?)';
    this.#run(sql, account, container, name, id, Number(isDeletion), kept, etag, size, modified, created);
    return id;
  }

  /** Records a content that a blob had so long ago. */
  addEarlier(
    { account, container, name }: BlobName,
    agoSeconds: number,
    { kept, size }: { readonly kept: string; readonly size: number },
  ): void {
    const at = new Date(this.#now() - agoSeconds * 1000);
    const id = `${at.toISOString().slice(0, -1)}0000Z`;
    const sql =
      'INSERT INTO entry (account, container, name, id, isDeletion, kept, etag, size, modified) VALUES (?,?,?,?,0,?,?,?,?)';
    this.#run(sql, account, container, name, id, kept, `"${kept}"`, size, at.toUTCString());
  }

  /** Changes where an entry's content is, or what is told of it. */
  change(
    { account, container, name }: BlobName,
    id: string,
    changes: Partial<Pick<Entry, 'kept' | 'replica' | 'etag' | 'size' | 'isLost'>>,
  ): void {
    for (const [column, value] of Object.entries(changes)) {
      const sql = `UPDATE entry SET ${column}=? WHERE account=? AND container=? AND name=? AND id=?`;
      this.#run(sql, typeof value === 'boolean' ? Number(value) : value, account, container, name, id);
    }
  }

  /** Forgets a container that was deleted. */
  forget(account: string, container: string): void {
    this.#run('DELETE FROM entry WHERE account=? AND container=?', account, container);
  }

  /** The instant up to which the secondary has everything; it never goes back. */
  syncedTo(account: string, lagSeconds: number): number {
    const set = this.#get('SELECT lagMs, syncedTo FROM replication WHERE account=?', account);
    const lagMs = (set?.['lagMs'] as number | undefined) ?? lagSeconds * 1000;
    return Math.max((set?.['syncedTo'] as number | undefined) ?? 0, this.#now() - lagMs);
  }

  /** Sets the lag from now on. */
  setLag(account: string, before: number, lagSeconds: number): void {
    const sql =
      'INSERT INTO replication VALUES (?,?,?) ON CONFLICT DO UPDATE SET lagMs=excluded.lagMs, syncedTo=excluded.syncedTo';
    this.#run(sql, account, Math.round(lagSeconds * 1000), this.syncedTo(account, before));
  }

  close(): void {
    this.#db.close();
  }

  /** An instant with seven digits, as the service writes version ids, after every earlier one. */
  #nextId(): string {
    const now = `${new Date(this.#now()).toISOString().slice(0, -1)}0000Z`;
    this.#lastId = now > this.#lastId ? now : after(this.#lastId);
    return this.#lastId;
  }

  #run(sql: string, ...values: SQLInputValue[]): void {
    this.#prepare(sql).run(...values);
  }

  #get(sql: string, ...values: SQLInputValue[]): Record<string, unknown> | undefined {
    return this.#prepare(sql).get(...values);
  }

  #all(sql: string, ...values: SQLInputValue[]): Entry[] {
    return this.#prepare(sql)
      .all(...values)
      .map((row) => entryOf(row) as Entry);
  }

  #prepare(sql: string): ReturnType<DatabaseSync['prepare']> {
    const known = this.#statements.get(sql) ?? this.#db.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }
}

/** The id for an instant: no entry made after it has a smaller one. */
export const idAt = (instant: number): string => `${new Date(instant).toISOString().slice(0, -1)}9999Z`;

function entryOf(row: Record<string, unknown> | undefined): Entry | undefined {
  if (row === undefined) return undefined;
  return { ...(row as unknown as Entry), isDeletion: row['isDeletion'] === 1, isLost: row['isLost'] === 1 };
}

/** The next id in the same millisecond, or in the next one. */
function after(id: string): string {
  const fraction = Number(id.slice(23, 27)) + 1;
  if (fraction < 9999) return `${id.slice(0, 23)}${String(fraction).padStart(4, '0')}Z`;
  return `${new Date(Date.parse(`${id.slice(0, 23)}Z`) + 1).toISOString().slice(0, -1)}0000Z`;
}
