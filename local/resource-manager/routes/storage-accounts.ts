/** Storage accounts, as far as their redundancy and addresses are asked for. */
import { notFound, ResourceManagerError } from '../errors.ts';
import { viewStorageAccount } from '../views.ts';
import type { ManagementRequest, Reply } from './request.ts';

/** Answers `…/storageAccounts` and `…/storageAccounts/{name}`. */
export function showStorageAccounts(
  request: ManagementRequest,
  resourceGroup: string,
  name: string | undefined,
): Reply {
  if (request.method !== 'GET') {
    throw new ResourceManagerError(
      405,
      'MethodNotAllowed',
      `${request.method} is not supported for storage accounts.`,
    );
  }
  const { config } = request.context;
  const inGroup = config.storageAccounts.filter(
    (each) => each.resourceGroup.toLowerCase() === resourceGroup.toLowerCase(),
  );
  const replicatedUntil = request.query.get('$expand')?.includes('geoReplicationStats')
    ? new Date(Date.now() - config.timing.geoLagMs)
    : undefined;
  if (name === undefined) {
    return {
      status: 200,
      body: { value: inGroup.map((each) => viewStorageAccount(config.subscription, each, undefined)) },
    };
  }
  const found = inGroup.find((each) => each.name.toLowerCase() === name.toLowerCase());
  if (found === undefined) throw notFound('Microsoft.Storage/storageAccounts', name);
  return { status: 200, body: viewStorageAccount(config.subscription, found, replicatedUntil) };
}
