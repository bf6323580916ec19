/** A storage proxy of the test's own in front of a blob service in memory, ended with the test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BlobServiceClient, type ContainerClient, newPipeline } from '@azure/storage-blob';
import { randomUUID } from 'node:crypto';
import { checkConfig, type StorageProxyConfig } from '../../local/storage-proxy/config.ts';
import { createStorageProxy, type StorageProxy } from '../../local/storage-proxy/proxy.ts';
import { Azurite } from './azurite.ts';

export const account = 'account';
export const key = btoa('a key that nobody uses here');
const secret = 'a secret of the tests alone';

/** What the account keeps. */
export interface TestProfile {
  readonly versions?: boolean;
  readonly softDeleteDays?: number;
  readonly secondary?: { readonly lagSeconds: number };
}

export class TestStorage {
  readonly azurite: Azurite;
  readonly #folder: string;
  readonly #profile: TestProfile;
  #proxy: StorageProxy;
  /** Added to the proxy's clock, in milliseconds. */
  ahead = 0;

  private constructor(azurite: Azurite, folder: string, profile: TestProfile, proxy: StorageProxy) {
    this.azurite = azurite;
    this.#folder = folder;
    this.#profile = profile;
    this.#proxy = proxy;
  }

  static async start(azurite: Azurite, profile: TestProfile): Promise<TestStorage> {
    const folder = await mkdtemp(path.join(tmpdir(), 'storage-proxy-'));
    const storage: { it?: TestStorage } = {};
    const proxy = await createStorageProxy(
      configOf(azurite, folder, profile),
      () => Date.now() + (storage.it?.ahead ?? 0),
    );
    storage.it = new TestStorage(azurite, folder, profile, proxy);
    return storage.it;
  }

  /** The account's endpoint at the proxy. */
  get url(): string {
    return `${this.#proxy.url}/${account}`;
  }

  get secondaryUrl(): string {
    return `${this.url}-secondary`;
  }

  service(url = this.url): BlobServiceClient {
    return new BlobServiceClient(
      url,
      newPipeline(this.azurite.credential, { retryOptions: { maxTries: 1 } }),
    );
  }

  /** A new container, reached through the proxy. */
  async container(): Promise<ContainerClient> {
    const container = this.service().getContainerClient(randomUUID());
    await container.create();
    return container;
  }

  /** Damages stored bytes. */
  async damage(order: {
    container: string;
    name: string;
    place: 'primary' | 'secondary' | 'version';
    versionId?: string;
    change: object;
  }): Promise<void> {
    await this.#order('damage', { account, ...order });
  }

  /** Adds an earlier version of a blob, as of so many seconds ago. */
  async addEarlier(order: { container: string; name: string; agoSeconds: number }): Promise<void> {
    await this.#order('earlier', { account, ...order });
  }

  async setLag(seconds: number): Promise<void> {
    await this.#order('lag', { account, seconds });
  }

  /** Ends the proxy and starts it on the same state and port. */
  async restart(): Promise<void> {
    const { port } = this.#proxy;
    await this.#proxy.close();
    this.#proxy = await createStorageProxy(
      { ...configOf(this.azurite, this.#folder, this.#profile), port },
      () => Date.now() + this.ahead,
    );
  }

  async stop(): Promise<void> {
    await this.#proxy.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Asks the control endpoint, with the secret or another one. */
  control(what: string, body: object, withSecret = secret): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.#proxy.controlPort}/${what}`, {
      method: 'POST',
      headers: { 'x-control-secret': withSecret },
      body: JSON.stringify(body),
    });
  }

  async #order(what: string, body: object): Promise<void> {
    const answer = await this.control(what, body);
    if (!answer.ok) throw new Error(`${what}: ${answer.status} ${await answer.text()}`);
  }
}

function configOf(azurite: Azurite, stateFolder: string, profile: TestProfile): StorageProxyConfig {
  return checkConfig(
    {
      ...{ stateFolder, upstream: new URL(azurite.url).origin, port: 0, control: { port: 0, secret } },
      accounts: { [account]: { key, ...profile } },
    },
    'of the test',
  );
}
