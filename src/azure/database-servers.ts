/**
 * The provider's database servers over the resource manager's API 2025-08-01 (arm-postgresql-flexible 9). A start is
 * one request whose acceptance is recorded the moment it is answered, because the library's first look at the
 * operation may fail although the provider is already at work. Polling asks the status document and holds its word
 * against the resource, which is the truth.
 */
import type { PostgreSQLManagementFlexibleServerClient, Server } from '@azure/arm-postgresql-flexible';
import { RestError } from '@azure/core-rest-pipeline';
import { DateTime } from 'luxon';
import type { Operation, OperationStart, OperationState } from '../contracts/operations.ts';
import { instantOf } from '../contracts/values.ts';
import { Failure } from '../policy/failure.ts';
import { parseServerResourceId, type ServerResource } from '../policy/identifiers.ts';
import type { ListedBackup } from '../policy/on-demand-slots.ts';
import { safetyMargins } from '../policy/safety-margins.ts';
import type { Clock } from '../ports/clock.ts';
import type {
  AddressRange,
  ResourceGroup,
  RestoreRequest,
  ServerDeleter,
  ServerFacts,
  ServerReader,
  ServerWriter,
  StorageKeeping,
} from '../ports/database-servers.ts';
import { beginOperation, type Begin } from './begin-operation.ts';
import { azureFailure, saysAbsent, serviceCode } from './errors.ts';
import type { ResourceManager } from './resource-manager.ts';

const service = 'resource manager';
const storageApiVersion = '2023-05-01';
const createModes = {
  'point-in-time': 'PointInTimeRestore',
  revive: 'ReviveDropped',
  geo: 'GeoRestore',
} as const;

export class AzureDatabaseServers implements ServerReader, ServerWriter, ServerDeleter {
  readonly #manager: ResourceManager;
  readonly #clock: Clock;

  constructor(manager: ResourceManager, clock: Clock) {
    this.#manager = manager;
    this.#clock = clock;
  }

  async get(server: string): Promise<ServerFacts | undefined> {
    const at = takeApart(server);
    try {
      return serverFacts(await this.#client(at).servers.get(at.resourceGroup, at.name));
    } catch (thrown) {
      if (saysAbsent(thrown)) return undefined;
      throw azureFailure(service, thrown);
    }
  }

  async listBackups(server: string): Promise<readonly ListedBackup[]> {
    const at = takeApart(server);
    return this.#ask(async () => {
      const listed: ListedBackup[] = [];
      for await (const backup of this.#client(at).backupsAutomaticAndOnDemand.listByServer(
        at.resourceGroup,
        at.name,
      )) {
        if (backup.name === undefined || backup.completedTime === undefined) continue; // Not completed: no backup yet.
        const kind = backup.backupType === 'Customer On-Demand' ? 'on-demand' : 'automatic';
        listed.push({
          name: backup.name,
          kind,
          completedAt: DateTime.fromJSDate(backup.completedTime, { zone: 'utc' }),
        });
      }
      return listed;
    });
  }

  async listServers({ subscription, resourceGroup }: ResourceGroup): Promise<readonly ServerFacts[]> {
    return this.#ask(async () => {
      const servers: ServerFacts[] = [];
      for await (const one of this.#manager.client(subscription).servers.listByResourceGroup(resourceGroup))
        servers.push(serverFacts(one));
      return servers;
    });
  }

  async listFirewallRules(server: string): Promise<ReadonlyMap<string, AddressRange>> {
    const at = takeApart(server);
    return this.#ask(async () => {
      const rules = new Map<string, AddressRange>();
      for await (const rule of this.#client(at).firewallRules.listByServer(at.resourceGroup, at.name)) {
        if (rule.name !== undefined)
          rules.set(rule.name, { start: rule.startIpAddress, end: rule.endIpAddress });
      }
      return rules;
    });
  }

  async storageLocation(account: string): Promise<string> {
    const subscription = account.split('/')[2] ?? '';
    const answer = await this.#ask(() =>
      this.#manager.read(subscription, `${account}?api-version=${storageApiVersion}`),
    );
    return shortLocation(textOf(answer.body['location']));
  }

  async storageKeeping(account: string): Promise<StorageKeeping> {
    const subscription = account.split('/')[2] ?? '';
    const path = `${account}/blobServices/default?api-version=${storageApiVersion}`;
    const { body } = await this.#ask(() => this.#manager.read(subscription, path));
    const properties = recordOf(body['properties']);
    const days = recordOf(properties['deleteRetentionPolicy']);
    return {
      softDelete: days['enabled'] === true,
      versions: properties['isVersioningEnabled'] === true,
    };
  }

  beginBackup(server: string, backup: string): Promise<OperationStart> {
    const at = takeApart(server);
    return this.#begin({ kind: 'backup', server, item: backup }, (options) =>
      this.#client(at).backupsAutomaticAndOnDemand.beginCreate(at.resourceGroup, at.name, backup, options),
    );
  }

  beginRestore(request: RestoreRequest): Promise<OperationStart> {
    const at = takeApart(request.target);
    const body: Server = {
      location: request.location,
      tags: { ...request.tags },
      createMode: createModes[request.mode ?? 'point-in-time'],
      sourceServerResourceId: request.source,
      pointInTimeUTC: request.instant.toJSDate(),
    };
    return this.#begin({ kind: 'restore', server: request.target }, (options) =>
      this.#client(at).servers.beginCreateOrUpdate(at.resourceGroup, at.name, body, options),
    );
  }

  beginFirewallRule(server: string, rule: string, range: AddressRange): Promise<OperationStart> {
    const at = takeApart(server);
    const body = { startIpAddress: range.start, endIpAddress: range.end };
    return this.#begin({ kind: 'firewall-rule', server, item: rule }, (options) =>
      this.#client(at).firewallRules.beginCreateOrUpdate(at.resourceGroup, at.name, rule, body, options),
    );
  }

  beginDeleteBackup(server: string, backup: string): Promise<OperationStart> {
    const at = takeApart(server);
    return this.#begin({ kind: 'delete-backup', server, item: backup }, (options) =>
      this.#client(at).backupsAutomaticAndOnDemand.beginDelete(at.resourceGroup, at.name, backup, options),
    );
  }

  beginDeleteServer(server: string): Promise<OperationStart> {
    const at = takeApart(server);
    return this.#begin({ kind: 'delete-server', server }, (options) =>
      this.#client(at).servers.beginDelete(at.resourceGroup, at.name, options),
    );
  }

  async poll(operation: Operation): Promise<OperationState> {
    const said = await this.#statusOf(operation);
    if (said.state === 'failed') return said;
    if (said.state === 'running' && showsNothing.has(operation.kind)) return said;
    if (await this.#isReached(operation)) return { state: 'succeeded' };
    if (said.state === 'running') return said;
    if (await this.#isRemoved(operation))
      return {
        state: 'failed',
        code: 'ServerRemoved',
        message: 'the server was removed when it was restored',
      };
    return { state: 'running' }; // The provider says done, the resource not yet.
  }

  #client(at: ServerResource): PostgreSQLManagementFlexibleServerClient {
    return this.#manager.client(at.subscription);
  }

  async #ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      throw azureFailure(service, thrown);
    }
  }

  #begin(what: Pick<Operation, 'kind' | 'server' | 'item'>, start: Begin): Promise<OperationStart> {
    return beginOperation(this.#clock, what, start);
  }

  /** The status document's word; `running` where it is unclear, unless it stays unknown beyond the grace. */
  async #statusOf(operation: Operation): Promise<OperationState | { state: 'said-done' }> {
    if (operation.statusUrl === undefined) return { state: 'said-done' };
    try {
      const subscription = takeApart(operation.server).subscription;
      const answer = await this.#manager.read(subscription, operation.statusUrl);
      return statusWord(answer.status, answer.body);
    } catch (thrown) {
      const gone = thrown instanceof RestError && thrown.statusCode === 404;
      const age = this.#clock.now().diff(instantOf(operation.acceptedAt)).as('seconds');
      if (gone)
        return age < safetyMargins.operationUnknownGraceSeconds
          ? { state: 'running' }
          : { state: 'said-done' };
      if (thrown instanceof RestError && thrown.statusCode === 400)
        return { state: 'failed', code: serviceCode(thrown) ?? 'BadRequest', message: thrown.message };
      throw azureFailure(service, thrown);
    }
  }

  /** Whether somebody removed the server between the end of what was done to it and the look at it. */
  async #isRemoved({ kind, server, acceptedAt }: Operation): Promise<boolean> {
    if (kind !== 'restore' && kind !== 'restart') return false;
    const age = this.#clock.now().diff(instantOf(acceptedAt)).as('seconds');
    return age >= safetyMargins.restoredUnknownGraceSeconds && (await this.get(server)) === undefined;
  }

  /** Whether the resource is in the state that the operation was to bring about. */
  async #isReached(operation: Operation): Promise<boolean> {
    const { kind, server, item } = operation;
    // Its value is looked at by who set it.
    if (kind === 'parameter') return true;
    if (kind === 'restore' || kind === 'restart') return (await this.get(server))?.state === 'Ready';
    if (kind === 'delete-server') return (await this.get(server)) === undefined;
    if (kind === 'first-backup')
      return (await this.listBackups(server)).some((backup) => backup.kind === 'automatic');
    if (kind === 'firewall-rule') return (await this.listFirewallRules(server)).has(item ?? '');
    const listed = (await this.listBackups(server)).some((backup) => backup.name === item);
    return kind === 'backup' ? listed : !listed;
  }
}

/** A server is as ready before these are done as it is afterwards: that they are over the provider alone can say. */
const showsNothing: ReadonlySet<Operation['kind']> = new Set(['parameter', 'restart']);

function statusWord(status: number, body: Record<string, unknown>): OperationState | { state: 'said-done' } {
  const word = textOf(body['status']).toLowerCase();
  const error = body['error'] as { code?: string; message?: string } | undefined;
  if (word === 'failed' || word === 'canceled')
    return {
      state: 'failed',
      code: error?.code ?? word,
      message: error?.message ?? 'the provider gave no reason',
    };
  if (word === 'succeeded') return { state: 'said-done' };
  if (word === '' && (status === 200 || status === 204)) return { state: 'said-done' };
  const percent = body['percentComplete'];
  return typeof percent === 'number' ? { state: 'running', percent } : { state: 'running' };
}

function serverFacts(server: Server): ServerFacts {
  const created = server.systemData?.createdAt;
  const earliest = server.backup?.earliestRestoreDate;
  return {
    id: server.id ?? '',
    location: shortLocation(server.location),
    state: server.state ?? 'unknown',
    address: server.fullyQualifiedDomainName,
    tags: server.tags ?? {},
    createdAt: created === undefined ? undefined : DateTime.fromJSDate(created, { zone: 'utc' }),
    earliestRestore: earliest === undefined ? undefined : DateTime.fromJSDate(earliest, { zone: 'utc' }),
    publicNetworkAccess: server.network?.publicNetworkAccess ?? 'unknown',
  };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** `West Europe` and `westeurope` are the same place. */
function shortLocation(text: string): string {
  return text.toLowerCase().replaceAll(' ', '');
}

function takeApart(server: string): ServerResource {
  const at = parseServerResourceId(server);
  if (at !== undefined) return at;
  throw new Failure(
    'bad-input',
    `"${server}" is no flexible server's resource id`,
    'Correct the id in the estate file.',
  );
}

const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
