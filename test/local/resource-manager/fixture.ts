/**
 * Shared by the tests of the stand-in: a real stand-in process in a temporary folder, the SDK's own client and
 * credential against it over TLS, and sessions on its servers.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { PostgreSQLManagementFlexibleServerClient, type Server } from '@azure/arm-postgresql-flexible';
import { ManagedIdentityCredential } from '@azure/identity';
import pg from 'pg';
import { ensureCertificates } from '../../../local/certificates/ensure-certificates.ts';
import { stopOrphanedPostmasters } from '../../../local/postgres/postmaster.ts';
import type { StandInConfigInput } from '../../../local/resource-manager/config.ts';
import type { StandInAddresses } from '../../../local/resource-manager/stand-in.ts';

/** The subscription of the tests. */
export const subscription = '33333333-3333-4333-8333-333333333333';
/** The resource group of the tests. */
export const group = 'clinics';
/** The location of the tests' servers. */
export const location = 'westeurope';
/** The administrator of the tests' servers. */
export const administrator = { login: 'clinicadmin', password: "S3cret!'pw" };
/** The identity that the tests' app has. */
export const identity = {
  name: 'app',
  clientId: '11111111-1111-4111-8111-111111111111',
  secret: 'app-secret',
  principal: 'lifeboat-west',
};
/** Poll as fast as the stand-in works. */
export const fast = { updateIntervalInMs: 20 };

const controlSecret = 'control-secret-of-the-tests';

/** What the control endpoint says of a server. */
export interface ServerOnDisk {
  readonly dataDir: string;
  readonly archiveDir: string;
  readonly backups: readonly { readonly name: string; readonly dir: string; readonly walStart: string }[];
}

/** A stand-in process with its clients. */
export class StandInFixture {
  readonly dir: string;
  readonly config: StandInConfigInput;
  readonly ca: string;
  process: ChildProcess | undefined;
  addresses: StandInAddresses | undefined;
  log = '';

  private constructor(dir: string, config: StandInConfigInput, ca: string) {
    this.dir = dir;
    this.config = config;
    this.ca = ca;
  }

  static async create(overrides: Partial<StandInConfigInput> = {}): Promise<StandInFixture> {
    const dir = await mkdtemp(path.join(os.tmpdir(), 'stand-in-'));
    await chmod(dir, 0o755);
    const tls = await ensureCertificates(path.join(dir, 'certificates'));
    const config: StandInConfigInput = {
      stateDir: path.join(dir, 'state'),
      postgresHome: path.join(dir, 'postgres'),
      tls,
      port: 0,
      identityPort: 0,
      control: { port: 0, secret: controlSecret },
      subscription,
      tenant: '44444444-4444-4444-8444-444444444444',
      identities: [identity],
      ...overrides,
    };
    const fixture = new StandInFixture(dir, config, await readFile(tls.caFile, 'utf8'));
    await writeFile(path.join(dir, 'config.json'), JSON.stringify(config));
    return fixture;
  }

  async start(): Promise<void> {
    const args = ['local/resource-manager/main.ts', '--config', path.join(this.dir, 'config.json')];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.process = child;
    child.stderr.on('data', (chunk: Buffer) => (this.log += chunk.toString()));
    const ready = new Promise<string>((resolve, reject) => {
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        const line = /^READY (.*)$/m.exec(output)?.[1];
        if (line !== undefined) resolve(line);
      });
      child.once('exit', (code) => reject(new Error(`The stand-in ended with ${code}: ${this.log}`)));
    });
    this.addresses = JSON.parse(await ready) as StandInAddresses;
    process.env['IDENTITY_ENDPOINT'] = this.addresses.identityEndpoint;
    process.env['IDENTITY_HEADER'] = identity.secret;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const child = this.process;
    this.process = undefined;
    if (child === undefined) return null;
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await once(child, 'exit');
    }
    return child.exitCode;
  }

  async remove(): Promise<void> {
    await this.stop('SIGKILL');
    await stopOrphanedPostmasters(this.dir);
    await rm(this.dir, { recursive: true, force: true });
  }

  /** The SDK's client as it is, apart from the certificate that the product gets through NODE_EXTRA_CA_CERTS. */
  client(): PostgreSQLManagementFlexibleServerClient {
    return new PostgreSQLManagementFlexibleServerClient(new ManagedIdentityCredential(), subscription, {
      endpoint: this.addresses!.resourceManager,
      tlsOptions: { ca: this.ca },
      retryOptions: { maxRetries: 3, retryDelayInMs: 50 },
    });
  }

  async createServer(name: string, extra: Partial<Server> = {}): Promise<Server> {
    return this.client().servers.beginCreateOrUpdateAndWait(
      group,
      name,
      {
        location,
        sku: { name: 'Standard_D2ds_v5', tier: 'GeneralPurpose' },
        administratorLogin: administrator.login,
        administratorLoginPassword: administrator.password,
        ...extra,
      },
      fast,
    );
  }

  async admit(name: string): Promise<void> {
    const rule = { startIpAddress: '127.0.0.1', endIpAddress: '127.0.0.1' };
    await this.client().firewallRules.beginCreateOrUpdateAndWait(group, name, 'stack', rule, fast);
  }

  async connect(server: Server, options: Partial<pg.ClientConfig> = {}): Promise<pg.Client> {
    const [host, port] = server.fullyQualifiedDomainName!.split(':');
    const client = new pg.Client({
      host: host!,
      port: Number(port),
      user: administrator.login,
      password: administrator.password,
      database: 'postgres',
      ssl: { ca: this.ca },
      ...options,
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  async query<T extends pg.QueryResultRow>(
    server: Server,
    sql: string,
    options: Partial<pg.ClientConfig> = {},
  ): Promise<T[]> {
    const client = await this.connect(server, options);
    try {
      return (await client.query<T>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  async control<T>(method: string, target: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.addresses!.control!}${target}`, {
      method,
      headers: { 'x-control-secret': controlSecret },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as T;
    if (response.status !== 200) throw new Error(`The control endpoint refused: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** A request as it is, without the SDK. */
  async raw(method: string, target: string, authorization: string, body?: string): Promise<Response> {
    const request = https.request(`${this.addresses!.resourceManager}${target}`, {
      method,
      ca: this.ca,
      agent: false,
      headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    });
    request.end(body);
    const [message] = (await once(request, 'response')) as [IncomingMessage];
    const pieces: Buffer[] = [];
    for await (const piece of message) pieces.push(piece as Buffer);
    const text = Buffer.concat(pieces).toString();
    const headers = new Headers(
      Object.entries(message.headers).map(([name, value]) => [name, String(value)]),
    );
    return new Response(text === '' ? null : text, { status: message.statusCode!, headers });
  }

  async onDisk(server: string): Promise<ServerOnDisk> {
    return this.control('GET', `/server?resourceGroup=${group}&server=${server}`);
  }

  async effectCounts(): Promise<Record<string, number>> {
    return (await this.control<{ counts: Record<string, number> }>('GET', '/effects')).counts;
  }
}

/** The code with which the resource manager refuses. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return code ?? message;
  }
  throw new Error('It was expected to be refused');
}
