/** The deployment's settings, read from the environment once, checked all at once. */
import { z } from 'zod';
import { regionName } from '../contracts/values.ts';
import { Failure } from '../policy/failure.ts';

const https = z.url({ protocol: /^https$/, error: 'must be an https:// URL' });

const settingsFields = z.object({
  LIFEBOAT_REGION: regionName,
  LIFEBOAT_ESTATE: z.string().min(1).default('estate.yaml'),
  LIFEBOAT_VAULT_URL: https,
  /** Another container, in which what stands cannot be changed: for the checkpoints of the audit logs. */
  LIFEBOAT_CHECKPOINTS_URL: https,
  LIFEBOAT_RESOURCE_MANAGER_URL: https.default('https://management.azure.com'),
  /** The audience of resource-manager tokens, where it is not the URL (sovereign clouds). */
  LIFEBOAT_RESOURCE_MANAGER_AUDIENCE: https.optional(),
  /** The key that signs reports: its identifier in the key vault, with a version to sign with that one alone. */
  LIFEBOAT_SIGNING_KEY: https,
  /** The audience of key-vault tokens, where it is another one (sovereign clouds). */
  LIFEBOAT_SIGNING_AUDIENCE: https.default('https://vault.azure.net'),
  /** The PostgreSQL role of the app's identity: its principal's display name. */
  LIFEBOAT_DATABASE_ROLE: z.string().min(1).max(63),
  /** Whose tokens the API takes: the directory, the API's app registration in it, and where its tokens are issued. */
  LIFEBOAT_API_TENANT: z.guid({ error: 'must be the id of the tenant, a GUID' }).toLowerCase(),
  LIFEBOAT_API_AUDIENCE: z
    .guid({ error: 'must be the client id of the app registration, a GUID' })
    .toLowerCase(),
  LIFEBOAT_API_AUTHORITY: https.default('https://login.microsoftonline.com'),
  /** The client id of a user-assigned identity. */
  AZURE_CLIENT_ID: z.string().optional(),
});

/** A URL without what may be written in two ways. */
const plain = (url: string): string => url.toLowerCase().replace(/\/+$/, '');
const settingsSchema = settingsFields.refine(
  (read) => plain(read.LIFEBOAT_CHECKPOINTS_URL) !== plain(read.LIFEBOAT_VAULT_URL),
  {
    path: ['LIFEBOAT_CHECKPOINTS_URL'],
    error:
      'must be another container than the vault: whoever can write the vault must not be able to change it',
  },
);

export interface Settings {
  readonly region: string;
  readonly estateFile: string;
  readonly vaultUrl: string;
  readonly checkpointsUrl: string;
  readonly resourceManagerUrl: string;
  readonly resourceManagerAudience: string;
  readonly signingKey: string;
  readonly signingAudience: string;
  readonly databaseRole: string;
  readonly api: { readonly authority: string; readonly tenant: string; readonly audience: string };
  readonly clientId: string | undefined;
}

/** Reads the settings; throws `bad-input` naming every one that is missing or wrong. Values are not repeated. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const result = settingsSchema.safeParse(environment);
  if (!result.success) {
    const lines = result.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new Failure(
      'bad-input',
      `the app's settings:\n${lines.join('\n')}`,
      'Set them in the Functions app; local.settings.sample.json lists them all.',
    );
  }
  const read = result.data;
  return {
    region: read.LIFEBOAT_REGION,
    estateFile: read.LIFEBOAT_ESTATE,
    vaultUrl: read.LIFEBOAT_VAULT_URL,
    checkpointsUrl: read.LIFEBOAT_CHECKPOINTS_URL,
    resourceManagerUrl: read.LIFEBOAT_RESOURCE_MANAGER_URL,
    resourceManagerAudience: read.LIFEBOAT_RESOURCE_MANAGER_AUDIENCE ?? read.LIFEBOAT_RESOURCE_MANAGER_URL,
    signingKey: read.LIFEBOAT_SIGNING_KEY,
    signingAudience: read.LIFEBOAT_SIGNING_AUDIENCE,
    databaseRole: read.LIFEBOAT_DATABASE_ROLE,
    api: {
      authority: read.LIFEBOAT_API_AUTHORITY,
      tenant: read.LIFEBOAT_API_TENANT,
      audience: read.LIFEBOAT_API_AUDIENCE,
    },
    clientId: read.AZURE_CLIENT_ID,
  };
}
