/** Flexible servers: show, list, create, restore, change, delete, restart, start, stop. */
import { notFound, ResourceManagerError } from '../errors.ts';
import type { ServerRecord } from '../model.ts';
import { serverKey } from '../state-store.ts';
import { viewServer } from '../views.ts';
import { beginRestore } from './restore.ts';
import { addServer, readServerBody } from './server-body.ts';
import {
  acceptOperation,
  requireIdle,
  requireReady,
  requireServer,
  type ManagementRequest,
  type Reply,
  type ServerPlace,
} from './request.ts';

/** Lists the servers of the subscription, or of one resource group. */
export function listServers(request: ManagementRequest, resourceGroup?: string): Reply {
  const { store, config } = request.context;
  const servers = Object.values(store.state.servers).filter(
    (each) => resourceGroup === undefined || each.resourceGroup.toLowerCase() === resourceGroup.toLowerCase(),
  );
  return { status: 200, body: { value: servers.map((each) => viewServer(each, config.tenant)) } };
}

/** Answers a request for one server. */
export function handleServer(request: ManagementRequest, place: ServerPlace): Reply {
  switch (request.method) {
    case 'GET':
      return { status: 200, body: viewServer(requireServer(request, place), request.context.config.tenant) };
    case 'PUT':
      return putServer(request, place);
    case 'PATCH':
      return updateServer(request, requireIdle(request, place));
    case 'DELETE':
      return deleteServer(request, place);
    default:
      throw new ResourceManagerError(
        405,
        'MethodNotAllowed',
        `${request.method} is not supported for servers.`,
      );
  }
}

/** Answers `restart`, `start` and `stop`. */
export function changePower(
  request: ManagementRequest,
  place: ServerPlace,
  action: 'restart' | 'start' | 'stop',
): Reply {
  const server = action === 'start' ? requireIdle(request, place) : requireReady(request, place);
  server.state = ({ restart: 'Restarting', start: 'Starting', stop: 'Stopping' } as const)[action];
  return acceptOperation(request, server, { kind: `${action}-server` });
}

function putServer(request: ManagementRequest, place: ServerPlace): Reply {
  const existing = request.context.store.server(serverKey(place.resourceGroup, place.name));
  const body = readServerBody(request.body);
  const mode = body.properties.createMode ?? 'Create';
  if (existing !== undefined) {
    if (mode === 'Create' || mode === 'Default' || mode === 'Update') {
      return updateServer(request, requireIdle(request, place));
    }
    throw nameIsUsed(place.name);
  }
  // Names are global: one that stands in another resource group is taken, too.
  if (request.context.store.isNameUsed(place.name)) throw nameIsUsed(place.name);
  switch (mode) {
    case 'PointInTimeRestore':
    case 'GeoRestore':
    case 'ReviveDropped':
      return beginRestore(request, place, body, mode);
    case 'Create':
    case 'Default':
      return createServer(request, place, body);
    case 'Update':
      throw notFound('Microsoft.DBforPostgreSQL/flexibleServers', place.name);
    default:
      throw new ResourceManagerError(
        400,
        'OperationNotSupported',
        `The create mode ${mode} is not supported here.`,
      );
  }
}

const nameIsUsed = (name: string): ResourceManagerError =>
  new ResourceManagerError(
    409,
    'ServerNameAlreadyExists',
    `Specified server name '${name}' is already used.`,
  );

function createServer(
  request: ManagementRequest,
  place: ServerPlace,
  body: ReturnType<typeof readServerBody>,
): Reply {
  const password = body.properties.administratorLoginPassword;
  const login = body.properties.administratorLogin;
  if (login === undefined || password === undefined) {
    throw new ResourceManagerError(
      400,
      'MissingRequiredParameter',
      'administratorLogin and administratorLoginPassword are required.',
    );
  }
  const server = addServer(request, place, body, undefined);
  return acceptOperation(request, server, { kind: 'create-server', administratorPassword: password });
}

function updateServer(request: ManagementRequest, server: ServerRecord): Reply {
  if (server.state === 'Ready') server.state = 'Updating';
  return acceptOperation(request, server, { kind: 'update-server', body: request.body });
}

function deleteServer(request: ManagementRequest, place: ServerPlace): Reply {
  if (request.context.store.server(serverKey(place.resourceGroup, place.name)) === undefined)
    return { status: 204 };
  const server = requireIdle(request, place);
  server.state = 'Dropping';
  return acceptOperation(request, server, { kind: 'delete-server' });
}
