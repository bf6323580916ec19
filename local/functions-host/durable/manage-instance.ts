/** Requests about one instance: status, purge, events, terminate, suspend, resume. */
import type { DurableEngine } from './engine.ts';
import { badRequest, NOT_FOUND, parseBody, type ApiRequest, type ApiResponse } from './api-messages.ts';
import { historyView, statusView } from './status-view.ts';
import { isTerminal, type Instance } from './store.ts';

/** Answers `instances/{id}[/operation[/detail]]`. */
export async function manageInstance(
  engine: DurableEngine,
  request: ApiRequest,
  id: string,
  [operation, detail]: readonly string[],
  linksOf: (id: string) => Record<string, string>,
): Promise<ApiResponse> {
  const instance = engine.instance(id);
  if (instance === undefined) return NOT_FOUND;
  if (operation === undefined && request.method === 'GET')
    return statusOf(engine, request, instance, linksOf);
  if (operation === undefined && request.method === 'DELETE') {
    await engine.purge([id]);
    return { status: 200, json: { instancesDeleted: 1 } };
  }
  if (operation === undefined || request.method !== 'POST') return NOT_FOUND;
  return control(engine, request, instance, operation.toLowerCase(), detail);
}

function statusOf(
  engine: DurableEngine,
  request: ApiRequest,
  instance: Instance,
  linksOf: (id: string) => Record<string, string>,
): ApiResponse {
  const { query } = request;
  const json = statusView(instance, query.get('showInput') !== 'false');
  if (query.get('showHistory') === 'true') {
    json['historyEvents'] = historyView(
      engine.history(instance.id),
      query.get('showHistoryOutput') === 'true',
    );
  }
  if (!isTerminal(instance.status)) {
    return {
      status: 202,
      json,
      headers: { location: linksOf(instance.id)['statusQueryGetUri'] ?? '', 'retry-after': '5' },
    };
  }
  const isError = instance.status === 'Failed' && query.get('returnInternalServerErrorOnFailure') === 'true';
  return { status: isError ? 500 : 200, json };
}

async function control(
  engine: DurableEngine,
  request: ApiRequest,
  instance: Instance,
  operation: string,
  detail: string | undefined,
): Promise<ApiResponse> {
  const reason = request.query.get('reason');
  if (operation === 'rewind') return rewind(instance);
  if (isTerminal(instance.status)) return { status: 410 };
  switch (operation) {
    case 'raiseevent':
      return detail === undefined ? NOT_FOUND : raiseEvent(engine, request, instance.id, detail);
    case 'terminate':
      await engine.terminate(instance.id, reason);
      return { status: 202 };
    case 'suspend':
      await engine.suspend(instance.id, reason);
      return { status: 202 };
    case 'resume':
      await engine.resume(instance.id, reason);
      return { status: 202 };
    default:
      return NOT_FOUND;
  }
}

function rewind(instance: Instance): ApiResponse {
  if (instance.status === 'Failed')
    return { status: 501, json: 'Rewind is not supported by the embedded host: start a new instance.' };
  return { status: 412 };
}

async function raiseEvent(
  engine: DurableEngine,
  request: ApiRequest,
  id: string,
  name: string,
): Promise<ApiResponse> {
  if (!/^application\/json/i.test(request.header('content-type') ?? '')) {
    return badRequest('Only application/json request content is supported');
  }
  const body = parseBody(request.body, null);
  if (body === undefined) return badRequest('Invalid JSON content');
  await engine.raiseEvent(id, name, body.value);
  return { status: 202 };
}
