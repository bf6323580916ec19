/** The task hub in one SQLite file, or in memory (`:memory:`) for tests and simulation. */
import type { DurableStore, EntityRecord, EntityTable, TimerStatusTable } from '../store.ts';
import { Database, type Row } from './database.ts';
import { sqliteHistory, sqliteInstances } from './instance-tables.ts';
import { sqliteActivities, sqliteInbox } from './queue-tables.ts';

function toEntity(row: Row): EntityRecord {
  return {
    id: String(row['id']),
    exists: row['present'] === 1,
    state: row['state'] as string | null,
    lockedBy: row['locked_by'] as string | null,
    queue: row['queue'] as string | null,
    updatedAt: Number(row['updated_at']),
  };
}

function sqliteEntities(db: Database): EntityTable {
  return {
    get(id) {
      const row = db.get('SELECT * FROM entities WHERE id=?', id);
      return row === undefined ? undefined : toEntity(row);
    },
    put(e) {
      db.run(
        'INSERT OR REPLACE INTO entities(id,present,state,locked_by,queue,updated_at) VALUES(?,?,?,?,?,?)',
        e.id,
        e.exists ? 1 : 0,
        e.state,
        e.lockedBy,
        e.queue,
        e.updatedAt,
      );
    },
    list(name) {
      const prefix = name === undefined ? '@' : `@${name.toLowerCase()}@`;
      return db
        .all(
          'SELECT * FROM entities WHERE present=1 AND substr(id, 1, ?)=? ORDER BY id',
          prefix.length,
          prefix,
        )
        .map(toEntity);
    },
    withQueue() {
      return db
        .all('SELECT id FROM entities WHERE queue IS NOT NULL AND locked_by IS NULL')
        .map((row) => String(row['id']));
    },
  };
}

function sqliteTimers(db: Database): TimerStatusTable {
  return {
    get(functionName) {
      const row = db.get('SELECT * FROM timers WHERE function=?', functionName);
      if (row === undefined) return undefined;
      return {
        last: String(row['last']),
        next: String(row['next']),
        lastUpdated: String(row['last_updated']),
      };
    },
    put(functionName, s) {
      db.run(
        'INSERT OR REPLACE INTO timers(function,last,next,last_updated) VALUES(?,?,?,?)',
        functionName,
        s.last,
        s.next,
        s.lastUpdated,
      );
    },
  };
}

/** Opens the store; throws HostFailure if another process holds it or the file cannot be used. */
export function openSqliteStore(file: string): DurableStore {
  const db = new Database(file);
  return {
    instances: sqliteInstances(db),
    history: sqliteHistory(db),
    inbox: sqliteInbox(db),
    activities: sqliteActivities(db),
    entities: sqliteEntities(db),
    timers: sqliteTimers(db),
    transact: (work) => db.transact(work),
    close: () => db.close(),
  };
}
