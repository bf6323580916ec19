/** A blob service of the test's own: Azurite in memory, on a free port, ended with the test. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { ContainerClient, newPipeline, StorageSharedKeyCredential } from '@azure/storage-blob';

const account = 'account';
const key = btoa('a key that nobody uses here');

export class Azurite {
  /** The account's blob endpoint. */
  readonly url: string;
  readonly credential = new StorageSharedKeyCredential(account, key);
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, endpoint: string) {
    this.#child = child;
    this.url = `${endpoint}/${account}`;
  }

  /** Starts it; throws with its output if it ends instead. */
  static async start(): Promise<Azurite> {
    const args = ['--inMemoryPersistence', '--blobPort', '0', '--skipApiVersionCheck', '--silent'];
    const child = spawn(process.execPath, ['node_modules/azurite/dist/src/blob/main.js', ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, AZURITE_ACCOUNTS: `${account}:${key}` },
    });
    let output = '';
    const endpoint = await new Promise<string>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        const found = /listens on (http:\/\/[\d.:]+)/.exec(output)?.[1];
        if (found !== undefined) resolve(found);
      });
      child.once('exit', () => reject(new Error(`Azurite ended: ${output}`)));
    });
    return new Azurite(child, endpoint);
  }

  /** A new container. */
  async container(): Promise<ContainerClient> {
    const container = new ContainerClient(`${this.url}/${randomUUID()}`, newPipeline(this.credential));
    await container.create();
    return container;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }
}
