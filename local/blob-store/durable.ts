/**
 * Preloaded into the blob store: makes what it has answered survive a SIGKILL. By itself it writes its metadata out
 * every five seconds only, and a kill takes the blobs of the last seconds with it, which no storage service does. Here
 * every change of a document goes into a journal at once, and the journal is applied when the database is loaded.
 *
 * And lets a connection live on whose request was refused in the middle of its body, for want of room for instance: by
 * itself it stops reading there, and never sees the request that comes next.
 */
import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import { applyChanges, ChangeJournal, type Change, type StoredDocument } from './change-journal.ts';

interface Collection {
  readonly name: string;
  readonly data: StoredDocument[];
  ensureAllIndexes(force: boolean): void;
}

interface Database {
  readonly filename: string;
  readonly collections: Collection[];
}

interface StoredCollection {
  readonly name: string;
  data: StoredDocument[];
  maxId: number;
}

/* oxlint-disable-next-line typescript/no-explicit-any -- the methods of a package without types */
type Method = (this: any, ...args: any[]) => any;
interface Class {
  readonly prototype: Record<string, Method>;
}

const azurite = createRequire(import.meta.url).resolve('azurite/package.json');
const Loki = createRequire(azurite)('lokijs') as Class & {
  readonly Collection: Class;
  readonly LokiFsAdapter: Class;
};

const owners = new WeakMap<Collection, Database>();
const journals = new Map<string, ChangeJournal>();

function journalOf(file: string): ChangeJournal {
  const journal = journals.get(file) ?? new ChangeJournal(file);
  journals.set(file, journal);
  return journal;
}

function note(collection: Collection, change: { put: StoredDocument } | { removed: number }): void {
  const database = owners.get(collection);
  if (database === undefined) throw new Error(`the collection ${collection.name} belongs to no database`);
  journalOf(database.filename).append({ collection: collection.name, ...change });
}

/** Replaces a method by one that is given the original. */
function wrap(of: Class, name: string, around: (original: Method) => Method): void {
  const original = of.prototype[name];
  if (original === undefined) throw new Error(`lokijs has no ${name}: the blob store cannot be made durable`);
  of.prototype[name] = around(original);
}

const isDocument = (value: unknown): value is StoredDocument =>
  typeof value === 'object' && value !== null && '$loki' in value;

wrap(
  Loki,
  'addCollection',
  (original) =>
    function (this: Database, ...args) {
      const collection = original.apply(this, args) as Collection;
      owners.set(collection, this);
      return collection;
    },
);

wrap(
  Loki,
  'loadJSONObject',
  (original) =>
    function (this: Database, stored: { collections?: StoredCollection[] }, ...rest) {
      const changes = Map.groupBy(journalOf(this.filename).read(), (change) => change.collection);
      for (const collection of stored.collections ?? [])
        restore(collection, changes.get(collection.name) ?? []);
      original.call(this, stored, ...rest);
      for (const collection of this.collections)
        if (changes.has(collection.name)) collection.ensureAllIndexes(true);
    },
);

function restore(collection: StoredCollection, changes: readonly Change[]): void {
  collection.data = applyChanges(collection.data, changes);
  for (const change of changes)
    collection.maxId = Math.max(collection.maxId, 'put' in change ? change.put.$loki : change.removed);
}

// What is written out is what the database holds at the moment of the call.
wrap(
  Loki.LokiFsAdapter,
  'saveDatabase',
  (original) =>
    function (file: string, text: string, done: (error?: unknown) => void) {
      const drop = journalOf(file).rotate();
      original.call(this, file, text, (error?: unknown) => {
        if (error === undefined || error === null) drop();
        done(error);
      });
    },
);

wrap(
  Loki.Collection,
  'insertOne',
  (original) =>
    function (this: Collection, ...args) {
      const inserted: unknown = original.apply(this, args);
      if (isDocument(inserted)) note(this, { put: inserted });
      return inserted;
    },
);

wrap(
  Loki.Collection,
  'update',
  (original) =>
    function (this: Collection, document: unknown) {
      const updated: unknown = original.call(this, document);
      if (isDocument(document)) note(this, { put: document });
      return updated;
    },
);

wrap(
  Loki.Collection,
  'remove',
  (original) =>
    function (this: Collection, document: unknown) {
      const id = isDocument(document) ? document.$loki : typeof document === 'number' ? document : undefined;
      const removed: unknown = original.call(this, document);
      if (id !== undefined) note(this, { removed: id });
      return removed;
    },
);

wrap(
  Loki.Collection,
  'removeBatchByPositions',
  (original) =>
    function (this: Collection, positions: readonly number[]) {
      const ids = positions.flatMap((position) => this.data[position]?.$loki ?? []);
      const removed: unknown = original.call(this, positions);
      for (const id of ids) note(this, { removed: id });
      return removed;
    },
);

subscribe('http.server.response.finish', (message) => {
  const { request } = message as { readonly request: IncomingMessage };
  request.removeAllListeners('data').resume(); // Who listened would stop it again.
});
