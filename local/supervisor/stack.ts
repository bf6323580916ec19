/**
 * The embedded stack: certificates → blob store and its proxy → resource manager with its databases → key vault → place to sign
 * in → sample estate → one app per region. Up in this order, down in the reverse one.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { readEstate } from '../../src/contracts/estate.ts';
import type { Profile } from '../../src/contracts/profile.ts';
import { ensureCertificates, type CertificatePaths } from '../certificates/ensure-certificates.ts';
import { choosePostgresHome } from '../postgres/home.ts';
import { stopOrphanedPostmasters } from '../postgres/postmaster.ts';
import { Child } from './child.ts';
import { layOutDeployment, readEstateText, writeProfile } from './deployment.ts';
import { makeExpiredBackups, makeExpiredSnapshots, makeExpiredVersions } from './expired-samples.ts';
import type { Options } from './options.ts';
import { portsMustBeFree, spaceMustSuffice } from './preflight.ts';
import {
  applicationProcess,
  appProcess,
  blobStoreProcess,
  keyVaultProcess,
  loginProcess,
  resourceManagerProcess,
  storageProxyProcess,
  type ProcessDefinition,
} from './processes.ts';
import { makeContainers, makeServers, seedSystems, type Estateful } from './provision.ts';
import { readJson, StateFolder, writeJson, type Secrets } from './state.ts';
import type { Steps } from './steps.ts';
import {
  applicationConfig,
  applicationName,
  appSettings,
  authorityOf,
  estateForPorts,
  keyVaultConfig,
  loginConfig,
  portsOf,
  standInConfig,
  storageProxyConfig,
  topologyOf,
  usesApplication,
  type Ports,
} from './topology.ts';
import { startWriters, type Writers } from './writers.ts';

export class Stack {
  readonly #options: Options;
  readonly #steps: Steps;
  readonly #state: StateFolder;
  readonly #children: Child[] = [];
  #writers: Writers | undefined;
  #profile: Profile | undefined;
  #holdsState = false;

  constructor(options: Options, steps: Steps) {
    this.#options = options;
    this.#steps = steps;
    this.#state = new StateFolder(options.stateDir);
  }

  /** Whether the state folder was taken: only then is there anything to stop, and nothing of it is another stack's. */
  get holdsState(): boolean {
    return this.#holdsState;
  }

  /** How the apps are reached; after `up`. */
  get profile(): Profile {
    if (this.#profile === undefined) throw new Error('the stack is not up');
    return this.#profile;
  }

  /** Brings everything up; throws a `Failure` that names the part that did not come, or the signal's reason. */
  async up(signal: AbortSignal): Promise<void> {
    const { stateDir, estateFile, portOffset, fresh } = this.#options;
    const text = readEstateText(estateFile);
    const regions = topologyOf(readEstate(text, estateFile)).regions;
    const ports = portsOf(regions, portOffset);
    const estateText = estateForPorts(text, ports);
    const estate = readEstate(estateText, estateFile);
    const topology = topologyOf(estate);

    if (!fresh) this.#spaceMustSuffice();
    this.#state.lock();
    this.#holdsState = true;
    const left = await this.#state.stopLeftovers();
    if (left.length > 0) this.#steps.say(`Stopped what an earlier start left running: ${left.join(', ')}`);
    if (fresh) await this.#steps.run('start over', () => this.#startOver());
    this.#spaceMustSuffice();
    await portsMustBeFree(ports);

    const secrets = this.#state.secrets(
      [...regions, applicationName],
      topology.accounts.map((account) => account.name),
    );
    const certificates = await this.#steps.run('certificates', () =>
      ensureCertificates(this.#state.path('certificates')),
    );
    setDefaultCACertificates([...getCACertificates('default'), readFileSync(certificates.caFile, 'utf8')]);
    const postgresHome = await choosePostgresHome(stateDir);
    await stopOrphanedPostmasters(postgresHome);
    mkdirSync(this.#state.path('logs'), { recursive: true });

    const blobAddress = `https://127.0.0.1:${ports.blob}`;
    await this.#steps.run(
      'blob store',
      () => this.#start(blobStoreProcess(this.#state, ports.store, certificates, secrets.storageKeys)),
      () => `https://127.0.0.1:${ports.store}`,
    );
    writeJson(
      this.#state.path('storage-proxy.json'),
      storageProxyConfig(this.#state, topology, ports, secrets, certificates),
    );
    await this.#steps.run(
      'storage proxy',
      () => this.#start(storageProxyProcess(this.#state)),
      () => blobAddress,
    );
    writeJson(
      this.#state.path('resource-manager.json'),
      standInConfig(this.#state, topology, ports, secrets, certificates, postgresHome),
    );
    await this.#steps.run(
      'resource manager',
      () => this.#start(resourceManagerProcess(this.#state)),
      () => `https://127.0.0.1:${ports.manager}`,
    );

    writeJson(
      this.#state.path('key-vault.json'),
      keyVaultConfig(this.#state, topology, ports, secrets, certificates),
    );
    await this.#steps.run(
      'key vault',
      () => this.#start(keyVaultProcess(this.#state)),
      () => `https://127.0.0.1:${ports.keys}`,
    );

    writeJson(this.#state.path('login.json'), loginConfig(this.#state, ports, secrets, certificates));
    await this.#steps.run(
      'login',
      () => this.#start(loginProcess(this.#state)),
      () => authorityOf(ports),
    );

    signal.throwIfAborted();
    const parts: Estateful = { estate, topology, ports, secrets, stateDir };
    await makeContainers(parts);
    await this.#steps.run(
      'database servers',
      () => makeServers(parts),
      (made) => `${topology.servers.length} servers, ${made} new`,
    );
    signal.throwIfAborted();
    await this.#steps.run(
      'sample estate',
      (note) => seedSystems(parts, { scale: this.#options.scalePercent / 100, signal }, note),
      (seeded) => `${seeded.rows} rows, ${seeded.blobs} blobs, ${(seeded.bytes / 1e6).toFixed(0)} MB`,
    );

    if (readJson(this.#state.path('expired-samples.json')) === undefined) {
      await this.#steps.run(
        'expired samples',
        () => this.#makeExpired(parts, certificates),
        (made) =>
          `${made.backups} backups, ${made.snapshots} blob snapshots and ${made.versions} versions from before the window`,
      );
    }

    signal.throwIfAborted();
    if (usesApplication(estate, ports)) await this.#startApplication(ports, secrets, certificates);
    layOutDeployment(this.#state, estateText, stateDir, regions);
    for (const region of regions) {
      const settings = appSettings(this.#state, region, ports, secrets, certificates);
      await this.#steps.run(
        `app of ${region}`,
        () => this.#start(appProcess(this.#state, region, ports.hosts.get(region) ?? 0, settings)),
        () => `http://127.0.0.1:${ports.hosts.get(region)}`,
      );
    }
    this.#profile = writeProfile(this.#state, ports, secrets, certificates);
    this.#writers = await startWriters(
      parts,
      this.#options.writerEverySeconds,
      this.#state.path('logs', 'writer.log'),
    );
  }

  /** Stops everything in order. A second call waits for nothing that is gone. */
  async down(): Promise<void> {
    await this.#writers?.stop();
    const [blobStore, proxy, manager, keyVault, login, ...apps] = this.#children;
    await Promise.all(apps.map((app) => app.stop()));
    await login?.stop();
    await keyVault?.stop();
    await manager?.stop();
    await proxy?.stop();
    await blobStore?.stop();
    this.#state.recordProcesses([]);
    this.#state.unlock();
  }

  #spaceMustSuffice(): void {
    spaceMustSuffice(this.#options.stateDir, readJson(this.#state.path('secrets.json')) === undefined);
  }

  async #startOver(): Promise<void> {
    await this.#state.remove();
    this.#state.lock();
  }

  async #start(definition: ProcessDefinition): Promise<void> {
    const child = this.#child(definition);
    this.#children.push(child);
    const started = child.start();
    this.#record();
    await started;
    this.#record();
  }

  async #startApplication(ports: Ports, secrets: Secrets, certificates: CertificatePaths): Promise<void> {
    writeJson(this.#state.path('sample-application.json'), applicationConfig(ports, secrets, certificates));
    await this.#steps.run(
      'sample application',
      () => this.#start(applicationProcess(this.#state, certificates)),
      () => `https://127.0.0.1:${ports.application}`,
    );
  }

  /** The blob store stands back in time for a moment, without certificates: they did not exist then. */
  async #makeExpired(
    parts: Estateful,
    certificates: CertificatePaths,
  ): Promise<{ backups: number; snapshots: number; versions: number }> {
    const { ports, secrets } = parts;
    const backups = await makeExpiredBackups(parts);
    const versions = await makeExpiredVersions(parts);
    await this.#swapBlobStore(blobStoreProcess(this.#state, ports.store, undefined, secrets.storageKeys));
    const snapshots = await makeExpiredSnapshots(parts);
    await this.#swapBlobStore(blobStoreProcess(this.#state, ports.store, certificates, secrets.storageKeys));
    writeJson(this.#state.path('expired-samples.json'), { backups, snapshots, versions });
    return { backups, snapshots, versions };
  }

  async #swapBlobStore(definition: ProcessDefinition): Promise<void> {
    await this.#children[0]?.stop();
    const next = this.#child(definition);
    this.#children[0] = next;
    const started = next.start();
    this.#record();
    await started;
    this.#record();
  }

  #record(): void {
    this.#state.recordProcesses(
      this.#children.flatMap((child) =>
        child.pid === undefined ? [] : [{ name: child.name, pid: child.pid }],
      ),
    );
  }

  #child(options: ProcessDefinition): Child {
    const onRestart = (name: string, how: string): void => {
      this.#steps.say(`${name}: ${how}; it is started again`);
      setTimeout(() => this.#record(), 1_500).unref();
    };
    return new Child({ ...options, logFile: this.#state.path('logs', `${options.name}.log`), onRestart });
  }
}
