/**
 * What lies in storage from before the retention window. The stack's supervisor stands still while they are made: its blob
 * store is killed, and another one on the same files, whose clock stands back, takes them as the samples of the first
 * start are taken. Then the supervisor goes on and starts its blob store again.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { BlobServiceClient, StorageSharedKeyCredential, type ContainerClient } from '@azure/storage-blob';
import pMap from 'p-map';
import { snapshotAgeDays } from '../../../local/supervisor/expired-samples.ts';
import { blobStoreProcess } from '../../../local/supervisor/processes.ts';
import { StateFolder } from '../../../local/supervisor/state.ts';
import { basePorts } from '../support/ports.ts';
import { kill } from '../support/processes.ts';
import type { TestStack } from '../support/stack.ts';
import { until } from '../support/until.ts';

const atOnce = 16;

/** Snapshots so many of a container's blobs in turn; what each is named, `name@snapshot`, the oldest first. */
export function makeOldSnapshots(
  stack: TestStack,
  account: string,
  container: string,
  count: number,
): Promise<string[]> {
  return inThePast(stack, snapshotAgeDays, (of) =>
    snapshotInTurn(of(account).getContainerClient(container), count),
  );
}

/** Does something with the blobs of accounts as if it were so many days ago. */
export async function inThePast<T>(
  stack: TestStack,
  days: number,
  work: (of: (account: string) => BlobServiceClient) => Promise<T>,
): Promise<T> {
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
    return await withClockBack(stack, days, work);
  } finally {
    process.kill(supervisor.pid, 'SIGCONT');
  }
}

async function withClockBack<T>(
  stack: TestStack,
  days: number,
  work: (of: (account: string) => BlobServiceClient) => Promise<T>,
): Promise<T> {
  const port = basePorts.store + stack.portOffset;
  const keys = stack.secrets.storageKeys;
  const state = new StateFolder(stack.stateDir);
  const { args, environment, readyWhen } = blobStoreProcess(state, port, undefined, keys);
  const shift = { LIFEBOAT_CLOCK_SHIFT_MS: String(-days * 86_400_000) };
  const env = { ...process.env, ...environment, ...shift };
  const store = spawn(process.execPath, args, { stdio: 'ignore', env });
  try {
    if ('probe' in readyWhen)
      await until('the blob store serves', async () => ((await readyWhen.probe()) ? true : undefined));
    return await work((account) => {
      const key = new StorageSharedKeyCredential(account, keys[account] ?? '');
      return new BlobServiceClient(`http://127.0.0.1:${port}/${account}`, key);
    });
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
