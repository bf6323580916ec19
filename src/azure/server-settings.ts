/** What a flexible server is set to, over the resource manager: its parameters, and the facts that it is made of. */
import type { PostgreSQLManagementFlexibleServerClient } from '@azure/arm-postgresql-flexible';
import type { OperationStart } from '../contracts/operations.ts';
import { Failure } from '../policy/failure.ts';
import { parseServerResourceId, type ServerResource } from '../policy/identifiers.ts';
import type { Clock } from '../ports/clock.ts';
import type { OwnParameter, ServerSettings } from '../ports/server-settings.ts';
import { beginOperation } from './begin-operation.ts';
import { azureFailure } from './errors.ts';
import type { ResourceManager } from './resource-manager.ts';

export class AzureServerSettings implements ServerSettings {
  readonly #manager: ResourceManager;
  readonly #clock: Clock;

  constructor(manager: ResourceManager, clock: Clock) {
    this.#manager = manager;
    this.#clock = clock;
  }

  async listOwnParameters(server: string): Promise<readonly OwnParameter[]> {
    const { client, at } = this.#at(server);
    const own: OwnParameter[] = [];
    try {
      for await (const one of client.configurations.listByServer(at.resourceGroup, at.name)) {
        if (one.name === undefined || one.source !== 'user-override' || one.isReadOnly === true) continue;
        const isPendingRestart = one.isConfigPendingRestart === true;
        own.push({ name: one.name, value: one.value ?? '', isPendingRestart });
      }
    } catch (thrown) {
      throw azureFailure('resource manager', thrown);
    }
    return own;
  }

  async platformOf(server: string): Promise<Readonly<Record<string, string>>> {
    const { client, at } = this.#at(server);
    try {
      const { version, sku, storage, backup, highAvailability, network } = await client.servers.get(
        at.resourceGroup,
        at.name,
      );
      const facts = {
        ...{ version, tier: sku?.tier, sku: sku?.name, storageGb: storage?.storageSizeGB },
        ...{
          backupRetentionDays: backup?.backupRetentionDays,
          geoRedundantBackup: backup?.geoRedundantBackup,
        },
        highAvailability: highAvailability?.mode,
        publicNetworkAccess: network?.publicNetworkAccess,
        delegatedSubnet: network?.delegatedSubnetResourceId,
      };
      return Object.fromEntries(
        Object.entries(facts).flatMap(([name, value]) =>
          value === undefined ? [] : [[name, String(value)]],
        ),
      );
    } catch (thrown) {
      throw azureFailure('resource manager', thrown);
    }
  }

  beginParameter(server: string, name: string, value: string): Promise<OperationStart> {
    const { client, at } = this.#at(server);
    const body = { value, source: 'user-override' };
    return beginOperation(this.#clock, { kind: 'parameter', server, item: name }, (options) =>
      client.configurations.beginPut(at.resourceGroup, at.name, name, body, options),
    );
  }

  beginRestart(server: string): Promise<OperationStart> {
    const { client, at } = this.#at(server);
    return beginOperation(this.#clock, { kind: 'restart', server }, (options) =>
      client.servers.beginRestart(at.resourceGroup, at.name, options),
    );
  }

  #at(server: string): {
    readonly client: PostgreSQLManagementFlexibleServerClient;
    readonly at: ServerResource;
  } {
    const at = parseServerResourceId(server);
    if (at !== undefined) return { client: this.#manager.client(at.subscription), at };
    throw new Failure(
      'bad-input',
      `"${server}" is no flexible server's resource id`,
      'Correct the estate file.',
    );
  }
}
