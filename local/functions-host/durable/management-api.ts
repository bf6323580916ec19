/**
 * The HTTP management API of the Durable Functions extension, without the HTTP server: a request in, an answer
 * out. The app's durable client and outside callers use the same routes.
 */
import { badRequest, NOT_FOUND, parseBody, type ApiRequest, type ApiResponse } from './api-messages.ts';
import { EngineFailure } from './engine-failure.ts';
import type { DurableEngine } from './engine.ts';
import { instanceLinks, type ClientEndpoints } from './client-links.ts';
import { manageEntities } from './manage-entities.ts';
import { manageInstance } from './manage-instance.ts';
import { manageInstances } from './manage-instances.ts';
import { parseStored, statusView } from './status-view.ts';

/** Answers requests for one engine. */
export type ManagementApi = (request: ApiRequest) => Promise<ApiResponse>;

/** The API over an engine. */
export function createManagementApi(engine: DurableEngine, endpoints: () => ClientEndpoints): ManagementApi {
  const linksOf = (id: string) => instanceLinks(endpoints(), id);
  return async (request) => {
    const [collection, first, ...rest] = request.path;
    try {
      if (collection === 'orchestrators' && first !== undefined && request.method === 'POST') {
        return await startInstance(engine, request, first, rest[0], linksOf);
      }
      if (collection === 'instances' && first === undefined) return await manageInstances(engine, request);
      if (collection === 'instances' && first !== undefined)
        return await manageInstance(engine, request, first, rest, linksOf);
      if (collection === 'entities') return await manageEntities(engine, request, first, rest[0]);
      return NOT_FOUND;
    } catch (error) {
      if (!(error instanceof EngineFailure)) throw error;
      return {
        status: error.kind === 'conflict' ? 409 : 400,
        json: { Message: error.message, ExceptionMessage: error.message },
      };
    }
  };
}

async function startInstance(
  engine: DurableEngine,
  request: ApiRequest,
  name: string,
  instanceId: string | undefined,
  linksOf: (id: string) => Record<string, string>,
): Promise<ApiResponse> {
  const body = parseBody(request.body, undefined);
  if (body === undefined) return badRequest('Invalid JSON content');
  const version = request.query.get('version') ?? undefined;
  const id = await engine.startNew(name, { instanceId, input: body.value, version });
  const timeoutSeconds = Number(request.query.get('timeout') ?? 0);
  if (timeoutSeconds > 0) {
    const instance = await engine.waitForEnd(id, timeoutSeconds * 1000);
    if (instance?.status === 'Completed') return { status: 200, json: parseStored(instance.output) };
    if (instance?.status === 'Failed' || instance?.status === 'Terminated')
      return { status: 200, json: statusView(instance, true) };
  }
  const links = linksOf(id);
  return {
    status: 202,
    json: links,
    headers: { location: links['statusQueryGetUri'] ?? '', 'retry-after': '10' },
  };
}
