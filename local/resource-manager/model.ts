/** What the stand-in remembers: servers, their backups, long-running operations, effects and injected faults. */

/** The states of a server that the provider shows. */
export type ServerState =
  | 'Provisioning'
  | 'Ready'
  | 'Updating'
  | 'Restarting'
  | 'Starting'
  | 'Stopping'
  | 'Stopped'
  | 'Dropping'
  | 'Inaccessible';

/** A backup of a server. WAL positions are segment numbers in decimal. */
export interface BackupRecord {
  readonly name: string;
  readonly type: 'Full' | 'Customer On-Demand';
  /** What the provider shows; may be back-dated by a test. */
  completedTime: string;
  /** The earliest instant that it really can be rolled forward to. */
  readonly restorableFrom: string;
  readonly folder: string;
  readonly walTimeline: number;
  readonly walStart: string;
  readonly walStop: string;
}

/** The properties of a server that a customer chooses. */
export interface ServerProperties {
  administratorLogin: string;
  version: string;
  storage: Readonly<Record<string, unknown>>;
  backup: { readonly backupRetentionDays: number; readonly geoRedundantBackup: 'Enabled' | 'Disabled' };
  network: {
    readonly publicNetworkAccess: 'Enabled' | 'Disabled';
    readonly delegatedSubnetResourceId?: string;
    readonly privateDnsZoneArmResourceId?: string;
  };
  highAvailability: Readonly<Record<string, string>>;
  availabilityZone: string;
}

/** A firewall rule: an inclusive range of IPv4 addresses. */
export interface FirewallRule {
  readonly startIpAddress: string;
  readonly endIpAddress: string;
}

/** A flexible server. */
export interface ServerRecord {
  readonly id: string;
  readonly resourceGroup: string;
  readonly name: string;
  readonly location: string;
  tags: Readonly<Record<string, string>>;
  sku: { readonly name: string; readonly tier: string };
  readonly createdAt: string;
  readonly isRestored: boolean;
  properties: ServerProperties;
  state: ServerState;
  /** Name of its folder below the servers' folder. */
  readonly folder: string;
  port: number;
  superuserPassword: string;
  backups: BackupRecord[];
  firewallRules: Record<string, FirewallRule>;
  parameters: Record<string, string>;
  busyWith?: string;
  droppedAt?: string;
}

/** How a server is made from another. */
export type RestoreMode = 'PointInTimeRestore' | 'GeoRestore' | 'ReviveDropped';

/** The work of a long-running operation; enough to do it again after the stand-in was killed. */
export type Task =
  | { readonly kind: 'create-server'; readonly administratorPassword: string }
  | {
      readonly kind: 'restore-server';
      readonly mode: RestoreMode;
      readonly sourceId: string;
      readonly at: string;
    }
  | { readonly kind: 'update-server'; readonly body: Readonly<Record<string, unknown>> }
  | { readonly kind: 'delete-server' }
  | { readonly kind: 'restart-server' | 'start-server' | 'stop-server' }
  | { readonly kind: 'create-backup' | 'delete-backup'; readonly name: string }
  | { readonly kind: 'refuse'; readonly code: string; readonly message: string }
  | { readonly kind: 'put-firewall-rule'; readonly name: string; readonly rule: FirewallRule }
  | { readonly kind: 'delete-firewall-rule'; readonly name: string }
  | { readonly kind: 'set-parameter'; readonly name: string; readonly value: string }
  | { readonly kind: 'create-database' | 'drop-database'; readonly name: string };

/** A long-running operation. */
export interface OperationRecord {
  readonly id: string;
  readonly serverKey: string;
  readonly startTime: string;
  /** Removed at the end: it may hold a password. */
  task?: Task;
  status: 'InProgress' | 'Succeeded' | 'Failed';
  endTime?: string;
  error?: { readonly code: string; readonly message: string };
  readonly fault?: OperationFault;
}

/** What a test makes an operation do instead of its work. */
export interface OperationFault {
  readonly operationError?: { readonly code: string; readonly message: string };
  readonly operationNeverEnds?: boolean;
  readonly operationDelayMs?: number;
  /** Run as superuser in a database of the server once the operation's work is done, before the operation ends. */
  readonly afterwards?: { readonly database: string; readonly sql: string };
  /** Host (and port) put into the URLs that the caller is told to poll. */
  readonly pollUrlHost?: string;
}

/** A fault injected by a test; it applies to matching requests until it was used `times` times. */
export interface Fault extends OperationFault {
  readonly match: { readonly method?: string; readonly path?: string };
  times: number;
  readonly status?: number;
  readonly code?: string;
  readonly message?: string;
  readonly retryAfter?: number;
  readonly delayMs?: number;
}

/** Something that the stand-in did to the estate. */
export interface Effect {
  readonly at: string;
  readonly kind: EffectKind;
  readonly server: string;
  readonly name?: string;
}

/** The kinds of effects that are counted. */
export type EffectKind =
  | 'server-created'
  | 'server-deleted'
  | 'restore-started'
  | 'restore-finished'
  | 'backup-created'
  | 'backup-deleted'
  | 'automatic-backup-created'
  | 'backup-expired'
  | 'firewall-changed'
  | 'parameter-changed'
  | 'operation-failed';
