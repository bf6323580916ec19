/** Requests about many instances: list page by page, purge by filter. */
import type { DurableEngine } from './engine.ts';
import { badRequest, NOT_FOUND, type ApiRequest, type ApiResponse } from './api-messages.ts';
import { statusView } from './status-view.ts';
import { isTerminal, type InstanceFilter, type RuntimeStatus } from './store.ts';

const DEFAULT_PAGE = 100;
const LARGEST_PAGE = 1_000;
const ENDED: readonly RuntimeStatus[] = ['Completed', 'Failed', 'Terminated'];

/** Answers `instances/?filter`. */
export async function manageInstances(engine: DurableEngine, request: ApiRequest): Promise<ApiResponse> {
  const filter = parseFilter(request.query);
  if (filter === undefined) return badRequest('createdTimeFrom and createdTimeTo must be ISO-8601 instants.');
  if (request.method === 'GET') return listPage(engine, request, filter);
  if (request.method === 'DELETE') return purge(engine, filter);
  return NOT_FOUND;
}

function parseFilter(query: URLSearchParams): InstanceFilter | undefined {
  const instant = (name: string): number | undefined => {
    const text = query.get(name);
    return text === null || text === '' ? undefined : Date.parse(text);
  };
  const createdFrom = instant('createdTimeFrom');
  const createdTo = instant('createdTimeTo');
  if (Number.isNaN(createdFrom) || Number.isNaN(createdTo)) return undefined;
  const statuses = (query.get('runtimeStatus') ?? '').split(',').filter((status) => status !== '');
  return {
    createdFrom,
    createdTo,
    statuses: statuses.length === 0 ? undefined : statuses,
    idPrefix: query.get('instanceIdPrefix') ?? undefined,
  };
}

function listPage(engine: DurableEngine, request: ApiRequest, filter: InstanceFilter): ApiResponse {
  const asked = Math.trunc(Number(request.query.get('top') ?? DEFAULT_PAGE));
  const size = asked > 0 ? Math.min(asked, LARGEST_PAGE) : DEFAULT_PAGE;
  const token = request.header('x-ms-continuation-token');
  const afterId = token ? Buffer.from(token, 'base64url').toString() : undefined;
  const found = engine.listInstances(filter, size + 1, afterId);
  const page = found.slice(0, size);
  const last = found.length > size ? page.at(-1) : undefined;
  const json = page.map((instance) => statusView(instance, request.query.get('showInput') === 'true'));
  if (last === undefined) return { status: 200, json };
  return {
    status: 200,
    json,
    headers: { 'x-ms-continuation-token': Buffer.from(last.id).toString('base64url') },
  };
}

async function purge(engine: DurableEngine, filter: InstanceFilter): Promise<ApiResponse> {
  if (filter.createdFrom === undefined)
    return badRequest("Please provide value for 'createdTimeFrom' parameter.");
  const statuses = (filter.statuses ?? ENDED).filter((status) => isTerminal(status as RuntimeStatus));
  let instancesDeleted = 0;
  for (;;) {
    const ids = engine.listInstances({ ...filter, statuses }, LARGEST_PAGE).map((instance) => instance.id);
    if (ids.length === 0) break;
    await engine.purge(ids);
    instancesDeleted += ids.length;
  }
  return instancesDeleted === 0 ? NOT_FOUND : { status: 200, json: { instancesDeleted } };
}
