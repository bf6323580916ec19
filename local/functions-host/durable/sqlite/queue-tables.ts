/** Messages and activities on their way, in SQLite. */
import type { EventBody } from '../history-events.ts';
import type { ActivityTable, ActivityTask, InboxTable, Message } from '../store.ts';
import type { Database, Row } from './database.ts';

function toMessage(row: Row): Message {
  return {
    id: Number(row['id']),
    executionId: row['execution'] as string | null,
    event: JSON.parse(String(row['event'])) as EventBody,
  };
}

/** The inbox of this database. */
export function sqliteInbox(db: Database): InboxTable {
  return {
    put(m) {
      db.run(
        'INSERT INTO inbox(target,execution,visible_at,task,event) VALUES(?,?,?,?,?)',
        m.target,
        m.executionId,
        m.visibleAt,
        m.taskId,
        JSON.stringify(m.event),
      );
    },
    due(target, now) {
      return db
        .all('SELECT id,execution,event FROM inbox WHERE target=? AND visible_at<=? ORDER BY id', target, now)
        .map(toMessage);
    },
    targetsDue(now) {
      return db
        .all('SELECT DISTINCT target FROM inbox WHERE visible_at<=?', now)
        .map((row) => String(row['target']));
    },
    nextVisible(now) {
      const at = db.get('SELECT MIN(visible_at) AS at FROM inbox WHERE visible_at>?', now)?.['at'];
      return typeof at === 'number' ? at : undefined;
    },
    remove(messageId) {
      db.run('DELETE FROM inbox WHERE id=?', messageId);
    },
    removeTimer(target, executionId, taskId) {
      db.run('DELETE FROM inbox WHERE target=? AND execution=? AND task=?', target, executionId, taskId);
    },
    clear(target, which) {
      if (which === 'all') db.run('DELETE FROM inbox WHERE target=?', target);
      else db.run('DELETE FROM inbox WHERE target=? AND execution IS NOT NULL', target);
    },
  };
}

function toActivity(row: Row): ActivityTask {
  return {
    instanceId: String(row['instance']),
    executionId: String(row['execution']),
    taskId: Number(row['task']),
    name: String(row['name']),
    input: row['input'] as string | null,
  };
}

const ONE_ACTIVITY = 'instance=? AND execution=? AND task=?';

/** The activity table of this database. */
export function sqliteActivities(db: Database): ActivityTable {
  return {
    put(t) {
      db.run(
        'INSERT OR IGNORE INTO activities(instance,execution,task,name,input) VALUES(?,?,?,?,?)',
        t.instanceId,
        t.executionId,
        t.taskId,
        t.name,
        t.input,
      );
    },
    has(t) {
      return (
        db.get(
          `SELECT 1 AS one FROM activities WHERE ${ONE_ACTIVITY}`,
          t.instanceId,
          t.executionId,
          t.taskId,
        ) !== undefined
      );
    },
    remove(t) {
      return (
        db.run(`DELETE FROM activities WHERE ${ONE_ACTIVITY}`, t.instanceId, t.executionId, t.taskId) > 0
      );
    },
    clear(instanceId) {
      db.run('DELETE FROM activities WHERE instance=?', instanceId);
    },
    all() {
      return db.all('SELECT * FROM activities ORDER BY id').map(toActivity);
    },
  };
}
