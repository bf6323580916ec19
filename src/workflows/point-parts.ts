/**
 * The parts of a recovery point, one after the other: per server the backup, for which a slot may have to be freed first;
 * per database fingerprint and inventories; per server its configuration.
 */
import type { OrchestrationContext } from 'durable-functions';
import { recordConfiguration } from '../contracts/configuration.ts';
import type { PointServer } from '../contracts/documents.ts';
import {
  beginBackup,
  giveUpBackup,
  readBackup,
  takeFingerprint,
  type PointParts,
  type TakePartsInput,
} from '../contracts/snapshot.ts';
import { Failure } from '../policy/failure.ts';
import { runOperation } from './run-operation.ts';
import { attempt, call, type ProgressNote, type Step } from './step.ts';

type Order = Omit<TakePartsInput, 'done'>;
type Server = Order['plan']['servers'][number];
type Database = Order['plan']['databases'][number];

export const noParts: PointParts = { completed: [], databases: [], stores: [], servers: [] };

/** How many parts a point has. */
export const countParts = ({ servers, databases }: Order['plan']): number =>
  2 * servers.length + databases.length;

/** How many of them were taken. */
export const countTaken = ({ completed, databases, servers }: PointParts): number =>
  completed.length + databases.length + servers.length;

/** Goes on behind the parts that were taken, with so many more at most; throws the failure of a backup or a fingerprint. */
export function* takeParts(
  ctx: OrchestrationContext,
  note: ProgressNote,
  order: Order,
  taken: PointParts,
  most: number,
): Step<PointParts> {
  const { servers, databases } = order.plan;
  const done = structuredClone(taken);
  const last = Math.min(countParts(order.plan), countTaken(taken) + most);
  while (countTaken(done) < last) {
    const server = servers[done.completed.length];
    const database = databases[done.databases.length];
    const configured = servers[done.servers.length];
    if (server !== undefined) done.completed.push(yield* backUp(ctx, note, order, server));
    else if (database !== undefined) yield* fingerprint(ctx, note, order, database, done);
    else if (configured !== undefined) done.servers.push(yield* configuration(ctx, note, order, configured));
  }
  return done;
}

function* backUp(
  ctx: OrchestrationContext,
  note: ProgressNote,
  { system, region, plan: { deadlineSeconds } }: Order,
  { server, backup, giveUp }: Server,
): Step<PointParts['completed'][number]> {
  const scope = { system, region };
  if (giveUp !== undefined) {
    note.begin('free a slot');
    const freed = runOperation(ctx, giveUpBackup, { ...scope, server, ...giveUp }, deadlineSeconds);
    mustEnd('free a slot', yield* freed);
  }
  note.begin('back up');
  const backedUp = runOperation(ctx, beginBackup, { ...scope, server, backup }, deadlineSeconds);
  mustEnd('the backup', yield* backedUp);
  return { server, at: (yield* call(ctx, readBackup, { server, backup })).completedAt };
}

function* fingerprint(
  ctx: OrchestrationContext,
  note: ProgressNote,
  { system, region, plan: { point } }: Order,
  { database, server, backup }: Database,
  done: PointParts,
): Step<void> {
  note.begin('fingerprint');
  const taken = yield* call(ctx, takeFingerprint, { system, region, point, database });
  const completedAt = done.completed.find((one) => one.server === server)?.at ?? '';
  const { instant, fingerprint: of } = taken;
  done.databases.push({ database, server, backup, completedAt, instant, fingerprint: of });
  done.stores.push(...taken.stores);
}

function* configuration(
  ctx: OrchestrationContext,
  note: ProgressNote,
  { system, region, plan: { point } }: Order,
  { server }: Server,
): Step<PointServer> {
  note.begin('configuration');
  const read = yield* attempt(call(ctx, recordConfiguration, { system, region, point, server }));
  // A point without it is worth more than none: the drill's check says that it is missing, and why.
  return 'value' in read ? { server, configuration: read.value } : { server, problem: read.failure.message };
}

function mustEnd(what: string, end: { readonly state: string; readonly detail: string }): void {
  if (end.state === 'done') return;
  throw new Failure(
    'operation-failed',
    `${what} ${end.state === 'failed' ? 'failed' : 'timed out'}: ${end.detail}`,
    'See the runbook "snapshot-failed".',
    { retryable: false },
  );
}
