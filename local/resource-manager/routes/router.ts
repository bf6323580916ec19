/** Leads a request to its resource by the address. Names are compared without regard to letter case, as Azure does. */
import { ResourceManagerError } from '../errors.ts';
import { handleBackups } from './backups.ts';
import { handleConfigurations } from './configurations.ts';
import { handleDatabases } from './databases.ts';
import { handleFirewallRules } from './firewall-rules.ts';
import { showOperation, showOperationResult } from './operations.ts';
import type { ManagementRequest, Reply, ServerPlace } from './request.ts';
import { changePower, handleServer, listServers } from './servers.ts';
import { showBlobService, showStorageAccounts } from './storage-accounts.ts';

/** Answers a request. */
export async function route(request: ManagementRequest): Promise<Reply> {
  const parts = request.path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const [, subscription = '', scope = '', ...rest] = parts;
  if (parts[0]?.toLowerCase() !== 'subscriptions') throw unknownType(request.path);
  if (subscription.toLowerCase() !== request.context.config.subscription.toLowerCase()) {
    throw new ResourceManagerError(
      404,
      'SubscriptionNotFound',
      `The subscription '${subscription}' could not be found.`,
    );
  }
  if (scope.toLowerCase() === 'providers') return routeSubscription(request, rest);
  if (scope.toLowerCase() !== 'resourcegroups') throw unknownType(request.path);
  return routeResourceGroup(request, rest);
}

function routeSubscription(request: ManagementRequest, parts: readonly string[]): Reply {
  const [provider = '', type = '', , action = '', id = ''] = parts;
  if (provider.toLowerCase() !== 'microsoft.dbforpostgresql') throw unknownType(request.path);
  if (type.toLowerCase() === 'flexibleservers') return listServers(request);
  if (action.toLowerCase() === 'azureasyncoperation') return showOperation(request, id);
  if (action.toLowerCase() === 'operationresults') return showOperationResult(request, id);
  throw unknownType(request.path);
}

async function routeResourceGroup(request: ManagementRequest, parts: readonly string[]): Promise<Reply> {
  const [resourceGroup = '', , provider = '', type = '', name, child, item] = parts;
  switch (`${provider}/${type}`.toLowerCase()) {
    case 'microsoft.storage/storageaccounts':
      return child === undefined
        ? showStorageAccounts(request, resourceGroup, name)
        : showBlobService(request, { resourceGroup, name, child, item });
    case 'microsoft.dbforpostgresql/flexibleservers':
      if (name === undefined) return listServers(request, resourceGroup);
      return routeServer(request, { resourceGroup, name, item }, child?.toLowerCase());
    default:
      throw unknownType(request.path);
  }
}

async function routeServer(
  request: ManagementRequest,
  place: ServerPlace,
  child: string | undefined,
): Promise<Reply> {
  switch (child) {
    case undefined:
      return handleServer(request, place);
    case 'backups':
      return handleBackups(request, place);
    case 'firewallrules':
      return handleFirewallRules(request, place);
    case 'configurations':
      return handleConfigurations(request, place);
    case 'databases':
      return handleDatabases(request, place);
    case 'restart':
    case 'start':
    case 'stop':
      return changePower(request, place, child);
    default:
      throw unknownType(request.path);
  }
}

function unknownType(path: string): ResourceManagerError {
  return new ResourceManagerError(
    404,
    'InvalidResourceType',
    `The resource type of '${path}' could not be found.`,
  );
}
