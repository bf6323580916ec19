/**
 * The embedded stack: certificates → blob store → resource manager with its databases → sample estate → one app per
 * region. Up in this order, down in the reverse one.
 */
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { readEstate } from '../../src/contracts/estate.ts';
import type { Profile } from '../../src/contracts/api.ts';
import { Failure } from '../../src/policy/failure.ts';
import { ensureCertificates, type CertificatePaths } from '../certificates/ensure-certificates.ts';
import { choosePostgresHome } from '../postgres/home.ts';
import { stopOrphanedPostmasters } from '../postgres/postmaster.ts';
import { Child, type ChildOptions } from './child.ts';
import { makeExpiredBackups, makeExpiredSnapshots, snapshotAgeDays } from './expired-samples.ts';
import type { Options } from './options.ts';
import { portsMustBeFree, spaceMustSuffice } from './preflight.ts';
import { makeContainers, makeServers, seedSystems, type Estateful } from './provision.ts';
import { readJson, StateFolder, writeJson } from './state.ts';
import type { Steps } from './steps.ts';
import { appSettings, estateForPorts, portsOf, standInConfig, topologyOf } from './topology.ts';
import { startWriters, type Writers } from './writers.ts';

const root = path.resolve(import.meta.dirname, '../..');

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
      regions,
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
      () => this.#start(this.#blobStore(ports.blob, certificates, secrets.storageKeys)),
      () => blobAddress,
    );
    writeJson(
      this.#state.path('resource-manager.json'),
      standInConfig(this.#state, topology, ports, secrets, certificates, postgresHome),
    );
    await this.#steps.run(
      'resource manager',
      () => this.#start(this.#resourceManager()),
      () => `https://127.0.0.1:${ports.manager}`,
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
        (made) => `${made.backups} backups and ${made.snapshots} blob snapshots from before the window`,
      );
    }

    signal.throwIfAborted();
    this.#deploy(estateText);
    for (const region of regions) {
      const settings = appSettings(this.#state, region, ports, secrets, certificates);
      await this.#steps.run(
        `app of ${region}`,
        () => this.#start(this.#app(region, ports.hosts.get(region) ?? 0, settings)),
        () => `http://127.0.0.1:${ports.hosts.get(region)}`,
      );
    }
    this.#profile = this.#writeProfile(regions, ports.hosts, certificates);
    this.#writers = await startWriters(
      parts,
      this.#options.writerEverySeconds,
      this.#state.path('logs', 'writer.log'),
    );
  }

  /** Stops everything in order. A second call waits for nothing that is gone. */
  async down(): Promise<void> {
    await this.#writers?.stop();
    const [blobStore, manager, ...apps] = this.#children;
    await Promise.all(apps.map((app) => app.stop()));
    await manager?.stop();
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

  async #start(child: Child): Promise<void> {
    this.#children.push(child);
    const started = child.start();
    this.#record();
    await started;
    this.#record();
  }

  /** The blob store stands back in time for a moment, without certificates: they did not exist then. */
  async #makeExpired(
    parts: Estateful,
    certificates: CertificatePaths,
  ): Promise<{ backups: number; snapshots: number }> {
    const { ports, secrets } = parts;
    const backups = await makeExpiredBackups(parts);
    await this.#swapBlobStore(this.#blobStore(ports.blob, undefined, secrets.storageKeys));
    const snapshots = await makeExpiredSnapshots(parts);
    await this.#swapBlobStore(this.#blobStore(ports.blob, certificates, secrets.storageKeys));
    writeJson(this.#state.path('expired-samples.json'), { backups, snapshots });
    return { backups, snapshots };
  }

  async #swapBlobStore(next: Child): Promise<void> {
    await this.#children[0]?.stop();
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

  #child(options: Omit<ChildOptions, 'logFile' | 'onRestart'>): Child {
    const onRestart = (name: string, how: string): void => {
      this.#steps.say(`${name}: ${how}; it is started again`);
      setTimeout(() => this.#record(), 1_500).unref();
    };
    return new Child({ ...options, logFile: this.#state.path('logs', `${options.name}.log`), onRestart });
  }

  /** The blob store; without certificates it serves plain HTTP and its clock stands back. */
  #blobStore(
    port: number,
    certificates: CertificatePaths | undefined,
    keys: Readonly<Record<string, string>>,
  ): Child {
    const program = path.join(root, 'node_modules/azurite/dist/src/blob/main.js');
    const location = this.#state.path('blob-store');
    mkdirSync(location, { recursive: true });
    const flags = [
      '--blobHost',
      '127.0.0.1',
      '--blobPort',
      String(port),
      '--location',
      location,
      ...(certificates === undefined ? [] : ['--cert', certificates.certFile, '--key', certificates.keyFile]),
      ...(certificates === undefined ? [] : ['--oauth', 'basic']),
    ];
    const shifted = certificates === undefined;
    return this.#child({
      name: 'blob-store',
      args: [
        ...(shifted ? ['--import', path.join(root, 'local/blob-store/shifted-clock.mjs')] : []),
        program,
        ...flags,
        '--skipApiVersionCheck',
        '--disableTelemetry',
        '--silent',
      ],
      environment: {
        AZURITE_ACCOUNTS: Object.entries(keys)
          .map(([name, key]) => `${name}:${key}`)
          .join(';'),
        ...(shifted ? { LIFEBOAT_CLOCK_SHIFT_MS: String(-snapshotAgeDays * 86_400_000) } : {}),
      },
      readyWhen: { probe: () => canConnect(port) },
    });
  }

  #resourceManager(): Child {
    return this.#child({
      name: 'resource-manager',
      args: [
        path.join(root, 'local/resource-manager/main.ts'),
        '--config',
        this.#state.path('resource-manager.json'),
      ],
      environment: {},
      readyWhen: { line: /^READY / },
    });
  }

  #app(region: string, port: number, environment: Readonly<Record<string, string>>): Child {
    return this.#child({
      name: `app-${region}`,
      args: [
        path.join(root, 'local/functions-host/main.ts'),
        '--app',
        this.#state.path('deployment'),
        '--state',
        this.#state.path('hosts', region),
        '--port',
        String(port),
      ],
      environment,
      readyWhen: { line: /^READY / },
    });
  }

  /** Lays out what would be deployed: the bundle, host.json, package.json, the estate file; nothing else is run. */
  #deploy(estateText: string): void {
    const [target, next] = [this.#state.path('deployment'), this.#state.path('deployment.new')];
    rmSync(next, { recursive: true, force: true });
    mkdirSync(next, { recursive: true });
    cpSync(path.join(root, 'dist'), path.join(next, 'dist'), { recursive: true });
    for (const file of ['host.json', 'package.json']) cpSync(path.join(root, file), path.join(next, file));
    writeFileSync(path.join(next, 'estate.yaml'), estateText);
    rmSync(target, { recursive: true, force: true });
    renameSync(next, target);
  }

  #writeProfile(
    regions: readonly string[],
    hosts: ReadonlyMap<string, number>,
    certificates: CertificatePaths,
  ): Profile {
    const deployments = regions.map((region) => {
      const keys = readJson(this.#state.path('hosts', region, 'keys.json')) as
        | { function: string }
        | undefined;
      return { region, url: `http://127.0.0.1:${hosts.get(region)}`, key: keys?.function ?? '' };
    });
    const profile: Profile = { schema: 'lifeboat/profile/v1', deployments, caFile: certificates.caFile };
    writeJson(this.#state.path('profile.json'), profile);
    return profile;
  }
}

function readEstateText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const problem = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    throw new Failure(
      'bad-estate',
      `the estate file ${file} ${problem}`,
      'Name an estate file with --estate; the sample is estate.yaml in the project folder.',
      { cause },
    );
  }
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
