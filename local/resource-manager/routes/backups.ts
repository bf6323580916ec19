/** Backups of a server, with the provider's limits on those that a customer takes. */
import { invalidParameter, notFound, ResourceManagerError } from '../errors.ts';
import type { ServerRecord, Task } from '../model.ts';
import { serverType, viewBackup } from '../views.ts';
import {
  acceptOperation,
  requireIdle,
  requireReady,
  requireServer,
  type ManagementRequest,
  type Reply,
  type ServerPlace,
} from './request.ts';

const maxOnDemandBackups = 7;
const namePattern = /^[-\w.]{1,128}$/;

/** Answers `…/backups` and `…/backups/{name}`. */
export function handleBackups(request: ManagementRequest, place: ServerPlace): Reply {
  const server = requireServer(request, place);
  const { item } = place;
  if (request.method === 'GET') return item === undefined ? listBackups(server) : showBackup(server, item);
  if (request.method === 'PUT' && item !== undefined) return createBackup(request, place, item);
  if (request.method === 'DELETE' && item !== undefined) return deleteBackup(request, place, item);
  throw new ResourceManagerError(405, 'MethodNotAllowed', `${request.method} is not supported for backups.`);
}

function listBackups(server: ServerRecord): Reply {
  return { status: 200, body: { value: server.backups.map((backup) => viewBackup(server, backup)) } };
}

function showBackup(server: ServerRecord, name: string): Reply {
  const backup = findBackup(server, name);
  if (backup === undefined) throw notFound(`${serverType}/backups`, name);
  return { status: 200, body: viewBackup(server, backup) };
}

function createBackup(request: ManagementRequest, place: ServerPlace, name: string): Reply {
  if (!namePattern.test(name))
    throw invalidParameter('backupName', 'Use up to 128 letters, digits and . - _');
  const server = requireServer(request, place);
  if (server.sku.tier === 'Burstable') {
    const message = 'On-demand backup is not supported for servers in the Burstable tier.';
    throw new ResourceManagerError(400, 'OnDemandBackupNotSupported', message);
  }
  // A duplicate and a concurrent backup are accepted and fail later, with a code that says nothing.
  if (findBackup(server, name) !== undefined || isTakingBackup(request, server)) {
    return acceptOperation(request, server, unexplainedFailure());
  }
  requireReady(request, place);
  if (server.backups.filter((backup) => backup.type !== 'Full').length >= maxOnDemandBackups) {
    const message = `The maximum of ${maxOnDemandBackups} on-demand backups is reached. Delete one to take another.`;
    throw new ResourceManagerError(400, 'OnDemandBackupLimitReached', message);
  }
  return acceptOperation(request, server, { kind: 'create-backup', name });
}

function deleteBackup(request: ManagementRequest, place: ServerPlace, name: string): Reply {
  const server = requireServer(request, place);
  const backup = findBackup(server, name);
  if (backup === undefined) return { status: 204 };
  if (backup.type === 'Full') {
    throw new ResourceManagerError(400, 'OperationNotAllowed', 'Automatic backups cannot be deleted.');
  }
  return acceptOperation(request, requireIdle(request, place), { kind: 'delete-backup', name: backup.name });
}

function findBackup(server: ServerRecord, name: string): ServerRecord['backups'][number] | undefined {
  return server.backups.find((backup) => backup.name.toLowerCase() === name.toLowerCase());
}

function isTakingBackup(request: ManagementRequest, server: ServerRecord): boolean {
  const running = request.context.store.state.operations[server.busyWith ?? ''];
  return running?.task?.kind === 'create-backup';
}

function unexplainedFailure(): Task {
  return {
    kind: 'refuse',
    code: 'InternalServerError',
    message: 'An unexpected error occurred while processing the request.',
  };
}
