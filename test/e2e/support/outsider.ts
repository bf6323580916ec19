/**
 * Somebody who checks Lifeboat's word: with the rights of a region's app and of the estate's owner, but nothing of the
 * product's code. Asks the resource manager, connects to servers, reads and changes blobs.
 */
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { BlobServiceClient, StorageSharedKeyCredential, type ContainerClient } from '@azure/storage-blob';
import pg from 'pg';
import { basePorts } from './ports.ts';
import type { Secrets } from './stack.ts';
import { until } from './until.ts';

interface OutsiderOptions {
  readonly region: string;
  readonly portOffset: number;
  readonly secrets: Secrets;
  readonly caFile: string;
}

/** A server as the resource manager shows it. */
export interface ServerView {
  readonly name: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly properties: { readonly fullyQualifiedDomainName?: string; readonly state: string };
}

const subscription = '8a1d5c1e-0b51-4a7e-9d3c-5f6b7c8d9e0f';

export class Outsider {
  readonly #options: OutsiderOptions;

  constructor(options: OutsiderOptions) {
    this.#options = options;
    setDefaultCACertificates([...getCACertificates('default'), readFileSync(options.caFile, 'utf8')]);
  }

  /** The servers that stand in the resource group for drills. */
  async drillServers(): Promise<ServerView[]> {
    return this.servers(`rg-lifeboat-drills-${this.#options.region}`);
  }

  /** The servers that stand in a resource group. */
  async servers(resourceGroup: string): Promise<ServerView[]> {
    const response = await this.#manage('GET', resourceGroup);
    return ((await response.json()) as { value: ServerView[] }).value;
  }

  /** Removes what stands in the resource group for drills, as a person on call would. */
  async removeDrillServers(): Promise<void> {
    const group = `rg-lifeboat-drills-${this.#options.region}`;
    for (const { name } of await this.drillServers()) await this.#manage('DELETE', group, `/${name}`);
    await until('no drill server stands', async () =>
      (await this.drillServers()).length === 0 ? true : undefined,
    );
  }

  /** Asks for the removal of a server. */
  async removeServer(resourceGroup: string, name: string): Promise<void> {
    await this.#manage('DELETE', resourceGroup, `/${name}`);
  }

  /** Asks a database of a server one question, with a token as password. */
  async query(server: ServerView, database: string, sql: string): Promise<Record<string, unknown>[]> {
    const [host = '', port] = (server.properties.fullyQualifiedDomainName ?? '').split(':');
    const client = new pg.Client({
      host,
      port: Number(port ?? 5432),
      database,
      user: `lifeboat-${this.#options.region}`,
      password: await this.#token('https://ossrdbms-aad.database.windows.net'),
      ssl: true,
    });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** A blob container, opened with the account's key. */
  container(account: string, name: string): ContainerClient {
    const { portOffset, secrets } = this.#options;
    const key = new StorageSharedKeyCredential(account, secrets.storageKeys[account] ?? '');
    const url = `https://127.0.0.1:${basePorts.blob + portOffset}/${account}`;
    return new BlobServiceClient(url, key).getContainerClient(name);
  }

  /** The containers of an account. */
  async containers(account: string): Promise<string[]> {
    const { portOffset, secrets } = this.#options;
    const key = new StorageSharedKeyCredential(account, secrets.storageKeys[account] ?? '');
    const url = `https://127.0.0.1:${basePorts.blob + portOffset}/${account}`;
    const names: string[] = [];
    for await (const { name } of new BlobServiceClient(url, key).listContainers()) names.push(name);
    return names;
  }

  /** The vault's documents of a system below a folder, as texts by name. */
  async vaultTexts(system: string, folder: string): Promise<Map<string, string>> {
    const vault = this.container(`vault${this.#options.region}`, 'vault');
    const prefix = `v1/${system}/${this.#options.region}/${folder}/`;
    const texts = new Map<string, string>();
    for await (const { name } of vault.listBlobsFlat({ prefix })) {
      // In one request: a document may be replaced by a longer one at any moment.
      const { readableStreamBody: body } = await vault.getBlobClient(name).download();
      texts.set(name.slice(prefix.length), body === undefined ? '' : await text(body));
    }
    return texts;
  }

  async #manage(method: string, resourceGroup: string, server = ''): Promise<Response> {
    const manager = `https://127.0.0.1:${basePorts.manager + this.#options.portOffset}`;
    const type = 'providers/Microsoft.DBforPostgreSQL/flexibleServers';
    const path = `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/${type}${server}`;
    return fetch(`${manager}${path}?api-version=2025-08-01`, {
      method,
      headers: { authorization: `Bearer ${await this.#token('https://management.azure.com')}` },
    });
  }

  async #token(resource: string): Promise<string> {
    const { region, portOffset, secrets } = this.#options;
    const identity = secrets.identities[region];
    const url = new URL(`http://127.0.0.1:${basePorts.identity + portOffset}/msi/token`);
    url.search = new URLSearchParams({
      'api-version': '2019-08-01',
      resource,
      client_id: identity?.clientId ?? '',
    }).toString();
    const response = await fetch(url, { headers: { 'x-identity-header': identity?.header ?? '' } });
    return ((await response.json()) as { access_token: string }).access_token;
  }
}
