/**
 * A blob service of a bench's own: Azurite in memory on a free port, and before it, where asked for, a relay that holds
 * every request back for a while, as the way to a storage account does. Both end with the bench.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { Transform } from 'node:stream';
import { StorageSharedKeyCredential } from '@azure/storage-blob';
import { BenchProblem } from './problem.ts';

const account = 'account';
const key = btoa('a key that nobody uses here');
const program = fileURLToPath(new URL('../node_modules/azurite/dist/src/blob/main.js', import.meta.url));

export class BlobService {
  readonly credential = new StorageSharedKeyCredential(account, key);
  readonly #child: ChildProcess;
  readonly #port: number;
  readonly #relays: Server[] = [];

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.#port = port;
  }

  /** Starts it; a BenchProblem with its output if it ends instead. */
  static async start(): Promise<BlobService> {
    const flags = ['--inMemoryPersistence', '--blobPort', '0', '--skipApiVersionCheck', '--silent'];
    const child = spawn(process.execPath, [program, ...flags], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, AZURITE_ACCOUNTS: `${account}:${key}` },
    });
    process.once('exit', () => child.kill('SIGKILL'));
    let output = '';
    const port = await new Promise<number>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        const found = /listens on http:\/\/[\d.]+:(\d+)/.exec(output)?.[1];
        if (found !== undefined) resolve(Number(found));
      });
      child.once('exit', () => reject(new BenchProblem(`The blob service ended: ${output}`)));
    });
    return new BlobService(child, port);
  }

  /** The account's endpoint, so many milliseconds away. */
  async url(latency: number): Promise<string> {
    if (latency === 0) return `http://127.0.0.1:${this.#port}/${account}`;
    const relay = createServer((client) => {
      const service = connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
      client.setNoDelay().pipe(heldBack(latency)).pipe(service).pipe(client);
      for (const [one, other] of [
        [client, service],
        [service, client],
      ] as const)
        one.on('error', () => other.destroy()).on('close', () => other.destroy());
    });
    this.#relays.push(relay);
    await once(relay.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(relay.address() as AddressInfo).port}/${account}`;
  }

  /** Ends the service and its relays. */
  async stop(): Promise<void> {
    for (const relay of this.#relays) relay.close();
    this.#child.kill('SIGKILL');
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }
}

/** Passes what comes on in its order, each piece so many milliseconds after it came. */
function heldBack(milliseconds: number): Transform {
  let last = Promise.resolve();
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const due = sleep(milliseconds);
      last = last.then(() => due).then(() => void this.push(chunk));
      done();
    },
    flush(done) {
      void last.then(() => done());
    },
  });
}
