/** The configuration file of the stand-in, checked once at the start. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const identity = z.object({
  name: z.string().min(1),
  clientId: z.guid(),
  secret: z.string().min(1),
  principal: z.string().min(1).max(63),
});

const storageAccount = z.object({
  resourceGroup: z.string().min(1),
  name: z.string().min(1),
  location: z.string().min(1),
  sku: z.string().min(1),
  blobEndpoint: z.url(),
  secondaryLocation: z.string().optional(),
  versions: z.boolean().default(false),
  softDeleteDays: z.int().min(0).max(365).default(0),
});

const timing = z.object({
  /** Every operation takes at least this long. */
  minOperationMs: z.number().nonnegative().default(0),
  /** Sent as Retry-After with every running operation; 0 sends none. */
  pollRetryAfterSeconds: z.number().int().nonnegative().default(0),
  /** How far the paired region lags behind; also reported as the lag of storage replication. */
  geoLagMs: z.number().nonnegative().default(60_000),
  automaticBackupEveryMs: z.number().positive().default(86_400_000),
  /** A restored server gets its first automatic backup this long after it is ready. */
  firstBackupAfterRestoreMs: z.number().nonnegative().default(600_000),
  maintenanceEveryMs: z.number().positive().default(30_000),
  tokenLifetimeSeconds: z.number().positive().default(3600),
  tokenRenewBeforeSeconds: z.number().nonnegative().default(300),
});

const schema = z.object({
  stateDir: z.string().min(1),
  postgresHome: z.string().min(1),
  tls: z.object({ certFile: z.string(), keyFile: z.string(), caFile: z.string() }),
  port: z.number().int().nonnegative(),
  identityPort: z.number().int().nonnegative(),
  /** Without a control section there is no control endpoint. */
  control: z.object({ port: z.number().int().nonnegative(), secret: z.string().min(16) }).optional(),
  subscription: z.guid(),
  tenant: z.guid(),
  identities: z.array(identity).min(1),
  storageAccounts: z.array(storageAccount).default([]),
  timing: timing.prefault({}),
});

/** The checked configuration. */
export type StandInConfig = z.infer<typeof schema>;

/** The configuration as it is written in the file, before defaults. */
export type StandInConfigInput = z.input<typeof schema>;

/** A storage account that the stand-in describes. */
export type StorageAccountConfig = z.infer<typeof storageAccount>;

/** Reads and checks the configuration file; the error names every problem with its path. */
export function readConfig(file: string): StandInConfig {
  const parsed = schema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => `  ${issue.path.join('.') || '(root)'}: ${issue.message}`,
  );
  throw new Error(`The configuration ${file} is wrong:\n${problems.join('\n')}`);
}
