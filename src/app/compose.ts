/** Puts the product together once per process: settings, estate, adapters. The only place that knows them all. */
import { ManagedIdentityCredential } from '@azure/identity';
import { BlobServiceClient, ContainerClient } from '@azure/storage-blob';
import { readFileSync } from 'node:fs';
import type { Activity } from '../activities/activity.ts';
import { allActivities } from '../activities/all.ts';
import { AuditLog } from '../activities/audit-log.ts';
import type { Dependencies } from '../activities/dependencies.ts';
import { boundedPipeline } from '../azure/storage-pipeline.ts';
import { EntraTokens } from '../azure/entra-tokens.ts';
import { AzureBlobCopies } from '../azure/blob-copies.ts';
import { BlobSegments } from '../azure/blob-segments.ts';
import { BlobVault } from '../azure/blob-vault.ts';
import { systemClock } from '../azure/clock.ts';
import { AzureReferenceClocks } from '../azure/reference-clocks.ts';
import { AzureContentStores } from '../azure/content-stores.ts';
import { AzureServerSettings } from '../azure/server-settings.ts';
import { AzureDatabaseServers } from '../azure/database-servers.ts';
import { AzureDatabases } from '../azure/databases.ts';
import { PlainHttpRequests } from '../azure/http-requests.ts';
import { KeyVaultSigner } from '../azure/key-vault-signer.ts';
import { ScratchContainers } from '../azure/scratch-containers.ts';
import { ResourceManager } from '../azure/resource-manager.ts';
import { readEstate } from '../contracts/estate.ts';
import { digestOf } from '../policy/canonical-json.ts';
import { Failure } from '../policy/failure.ts';
import type { CallerTokens } from '../ports/caller-tokens.ts';
import { bearerAuthorization } from '../scan-engine/authorization.ts';
import { ThreadedBlobScanner } from '../scan-engine/threaded-blob-scanner.ts';
import { readSettings, type Settings } from './settings.ts';
import { withTrustAnchors, type TrustedEstate } from './trust-anchors.ts';
import { softwareVersion } from './version.ts';

/** What the functions work with. */
export interface App {
  readonly settings: Settings;
  readonly deps: Dependencies;
  readonly activities: readonly Activity[];
  /** The systems of this deployment's region. */
  readonly systems: readonly string[];
}

/** The app with its API. */
export interface ServingApp extends App {
  /** The only way in. */
  readonly tokens: CallerTokens;
}

/**
 * Composes the app from the environment; throws a `Failure` that names every wrong setting or estate entry. What is only
 * worth knowing is given to `warn`, a sentence each: the host's log unless it is told otherwise.
 */
export function composeApp(
  environment: Readonly<Record<string, string | undefined>>,
  warn: (warning: string) => void = (warning) => console.warn(`lifeboat: ${warning}`),
): ServingApp {
  const settings = readSettings(environment);
  const { estate, warnings } = readEstateFile(settings.estateFile);
  for (const warning of warnings) warn(warning);
  const credential = new ManagedIdentityCredential(
    settings.clientId === undefined ? {} : { clientId: settings.clientId },
  );
  const manager = new ResourceManager(
    settings.resourceManagerUrl,
    settings.resourceManagerAudience,
    credential,
  );
  const servers = new AzureDatabaseServers(manager, systemClock);
  const vaultContainer = new ContainerClient(settings.vaultUrl, boundedPipeline(credential));
  const vault = new BlobVault(vaultContainer, systemClock);
  const segments = new BlobSegments(vaultContainer, 'vault');
  const scratch = new ScratchContainers(
    new BlobServiceClient(accountOf(settings.vaultUrl), boundedPipeline(credential)),
  );
  const contents = new AzureContentStores(credential);
  const copies = new AzureBlobCopies(credential);
  const own = estate.systems
    .flatMap((system) => system.regions)
    .filter((one) => one.region === settings.region);
  const deps: Dependencies = {
    estate,
    estateDigest: digestOf(estate),
    region: settings.region,
    softwareVersion,
    actor: settings.databaseRole,
    clock: systemClock,
    vault,
    vaultDeleter: vault,
    auditLog: new AuditLog(segments, systemClock, settings.databaseRole),
    segments,
    checkpoints: new BlobSegments(
      new ContainerClient(settings.checkpointsUrl, boundedPipeline(credential)),
      'checkpoints',
    ),
    servers,
    settings: new AzureServerSettings(manager, systemClock),
    deleter: servers,
    databases: new AzureDatabases(credential, settings.databaseRole),
    contents,
    contentDeleter: contents,
    copies,
    blobWriter: copies,
    scanner: new ThreadedBlobScanner({
      authorize: bearerAuthorization(credential, systemClock),
      clock: systemClock,
    }),
    ...{ scratch, scratchDeleter: scratch },
    http: new PlainHttpRequests(credential),
    signer: new KeyVaultSigner(settings.signingKey, settings.signingAudience, credential, systemClock),
    referenceClocks: new AzureReferenceClocks(
      vaultContainer,
      manager,
      own[0]?.databases[0]?.server ?? '',
      systemClock,
    ),
  };
  const systems = estate.systems
    .filter((system) => system.regions.some((one) => one.region === settings.region))
    .map((system) => system.id);
  const tokens = new EntraTokens(settings.api, systemClock);
  return { settings, deps, activities: allActivities(deps), systems, tokens };
}

/** The account that a container's URL lies in. */
const accountOf = (container: string): string => container.replace(/\/[^/]+\/?$/, '');

function readEstateFile(file: string): TrustedEstate {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (thrown) {
    throw new Failure(
      'bad-estate',
      `the estate file ${file} cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      'Deploy it with the app, or name it in LIFEBOAT_ESTATE.',
    );
  }
  return withTrustAnchors(readEstate(text, file), file, systemClock.now());
}
