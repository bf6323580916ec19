/** A request to the resource manager after sign-in, and its answer. */
import type { Context } from '../context.ts';
import { notFound, ResourceManagerError } from '../errors.ts';
import { takeOperationFault } from '../faults.ts';
import type { OperationRecord, ServerRecord, Task } from '../model.ts';
import type { Operations } from '../operations.ts';
import { serverKey } from '../state-store.ts';
import { serverType } from '../views.ts';

/** What a route works with. */
export interface ManagementRequest {
  readonly context: Context;
  readonly operations: Operations;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** The address under which the caller reached the stand-in; operations are polled there. */
  readonly origin: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The place of a resource below a server: `…/flexibleServers/{name}/{child}/{item}`. */
export interface ServerPlace {
  readonly resourceGroup: string;
  readonly name: string;
  readonly item: string | undefined;
}

/** An answer. */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The api-version of the operations that the stand-in gives out. */
export const postgresApiVersion = '2025-08-01';

/** The server that a request is about; 404 without it. */
export function requireServer(request: ManagementRequest, place: ServerPlace): ServerRecord {
  const server = request.context.store.server(serverKey(place.resourceGroup, place.name));
  if (server === undefined) throw notFound(serverType, place.name);
  return server;
}

/** The server when no operation runs on it; 409 while one does. */
export function requireIdle(request: ManagementRequest, place: ServerPlace): ServerRecord {
  const server = requireServer(request, place);
  if (server.busyWith === undefined) return server;
  const message = `Cannot complete operation while server '${server.name}' is busy processing another operation. Try again later.`;
  throw new ResourceManagerError(409, 'ServerIsBusy', message);
}

/** The server when it is idle and ready; 400 when it is stopped or cannot be reached. */
export function requireReady(request: ManagementRequest, place: ServerPlace): ServerRecord {
  const server = requireIdle(request, place);
  if (server.state === 'Ready') return server;
  const message = `Server '${server.name}' is not in Ready state. Current Server State = ${server.state}`;
  throw new ResourceManagerError(400, 'ServerIsNotReady', message);
}

/** Accepts a long-running operation: 202 without a body, with the two addresses to poll. */
export function acceptOperation(request: ManagementRequest, server: ServerRecord, task: Task): Reply {
  const { context, operations, method, path } = request;
  const fault = takeOperationFault(context.store, method, path);
  const operation = operations.accept(server, task, fault);
  return { status: 202, headers: { ...pollAddresses(request, server, operation), ...retryAfter(context) } };
}

/** `Retry-After` for a running operation, when configured. */
export function retryAfter(context: Context): Record<string, string> {
  const seconds = context.config.timing.pollRetryAfterSeconds;
  return seconds === 0 ? {} : { 'retry-after': String(seconds) };
}

function pollAddresses(
  { context, origin }: ManagementRequest,
  server: ServerRecord,
  operation: OperationRecord,
): Record<string, string> {
  const host = operation.fault?.pollUrlHost;
  const base = host === undefined ? origin : `https://${host}`;
  const place = `/subscriptions/${context.config.subscription}/providers/Microsoft.DBforPostgreSQL/locations/${server.location}`;
  const query = `?api-version=${postgresApiVersion}`;
  return {
    'azure-asyncoperation': `${base}${place}/azureAsyncOperation/${operation.id}${query}`,
    location: `${base}${place}/operationResults/${operation.id}${query}`,
  };
}
