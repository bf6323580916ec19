/**
 * The provider's database servers. What an implementation must guarantee:
 * - absence is reported only on the provider's own word that the resource does not exist; every other unclear answer
 *   throws (`unavailable`), because deletions depend on it;
 * - a listing is complete or throws;
 * - a start that the provider accepted is returned as an operation, even if it failed at once;
 * - no request and no token goes to a host other than the configured resource manager.
 */
import type { DateTime } from 'luxon';
import type { Operation, OperationStart, OperationState } from '../contracts/operations.ts';
import type { ListedBackup } from '../policy/on-demand-slots.ts';

/** A server as the provider describes it. */
export interface ServerFacts {
  readonly id: string;
  readonly location: string;
  readonly state: string;
  /** Host name, with `:port` where it is not 5432. */
  readonly address: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: DateTime | undefined;
  readonly earliestRestore: DateTime | undefined;
  readonly publicNetworkAccess: string;
}

export interface AddressRange {
  readonly start: string;
  readonly end: string;
}

/** What becomes of a deleted blob: it can be undeleted for some days, or it is an earlier version from then on. */
export interface StorageKeeping {
  readonly softDelete: boolean;
  readonly versions: boolean;
}

/** A resource group of a subscription. */
export interface ResourceGroup {
  readonly subscription: string;
  readonly resourceGroup: string;
}

export interface ServerReader {
  /** The server; undefined only if the provider says that there is none. */
  get(server: string): Promise<ServerFacts | undefined>;
  /** Every backup of a server, automatic and on-demand. */
  listBackups(server: string): Promise<readonly ListedBackup[]>;
  /** Every server of a resource group, every page followed. */
  listServers(group: ResourceGroup): Promise<readonly ServerFacts[]>;
  /** The address ranges that a server's firewall lets in, by rule name. */
  listFirewallRules(server: string): Promise<ReadonlyMap<string, AddressRange>>;
  /** Where a storage account lies: its location's short name. */
  storageLocation(account: string): Promise<string>;
  /** What a storage account keeps of a blob that is deleted; what its answer does not certainly say is not kept. */
  storageKeeping(account: string): Promise<StorageKeeping>;
}

/**
 * A restore into a server that must not exist yet: to an instant, of a source that stands or of one that was dropped; or,
 * in the paired region, as far as the source was replicated.
 */
export interface RestoreRequest {
  readonly source: string;
  readonly target: string;
  readonly location: string;
  readonly instant: DateTime;
  /** Left out: from a source that stands. */
  readonly mode?: 'revive' | 'geo' | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

export interface ServerWriter {
  beginBackup(server: string, backup: string): Promise<OperationStart>;
  beginRestore(request: RestoreRequest): Promise<OperationStart>;
  beginFirewallRule(server: string, rule: string, range: AddressRange): Promise<OperationStart>;
  /** One look at an operation; the resource's own state decides where the operation's word is unclear. */
  poll(operation: Operation): Promise<OperationState>;
}

/** What only the guarded deleter may hold. */
export interface ServerDeleter {
  beginDeleteBackup(server: string, backup: string): Promise<OperationStart>;
  beginDeleteServer(server: string): Promise<OperationStart>;
}
