/** Picks the faults that tests inject: some answer a request, some act on the operation that it starts. */
import type { Fault, OperationFault } from './model.ts';
import type { StateStore } from './state-store.ts';

/** Uses up the first fault that answers or delays this request. */
export function takeRequestFault(store: StateStore, method: string, path: string): Fault | undefined {
  return take(store, method, path, (fault) => fault.status !== undefined || fault.delayMs !== undefined);
}

/** Uses up the first fault that acts on an operation started by this request. */
export function takeOperationFault(
  store: StateStore,
  method: string,
  path: string,
): OperationFault | undefined {
  const fault = take(store, method, path, (each) => each.status === undefined && each.delayMs === undefined);
  if (fault === undefined) return undefined;
  const { match: _match, times: _times, ...operationFault } = fault;
  return operationFault;
}

function take(
  store: StateStore,
  method: string,
  path: string,
  isOfKind: (fault: Fault) => boolean,
): Fault | undefined {
  const fault = store.state.faults.find(
    (each) => each.times > 0 && isOfKind(each) && matches(each, method, path),
  );
  if (fault === undefined) return undefined;
  fault.times -= 1;
  store.state.faults = store.state.faults.filter((each) => each.times > 0);
  store.save();
  return fault;
}

function matches(fault: Fault, method: string, path: string): boolean {
  const { match } = fault;
  if (match.method !== undefined && match.method.toUpperCase() !== method) return false;
  return match.path === undefined || new RegExp(match.path, 'i').test(path);
}
