/** The tables of a task hub. `user_version` is the schema's version; a later one must migrate from here. */

/** Creates what is missing. */
export const schema = `
PRAGMA user_version=1;
CREATE TABLE IF NOT EXISTS instances(
  id TEXT PRIMARY KEY, name TEXT NOT NULL, execution TEXT NOT NULL, status TEXT NOT NULL,
  input TEXT, output TEXT, custom_status TEXT, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  parent TEXT, version TEXT NOT NULL, generation INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS instances_created ON instances(created_at);
CREATE TABLE IF NOT EXISTS history(
  instance TEXT NOT NULL, position INTEGER NOT NULL, event TEXT NOT NULL,
  PRIMARY KEY(instance, position)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS inbox(
  id INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, execution TEXT, visible_at INTEGER NOT NULL,
  task INTEGER, event TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS inbox_target ON inbox(target, id);
CREATE INDEX IF NOT EXISTS inbox_visible ON inbox(visible_at);
CREATE TABLE IF NOT EXISTS activities(
  id INTEGER PRIMARY KEY AUTOINCREMENT, instance TEXT NOT NULL, execution TEXT NOT NULL, task INTEGER NOT NULL,
  name TEXT NOT NULL, input TEXT, UNIQUE(instance, execution, task));
CREATE TABLE IF NOT EXISTS entities(
  id TEXT PRIMARY KEY, present INTEGER NOT NULL, state TEXT, locked_by TEXT, queue TEXT,
  updated_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS timers(
  function TEXT PRIMARY KEY, last TEXT NOT NULL, next TEXT NOT NULL, last_updated TEXT NOT NULL) WITHOUT ROWID;
`;
