/** Requests about entities: read, list, signal. */
import type { DurableEngine } from './engine.ts';
import { entityTarget, parseEntityTarget } from './entity-requests.ts';
import { badRequest, NOT_FOUND, parseBody, type ApiRequest, type ApiResponse } from './api-messages.ts';
import { parseStored, toSeconds } from './status-view.ts';

/** Stands for an empty key in a path. */
const EMPTY_KEY = '$';

/** Answers `entities[/{name}[/{key}]]`. */
export async function manageEntities(
  engine: DurableEngine,
  request: ApiRequest,
  name: string | undefined,
  key: string | undefined,
): Promise<ApiResponse> {
  if (name === undefined || key === undefined)
    return request.method === 'GET' ? list(engine, request, name) : NOT_FOUND;
  const target = entityTarget(name, key === EMPTY_KEY ? '' : key);
  if (request.method === 'GET') {
    const entity = engine.entity(target);
    return entity === undefined ? NOT_FOUND : { status: 200, json: parseStored(entity.state) };
  }
  if (request.method === 'DELETE') return signal(engine, target, 'delete', { value: undefined });
  if (request.method !== 'POST') return NOT_FOUND;
  return signal(engine, target, request.query.get('op') ?? '', operationInput(request));
}

/** JSON as such, any other content as a string. */
function operationInput(request: ApiRequest): { readonly value: unknown } | undefined {
  if (/json|x-www-form-urlencoded/i.test(request.header('content-type') ?? ''))
    return parseBody(request.body, undefined);
  return { value: request.body === '' ? undefined : request.body };
}

async function signal(
  engine: DurableEngine,
  target: string,
  operation: string,
  input: { readonly value: unknown } | undefined,
): Promise<ApiResponse> {
  if (input === undefined) return badRequest('Invalid JSON content');
  await engine.signalEntity(target, operation, input.value);
  return { status: 202 };
}

function list(engine: DurableEngine, request: ApiRequest, name: string | undefined): ApiResponse {
  const withState = request.query.get('fetchState') === 'true';
  const json = engine.listEntities(name).map((entity) => ({
    entityId: parseEntityTarget(entity.id),
    lastOperationTime: toSeconds(entity.updatedAt),
    ...(withState ? { state: parseStored(entity.state) } : {}),
  }));
  return { status: 200, json };
}
