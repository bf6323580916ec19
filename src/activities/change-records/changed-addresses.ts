/**
 * From records to addresses: which addresses the log says must be in the store, and which it lets go. Records sorted by
 * object (newest first) are judged object by object; what that says of each address, sorted by address, is a sorted
 * stream that can be merged with inventories and listings. Whoever sorts decides in how many portions.
 * Invariant: an address is deleted only if only proven records brought it in, every object that referred to it was taken
 * back by a proven delete, and no record of the log is unknown.
 */
import { hash } from 'node:crypto';
import type { ChangeFinding, ChangeOperation, ChangePayload } from '../../policy/change-records.ts';
import { changeOperations } from '../../policy/change-records.ts';
import { aboutObject, judgeBeginning, stepBack, type ObjectState } from '../../policy/change-objects.ts';
import {
  addressFromHex,
  hexLengthOf,
  type ContentAddress,
  type HashAlgorithm,
} from '../../policy/content-address.ts';

/**
 * `live`: a proven record brought it in; `unproven`: an unproven one did; both are expected. `deleted`: proven deletes
 * took it back, so that it may be gone. `withheld`: they did, but the log is not wholly known: it says nothing of it.
 */
export type AddressState = 'live' | 'unproven' | 'withheld' | 'deleted';

/** What the log says of one address. */
export interface ChangedAddress {
  readonly address: ContentAddress;
  readonly state: AddressState;
  /** When the last object let it go, as its signer states; only for `deleted`. */
  readonly deletedAt?: Date;
}

/** One of several statements about an address counts: the first of these that was made. */
const states: readonly AddressState[] = ['live', 'unproven', 'withheld', 'deleted'];

/** Event: object's hash, sequence (descending), operation and proof, when, digest (zeros for a delete), object's id. */
const event = { object: 0, sequence: 32, operation: 40, proven: 41, at: 42, digest: 50 } as const;
const shownObjectBytes = 40;

/** Bytes of an event of a store whose digests are that long. */
export const eventBytes = (digestBytes: number): number => event.digest + digestBytes + shownObjectBytes;

/** What a record says, as an event of one length; its address is hex. */
export function packEvent(payload: ChangePayload, isProven: boolean, digestBytes: number): Buffer {
  const record = Buffer.alloc(eventBytes(digestBytes));
  hash('sha256', payload.object, 'buffer').copy(record, event.object);
  record.writeBigUInt64BE(BigInt(Number.MAX_SAFE_INTEGER - payload.sequence), event.sequence);
  record.writeUInt8(changeOperations.indexOf(payload.operation), event.operation);
  record.writeUInt8(isProven ? 1 : 0, event.proven);
  record.writeDoubleBE(Date.parse(payload.at), event.at);
  if (payload.address !== null) record.write(payload.address, event.digest, 'hex');
  record.write(payload.object.slice(0, shownObjectBytes), event.digest + digestBytes, 'utf8');
  return record;
}

/** Bytes of a statement about an address: digest, state, when it was let go (0: it was not). */
export const statementBytes = (digestBytes: number): number => digestBytes + 9;

/**
 * Judges objects by their sorted events, of each object all of them; hands out what that says of addresses, and yields
 * the operations that are out of order.
 */
export async function* judgeObjects(
  digestBytes: number,
  events: AsyncIterable<Buffer>,
  onStatement: (statement: Buffer) => Promise<void> | undefined,
): AsyncGenerator<ChangeFinding> {
  let object: Buffer | undefined;
  let shown = '';
  let state: ObjectState | undefined;
  for await (const record of events) {
    const key = record.subarray(event.object, event.sequence);
    if (object === undefined || !object.equals(key)) {
      yield* beginningOf(state, shown);
      object = Buffer.from(key);
      shown = shownIn(record, digestBytes);
      state = undefined;
    }
    const read = readEvent(record);
    const step = stepBack(state, read);
    state = step.state;
    if (step.problem !== undefined) yield aboutObject(step.problem, shown);
    if (read.operation !== 'delete')
      await onStatement(packStatement(record, digestBytes, read.isProven, state.deletedAt));
  }
  yield* beginningOf(state, shown);
}

function packStatement(
  record: Buffer,
  digestBytes: number,
  isProven: boolean,
  deletedAt: number | undefined,
): Buffer {
  const brought: AddressState = deletedAt === undefined ? 'live' : 'deleted';
  const statement = Buffer.alloc(statementBytes(digestBytes));
  record.copy(statement, 0, event.digest, event.digest + digestBytes);
  statement.writeUInt8(states.indexOf(isProven ? brought : 'unproven'), digestBytes);
  statement.writeDoubleBE(deletedAt ?? 0, digestBytes + 1);
  return statement;
}

/**
 * Every address once, in the order of their hex digits, by sorted statements. `isKnown`: every record of the log is what
 * was signed.
 */
export async function* changedAddresses(
  algorithm: HashAlgorithm,
  statements: AsyncIterable<Buffer>,
  isKnown: boolean,
): AsyncGenerator<ChangedAddress> {
  const digestBytes = hexLengthOf(algorithm) / 2;
  let digest: Buffer | undefined;
  let state = states.length;
  let deletedAt = 0;
  for await (const statement of statements) {
    const own = statement.subarray(0, digestBytes);
    if (digest === undefined || !digest.equals(own)) {
      if (digest !== undefined) yield changed(algorithm, digest, state, deletedAt, isKnown);
      digest = Buffer.from(own);
      [state, deletedAt] = [states.length, 0];
    }
    state = Math.min(state, statement.readUInt8(digestBytes));
    deletedAt = Math.max(deletedAt, statement.readDoubleBE(digestBytes + 1));
  }
  if (digest !== undefined) yield changed(algorithm, digest, state, deletedAt, isKnown);
}

function changed(
  algorithm: HashAlgorithm,
  digest: Buffer,
  state: number,
  deletedAt: number,
  isKnown: boolean,
): ChangedAddress {
  const address = addressFromHex(algorithm, digest.toString('hex'));
  const said = states[state];
  if (address === undefined || said === undefined) throw new Error('a sorted address is damaged');
  if (said !== 'deleted') return { address, state: said };
  return isKnown ? { address, state: said, deletedAt: new Date(deletedAt) } : { address, state: 'withheld' };
}

function shownIn(record: Buffer, digestBytes: number): string {
  const text = record.subarray(event.digest + digestBytes);
  const end = text.indexOf(0);
  return text.subarray(0, end === -1 ? text.length : end).toString('utf8');
}

function readEvent(record: Buffer) {
  return {
    sequence: Number.MAX_SAFE_INTEGER - Number(record.readBigUInt64BE(event.sequence)),
    operation: changeOperations[record.readUInt8(event.operation)] as ChangeOperation,
    isProven: record.readUInt8(event.proven) === 1,
    at: record.readDoubleBE(event.at),
  };
}

function* beginningOf(state: ObjectState | undefined, shown: string): Generator<ChangeFinding> {
  const problem = state === undefined ? undefined : judgeBeginning(state);
  if (problem !== undefined) yield aboutObject(problem, shown);
}
