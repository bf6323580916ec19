/**
 * One step of an entity: its requests in order, in one batch, with the state and the answers in one transaction.
 * A lock request is granted when it is first in line and then travels to the next entity of its set; while the
 * lock is held, only requests of its holder run and the others wait in the entity's queue.
 */
import { messageOf } from '../host-failure.ts';
import { removeMessages } from './commit-turn.ts';
import type { EntityBatchResult } from './durable-functions.ts';
import { messageNow, NO_EFFECTS, type EngineParts, type TurnEffects } from './engine-parts.ts';
import { entityTarget, parseEntityTarget, type EntityRequest } from './entity-requests.ts';
import { EventType } from './history-events.ts';
import type { EntityRecord, Message, NewMessage } from './store.ts';

interface Sorted {
  readonly batch: readonly EntityRequest[];
  readonly lock: EntityRequest | undefined;
  readonly waiting: readonly EntityRequest[];
}

/** Runs what the entity can run now. */
export async function runEntityTurn(parts: EngineParts, target: string): Promise<TurnEffects> {
  const { store, clock } = parts;
  const due = store.inbox.due(target, clock.now());
  const entity = store.entities.get(target) ?? newEntity(target);
  if (due.length === 0 && entity.queue === null) return NO_EFFECTS;
  const lockedBy = isReleased(entity, due) ? null : entity.lockedBy;
  const sorted = sortRequests(pendingRequests(entity, due), lockedBy);
  const result = sorted.batch.length === 0 ? undefined : await runBatch(parts, target, entity, sorted.batch);
  const outgoing = [
    ...answers(sorted.batch, result),
    ...signals(parts, target, result),
    ...passLockOn(sorted.lock),
  ];
  const next: EntityRecord = {
    id: target,
    exists: result?.entityExists ?? entity.exists,
    state: result === undefined ? entity.state : (result.entityState ?? null),
    lockedBy: sorted.lock?.parent ?? lockedBy,
    queue: sorted.waiting.length === 0 ? null : JSON.stringify(sorted.waiting),
    updatedAt: clock.now(),
  };
  await removeMessages(parts, due, () => {
    store.entities.put(next);
    for (const message of outgoing) store.inbox.put(message);
  });
  return { wake: outgoing.map((message) => message.target), activities: [] };
}

function newEntity(id: string): EntityRecord {
  return { id, exists: false, state: null, lockedBy: null, queue: null, updatedAt: 0 };
}

function requestOf(message: Message): EntityRequest {
  return JSON.parse(message.event.Input ?? '{}') as EntityRequest;
}

function isReleased(entity: EntityRecord, due: readonly Message[]): boolean {
  return due.some(
    (message) => message.event.Name === 'release' && requestOf(message).parent === entity.lockedBy,
  );
}

function pendingRequests(entity: EntityRecord, due: readonly Message[]): EntityRequest[] {
  const queued = entity.queue === null ? [] : (JSON.parse(entity.queue) as EntityRequest[]);
  return [...queued, ...due.filter((message) => message.event.Name !== 'release').map(requestOf)];
}

function sortRequests(requests: readonly EntityRequest[], lockedBy: string | null): Sorted {
  const batch: EntityRequest[] = [];
  const waiting: EntityRequest[] = [];
  let lock: EntityRequest | undefined;
  for (const request of requests) {
    const mustWait =
      lock !== undefined ||
      (lockedBy !== null && (request.parent !== lockedBy || request.lockset !== undefined));
    if (mustWait) waiting.push(request);
    else if (request.lockset === undefined) batch.push(request);
    else lock = request;
  }
  return { batch, lock, waiting };
}

async function runBatch(
  parts: EngineParts,
  target: string,
  entity: EntityRecord,
  batch: readonly EntityRequest[],
): Promise<EntityBatchResult | undefined> {
  const self = parseEntityTarget(target);
  if (!parts.functions.has('entity', self.name)) return undefined;
  const operations = batch.map((request) => ({
    name: request.op,
    input: request.input ?? null,
    isSignal: request.signal === true,
  }));
  const payload = JSON.stringify({ self, exists: entity.exists, state: entity.state, batch: operations });
  try {
    return await parts.functions.runEntity(self.name, payload);
  } catch (error) {
    parts.log('error', `Entity failed: ${messageOf(error)}`, self.name);
    return undefined;
  }
}

function raised(target: string, executionId: string | null, Name: string, content: object): NewMessage {
  const event = { EventType: EventType.EventRaised, EventId: -1, Name, Input: JSON.stringify(content) };
  return messageNow(target, executionId, event);
}

function answers(batch: readonly EntityRequest[], result: EntityBatchResult | undefined): NewMessage[] {
  return batch.flatMap((request, index) => {
    if (request.signal === true || request.parent === undefined) return [];
    const outcome = result?.results[index] ?? {
      isError: true,
      result: '"The entity function failed or does not exist."',
    };
    const error = outcome.isError ? { exceptionType: 'Error' } : {};
    return [
      raised(request.parent, request.parentExecution ?? null, request.id, {
        result: outcome.result,
        ...error,
      }),
    ];
  });
}

function signals(parts: EngineParts, from: string, result: EntityBatchResult | undefined): NewMessage[] {
  return (result?.signals ?? []).map((signal) => {
    const request: EntityRequest = {
      id: parts.newId(),
      op: signal.name,
      signal: true,
      input: signal.input === '' ? null : signal.input,
      parent: from,
    };
    return raised(entityTarget(signal.target.name, signal.target.key), null, 'op', request);
  });
}

/** To the next entity of the set, or back to the orchestration when all are locked. */
function passLockOn(lock: EntityRequest | undefined): NewMessage[] {
  if (lock?.lockset === undefined || lock.parent === undefined) return [];
  const position = (lock.position ?? 0) + 1;
  const next = lock.lockset[position];
  if (next === undefined) return [raised(lock.parent, lock.parentExecution ?? null, lock.id, {})];
  return [raised(entityTarget(next.name, next.key), null, 'op', { ...lock, position })];
}
