/**
 * Snapshots of blobs from before the retention window. The stack's supervisor stands still while they are made: its blob
 * store is killed, and another one on the same files, whose clock stands back, takes them as the samples of the first
 * start are taken. Then the supervisor goes on and starts its blob store again.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { BlobServiceClient, StorageSharedKeyCredential, type ContainerClient } from '@azure/storage-blob';
import pMap from 'p-map';
import { blobStoreProcess } from '../../../local/supervisor/processes.ts';
import { StateFolder } from '../../../local/supervisor/state.ts';
import { basePorts } from '../support/ports.ts';
import { kill } from '../support/processes.ts';
import type { TestStack } from '../support/stack.ts';
import { until } from '../support/until.ts';

const atOnce = 16;

/** Snapshots so many of a container's blobs in turn; what each is named, `name@snapshot`, the oldest first. */
export async function makeOldSnapshots(
  stack: TestStack,
  account: string,
  container: string,
  count: number,
): Promise<string[]> {
  const supervisor = JSON.parse(readFileSync(path.join(stack.stateDir, 'supervisor.json'), 'utf8')) as {
    pid: number;
  };
  const running = stack.pidOf('blob-store');
  process.kill(supervisor.pid, 'SIGSTOP');
  try {
    kill(running, 'SIGKILL');
    await until('the blob store is gone', () =>
      stack.processes().some(({ pid }) => pid === running) ? undefined : true,
    );
    return await inThePast(stack, account, container, count);
  } finally {
    process.kill(supervisor.pid, 'SIGCONT');
  }
}

async function inThePast(
  stack: TestStack,
  account: string,
  container: string,
  count: number,
): Promise<string[]> {
  const port = basePorts.store + stack.portOffset;
  const keys = stack.secrets.storageKeys;
  const state = new StateFolder(stack.stateDir);
  const { args, environment, readyWhen } = blobStoreProcess(state, port, undefined, keys);
  const store = spawn(process.execPath, args, { stdio: 'ignore', env: { ...process.env, ...environment } });
  try {
    if ('probe' in readyWhen)
      await until('the blob store serves', async () => ((await readyWhen.probe()) ? true : undefined));
    const key = new StorageSharedKeyCredential(account, keys[account] ?? '');
    const service = new BlobServiceClient(`http://127.0.0.1:${port}/${account}`, key);
    return await snapshotInTurn(service.getContainerClient(container), count);
  } finally {
    store.kill('SIGTERM');
    if (store.exitCode === null && store.signalCode === null) await once(store, 'exit');
  }
}

/** One blob after the other, and again from the first one on: no blob is snapshotted twice at once. */
async function snapshotInTurn(container: ContainerClient, count: number): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of container.listBlobsFlat()) names.push(name);
  const made: string[] = [];
  while (made.length < count)
    made.push(
      ...(await pMap(
        names.slice(0, count - made.length),
        async (name) => `${name}@${(await container.getBlobClient(name).createSnapshot()).snapshot ?? ''}`,
        { concurrency: atOnce },
      )),
    );
  return made;
}
