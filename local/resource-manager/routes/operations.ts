/** The two addresses of a long-running operation: its status document, and its result. */
import { ResourceManagerError } from '../errors.ts';
import type { OperationRecord } from '../model.ts';
import { retryAfter, type ManagementRequest, type Reply } from './request.ts';

/** Answers `…/azureAsyncOperation/{id}`. */
export function showOperation(request: ManagementRequest, id: string): Reply {
  const operation = findOperation(request, id);
  const { status, startTime, endTime, error } = operation;
  const body = {
    name: operation.id,
    status,
    startTime,
    ...(endTime === undefined ? {} : { endTime }),
    ...(status === 'Succeeded' ? { percentComplete: 100 } : {}),
    ...(error === undefined ? {} : { error }),
  };
  return { status: 200, body, ...(status === 'InProgress' ? { headers: retryAfter(request.context) } : {}) };
}

/** Answers `…/operationResults/{id}`. */
export function showOperationResult(request: ManagementRequest, id: string): Reply {
  const operation = findOperation(request, id);
  if (operation.status === 'InProgress') {
    const location = `${request.origin}${request.path}?${request.query.toString()}`;
    return { status: 202, headers: { location, ...retryAfter(request.context) } };
  }
  if (operation.error === undefined) return { status: 204 };
  throw new ResourceManagerError(400, operation.error.code, operation.error.message);
}

function findOperation(request: ManagementRequest, id: string): OperationRecord {
  const operation = request.context.store.state.operations[id];
  if (operation !== undefined) return operation;
  throw new ResourceManagerError(404, 'OperationIdNotFound', `The operation with id '${id}' was not found.`);
}
