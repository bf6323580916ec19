/** The blob store as the embedded stack runs it, in a folder of the test's own, with one container. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  BlobSASPermissions,
  BlobServiceClient,
  type ContainerClient,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { chooseFreePort } from '../../../local/postgres/free-port.ts';

const account = 'clinicblobs';
const key = Buffer.from('a key that only this test uses').toString('base64');
const anHour = 3_600_000;

export class StoredBlobs {
  readonly dir: string;
  readonly container: ContainerClient;
  readonly #port: number;
  #process: ChildProcess | undefined;

  private constructor(dir: string, port: number) {
    this.dir = dir;
    this.#port = port;
    const credential = new StorageSharedKeyCredential(account, key);
    const service = new BlobServiceClient(`http://127.0.0.1:${port}/${account}`, credential);
    this.container = service.getContainerClient('cases');
  }

  static async make(): Promise<StoredBlobs> {
    return new StoredBlobs(await mkdtemp(path.join(os.tmpdir(), 'blob-store-')), await chooseFreePort());
  }

  /** Starts it, with modules preloaded beside its own; returns once it serves. */
  async start(...preloads: readonly string[]): Promise<void> {
    const imports = [path.resolve('local/blob-store/durable.ts'), ...preloads];
    const store = spawn(
      process.execPath,
      [
        ...imports.flatMap((one) => ['--import', one]),
        'node_modules/azurite/dist/src/blob/main.js',
        ...['--location', path.join(this.dir, 'blobs'), '--blobPort', String(this.#port)],
        ...['--skipApiVersionCheck', '--disableTelemetry', '--silent'],
      ],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, AZURITE_ACCOUNTS: `${account}:${key}` },
      },
    );
    this.#process = store;
    while (!(await this.#answers())) {
      if (store.exitCode !== null) throw new Error('the blob store ended');
      await sleep(50);
    }
  }

  /** SIGKILL, and waits for its end. */
  async kill(): Promise<void> {
    const store = this.#process;
    if (store === undefined || store.exitCode !== null || store.signalCode !== null) return;
    store.kill('SIGKILL');
    await once(store, 'exit');
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.dir, { recursive: true, force: true });
  }

  /** A URL with which a blob may be read and written for an hour. */
  signedUrl(name: string): Promise<string> {
    const permissions = BlobSASPermissions.parse('rcw');
    const expiresOn = new Date(Date.now() + anHour);
    return this.container.getBlobClient(name).generateSasUrl({ permissions, expiresOn });
  }

  #answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect({ port: this.#port, host: '127.0.0.1' });
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
  }
}
