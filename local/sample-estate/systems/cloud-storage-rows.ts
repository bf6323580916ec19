/**
 * The rows that Cloud Storage's service derives from changes (objects, versions) and the traffic around them (shares,
 * accesses, sync sessions). Invariant: an object that the history deletes has versions without content digest.
 */
import type { StoredBlob } from '../blobs.ts';
import type { Random } from '../random.ts';
import { bytea, type TableRows } from '../rows.ts';
import type { Timeline } from '../timeline.ts';
import { teeth } from '../vocabulary.ts';
import type { Clients } from './cloud-storage-clients.ts';
import type { Change, History, ObjectLife } from './cloud-storage-history.ts';

/** A stretch of the history whose rows are written together. */
export interface HistoryPart {
  readonly random: Random;
  readonly timeline: Timeline;
  readonly clients: Clients;
  readonly history: History;
  readonly objectIds: readonly string[];
  readonly changes: readonly Change[];
}

/** How much traffic falls into a part, over the changes seen so far. */
export interface TrafficShare {
  readonly seen: readonly Change[];
  readonly accesses: number;
  readonly sessions: number;
}

/** Rows of the objects and versions that the part creates; `known` holds the stored blobs by content number. */
export function objectTables(part: HistoryPart, known: ReadonlyMap<number, StoredBlob>): TableRows[] {
  const created = part.changes.filter((change) => change.operation === 'create');
  const versions = part.changes.filter((change) => change.operation !== 'delete');
  return [
    { table: 'cloudstorage.object', rows: created.map((change) => objectRow(part, change)) },
    { table: 'cloudstorage.object_version', rows: versions.map((change) => versionRow(part, change, known)) },
  ];
}

/** Rows of shares, accesses and sync sessions. */
export function trafficTables(part: HistoryPart, share: TrafficShare): TableRows[] {
  const created = part.changes.filter((change) => change.operation === 'create');
  return [
    { table: 'cloudstorage.object_share', rows: created.flatMap((change) => shareRows(part, change)) },
    { table: 'cloudstorage.object_access', rows: repeat(share.accesses, () => accessRow(part, share.seen)) },
    { table: 'cloudstorage.sync_session', rows: repeat(share.sessions, () => sessionRow(part, share.seen)) },
  ];
}

function repeat<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}

function lifeOf(part: HistoryPart, change: Change): ObjectLife {
  return part.history.objects[change.object] as ObjectLife;
}

function objectRow(part: HistoryPart, change: Change) {
  const { random, timeline, clients, history, objectIds } = part;
  const life = lifeOf(part, change);
  const device = clients.deviceOf(history, change.object);
  return {
    id: objectIds[change.object],
    tenant_id: device.tenantId,
    created_by: device.id,
    sealed_name: bytea(random.bytes(random.integer(40, 90))),
    labels: teeth(random).map((tooth) => `tooth-${tooth}`),
    current_version: life.contents.length,
    created_at: timeline.moment(change.fraction).at,
    deleted_at: life.deleted === undefined ? null : timeline.moment(life.deleted).at,
  };
}

function versionRow(part: HistoryPart, change: Change, known: ReadonlyMap<number, StoredBlob>) {
  const { timeline, clients, history, objectIds } = part;
  const { deleted } = lifeOf(part, change);
  const blob = known.get(change.content ?? -1);
  if (!blob) throw new Error(`the content ${change.content} of a version has not been stored`);
  return {
    object_id: objectIds[change.object],
    version: change.version,
    content_digest: deleted === undefined ? bytea(blob.digest) : null,
    byte_size: blob.size,
    created_by: clients.deviceOf(history, change.object).id,
    created_at: timeline.moment(change.fraction).at,
    purged_at: deleted === undefined ? null : timeline.moment(deleted).at,
  };
}

function shareRows({ random, timeline, clients, history, objectIds }: HistoryPart, change: Change) {
  const keeper = clients.deviceOf(history, change.object);
  const others = clients.devicesOf(keeper.tenantId).filter((device) => device.id !== keeper.id);
  const moment = timeline.moment(change.fraction);
  return random
    .shuffle(others)
    .slice(0, random.integer(5, 11))
    .map((device) => ({
      object_id: objectIds[change.object],
      device_id: device.id,
      wrapped_key: bytea(random.bytes(40)),
      granted_at: moment.after(random.fraction() * 30),
    }));
}

function accessRow({ random, timeline, clients, history, objectIds }: HistoryPart, seen: readonly Change[]) {
  const change = random.pick(seen);
  const keeper = clients.deviceOf(history, change.object);
  return {
    object_id: objectIds[change.object],
    device_id: random.pick(clients.devicesOf(keeper.tenantId)).id,
    action: random.pick(['read', 'read', 'read', 'list', 'share']),
    at: timeline.moment(change.fraction).after(random.fraction() * 240),
  };
}

function sessionRow({ random, timeline, clients, history }: HistoryPart, seen: readonly Change[]) {
  const change = random.pick(seen);
  const moment = timeline.moment(change.fraction);
  const hours = random.fraction();
  return {
    device_id: clients.deviceOf(history, change.object).id,
    outcome: random.pick(['complete', 'complete', 'complete', 'complete', 'partial', 'failed']),
    bytes_sent: random.integer(0, 50_000_000),
    bytes_received: random.integer(0, 50_000_000),
    detail: random.chance(0.2)
      ? { retries: random.integer(1, 4), network: random.pick(['wired', 'wireless']) }
      : null,
    started_at: moment.at,
    finished_at: random.chance(0.98) ? moment.after(hours) : null,
  };
}
