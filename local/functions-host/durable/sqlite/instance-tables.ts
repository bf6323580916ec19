/** Instances and their histories in SQLite. */
import type { SQLInputValue } from 'node:sqlite';
import type {
  HistoryTable,
  Instance,
  InstanceFilter,
  InstanceTable,
  ParentLink,
  RuntimeStatus,
} from '../store.ts';
import type { Database, Row } from './database.ts';

function toInstance(row: Row): Instance {
  return {
    id: String(row['id']),
    name: String(row['name']),
    executionId: String(row['execution']),
    status: row['status'] as RuntimeStatus,
    input: row['input'] as string | null,
    output: row['output'] as string | null,
    customStatus: row['custom_status'] as string | null,
    createdAt: Number(row['created_at']),
    updatedAt: Number(row['updated_at']),
    parent: row['parent'] === null ? null : (JSON.parse(String(row['parent'])) as ParentLink),
    version: String(row['version']),
    generation: Number(row['generation']),
  };
}

function conditionsOf(filter: InstanceFilter, afterId?: string): { where: string; values: SQLInputValue[] } {
  const conditions: [string, SQLInputValue[]][] = [];
  if (filter.createdFrom !== undefined) conditions.push(['created_at >= ?', [filter.createdFrom]]);
  if (filter.createdTo !== undefined) conditions.push(['created_at <= ?', [filter.createdTo]]);
  if (filter.statuses !== undefined) {
    conditions.push([`status IN (${filter.statuses.map(() => '?').join(',')})`, [...filter.statuses]]);
  }
  if (filter.idPrefix !== undefined)
    conditions.push(['substr(id, 1, ?) = ?', [filter.idPrefix.length, filter.idPrefix]]);
  if (afterId !== undefined) conditions.push(['id > ?', [afterId]]);
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.map(([sql]) => sql).join(' AND ')}`;
  return { where, values: conditions.flatMap(([, values]) => values) };
}

/** The instance table of this database. */
export function sqliteInstances(db: Database): InstanceTable {
  return {
    get(id) {
      const row = db.get('SELECT * FROM instances WHERE id=?', id);
      return row === undefined ? undefined : toInstance(row);
    },
    put(i) {
      db.run(
        'INSERT OR REPLACE INTO instances(id,name,execution,status,input,output,custom_status,created_at,updated_at,parent,version,generation) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)',
        i.id,
        i.name,
        i.executionId,
        i.status,
        i.input,
        i.output,
        i.customStatus,
        i.createdAt,
        i.updatedAt,
        i.parent === null ? null : JSON.stringify(i.parent),
        i.version,
        i.generation,
      );
    },
    remove(id) {
      db.run('DELETE FROM instances WHERE id=?', id);
    },
    list(filter, limit, afterId) {
      const { where, values } = conditionsOf(filter, afterId);
      return db.all(`SELECT * FROM instances ${where} ORDER BY id LIMIT ?`, ...values, limit).map(toInstance);
    },
  };
}

/** The history table of this database. */
export function sqliteHistory(db: Database): HistoryTable {
  return {
    read(instanceId) {
      const rows = db.all('SELECT event FROM history WHERE instance=? ORDER BY position', instanceId);
      return rows.map((row) => String(row['event']));
    },
    append(instanceId, firstPosition, events) {
      for (const [index, event] of events.entries()) {
        db.run(
          'INSERT INTO history(instance,position,event) VALUES(?,?,?)',
          instanceId,
          firstPosition + index,
          event,
        );
      }
    },
    clear(instanceId) {
      db.run('DELETE FROM history WHERE instance=?', instanceId);
    },
  };
}
