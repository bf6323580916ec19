/** Storage accounts, as far as their redundancy and addresses are asked for. */
import type { StorageAccountConfig } from '../config.ts';
import { notFound, ResourceManagerError } from '../errors.ts';
import { viewStorageAccount } from '../views.ts';
import type { ManagementRequest, Reply } from './request.ts';

const accountsIn = (request: ManagementRequest, resourceGroup: string): StorageAccountConfig[] =>
  request.context.config.storageAccounts.filter(
    (each) => each.resourceGroup.toLowerCase() === resourceGroup.toLowerCase(),
  );

/** Answers `…/storageAccounts/{name}/blobServices/default`: what the account keeps. */
export function showBlobService(
  request: ManagementRequest,
  place: {
    readonly resourceGroup: string;
    readonly name: string | undefined;
    readonly child: string;
    readonly item: string | undefined;
  },
): Reply {
  const { resourceGroup, name = '', child, item } = place;
  const account = accountsIn(request, resourceGroup).find((each) => each.name === name.toLowerCase());
  if (account === undefined || child.toLowerCase() !== 'blobservices' || item !== 'default')
    throw notFound(`Microsoft.Storage/storageAccounts/${child}`, item ?? name);
  const { versions, softDeleteDays } = account;
  return {
    status: 200,
    body: {
      name: 'default',
      type: 'Microsoft.Storage/storageAccounts/blobServices',
      properties: {
        isVersioningEnabled: versions,
        deleteRetentionPolicy:
          softDeleteDays === 0 ? { enabled: false } : { enabled: true, days: softDeleteDays },
      },
    },
  };
}

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
  const inGroup = accountsIn(request, resourceGroup);
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
