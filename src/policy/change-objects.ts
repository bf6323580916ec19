/**
 * What the records of one object say together: which of its addresses must be in the store, and whether its operations
 * are in order. Read from the newest record to the oldest, so that an object of any number of records needs no memory.
 * Invariant: an address is given back only by a proven delete that comes after it; whatever brings an address in counts,
 * proven or not, but what an unproven record brings in is never given back.
 */
import { shortObject, type ChangeOperation, type ChangeProblem } from './change-records.ts';

/** One record of an object. */
export interface ObjectEvent {
  readonly sequence: number;
  readonly operation: ChangeOperation;
  readonly isProven: boolean;
  /** When it was signed, epoch milliseconds. */
  readonly at: number;
}

/** What later records of the same object said; undefined before the newest. */
export interface ObjectState {
  readonly later: ObjectEvent;
  /** When a later proven delete took the addresses back. */
  readonly deletedAt: number | undefined;
}

/** A problem of the operations' order, at the record that is out of order. */
export type OrderProblem = ChangeProblem & { readonly sequence: number };

/** Goes on to the next older record of the object; returns the state that holds for this record's own address. */
export function stepBack(
  state: ObjectState | undefined,
  event: ObjectEvent,
): { readonly state: ObjectState; readonly problem: OrderProblem | undefined } {
  const deletedAt = event.operation === 'delete' && event.isProven ? event.at : state?.deletedAt;
  const isForgedDelete = event.operation === 'delete' && !event.isProven;
  // A delete that proves nothing says nothing about the order either.
  if (isForgedDelete && state !== undefined) return { state, problem: undefined };
  const problem = state === undefined ? undefined : orderProblem(event, state.later);
  return { state: { later: event, deletedAt }, problem };
}

function orderProblem(event: ObjectEvent, later: ObjectEvent): OrderProblem | undefined {
  if (later.sequence === event.sequence) return undefined; // A duplicate is a finding already.
  const { sequence } = later;
  if (event.operation === 'delete')
    return wrong(sequence, `${later.operation}s an object that record ${event.sequence} deleted`);
  if (later.operation === 'create')
    return wrong(sequence, `creates an object that record ${event.sequence} brought in already`);
  return undefined;
}

/** The oldest record of an object must create it. */
export function judgeBeginning(state: ObjectState): OrderProblem | undefined {
  const { operation, sequence, isProven } = state.later;
  if (operation === 'create' || (operation === 'delete' && !isProven)) return undefined;
  return wrong(sequence, `${operation}s an object that no record creates`);
}

const wrong = (sequence: number, what: string): OrderProblem => ({ kind: 'wrong-operation', sequence, what });

/** The sentence of a problem with the object it is about. */
export function aboutObject(problem: OrderProblem, object: string): OrderProblem {
  return { ...problem, what: `${problem.what} (${shortObject(object)})` };
}
