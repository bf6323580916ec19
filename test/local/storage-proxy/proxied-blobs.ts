/** The blobs of one container behind a storage proxy of the test's own, as tests write, read and damage them. */
import type { BlobItem, ContainerClient, ContainerListBlobsOptions } from '@azure/storage-blob';
import type { Azurite } from '../../support/azurite.ts';
import { TestStorage, type TestProfile } from '../../support/storage-proxy.ts';

export class ProxiedBlobs {
  readonly storage: TestStorage;
  readonly container: ContainerClient;

  private constructor(storage: TestStorage, container: ContainerClient) {
    this.storage = storage;
    this.container = container;
  }

  /** A proxy with an account that keeps what the profile says, and an empty container in it. */
  static async start(azurite: Azurite, profile: TestProfile): Promise<ProxiedBlobs> {
    const storage = await TestStorage.start(azurite, profile);
    return new ProxiedBlobs(storage, await storage.container());
  }

  /** Writes a blob; the version id that the write was told, empty where versions are not kept. */
  put(name: string, text: string): Promise<string> {
    return putBlob(this.container, name, text);
  }

  /** What a blob holds, or a version of it. */
  read(name: string, version?: string): Promise<string> {
    return readBlob(this.container, name, version);
  }

  async list(options: ContainerListBlobsOptions, of = this.container): Promise<BlobItem[]> {
    const found: BlobItem[] = [];
    for await (const item of of.listBlobsFlat(options)) found.push(item);
    return found;
  }

  /** The container at the geo secondary. */
  get secondary(): ContainerClient {
    return this.storage.service(this.storage.secondaryUrl).getContainerClient(this.container.containerName);
  }

  readSecondary(name: string): Promise<string> {
    return readBlob(this.secondary, name);
  }

  /** What an order to damage a blob begins with. */
  where(name: string): { readonly container: string; readonly name: string } {
    return { container: this.container.containerName, name };
  }

  stop(): Promise<void> {
    return this.storage.stop();
  }
}

/** Writes a blob; the version id that the write was told. */
export async function putBlob(container: ContainerClient, name: string, text: string): Promise<string> {
  const { versionId } = await container.getBlockBlobClient(name).upload(text, Buffer.byteLength(text));
  return versionId ?? '';
}

/** What a blob holds, or a version of it. */
export async function readBlob(container: ContainerClient, name: string, version?: string): Promise<string> {
  const blob = container.getBlobClient(name);
  return (await (version === undefined ? blob : blob.withVersion(version)).downloadToBuffer()).toString();
}

/** `done`, or the HTTP status with which the service refused. */
export const statusOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'done',
    (error: { statusCode?: number }) => error.statusCode,
  );
