/** What the proxy has answered survives its SIGKILL, over HTTPS as the embedded stack runs it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import tls from 'node:tls';
import { BlobServiceClient, type ContainerClient, newPipeline } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureCertificates } from '../../../local/certificates/ensure-certificates.ts';
import type { StorageProxyConfigInput } from '../../../local/storage-proxy/config.ts';
import { chooseFreePort } from '../../../local/postgres/free-port.ts';
import { Azurite } from '../../support/azurite.ts';
import { account, key } from '../../support/storage-proxy.ts';

const rounds = 6;
const trusted = tls.getCACertificates();
let azurite: Azurite;
let folder: string;
let configFile: string;
let port: number;
let child: ChildProcess;

beforeAll(async () => {
  azurite = await Azurite.start();
  folder = await mkdtemp(path.join(tmpdir(), 'storage-proxy-'));
  const files = await ensureCertificates(path.join(folder, 'certificates'));
  tls.setDefaultCACertificates([...trusted, await readFile(files.caFile, 'utf8')]);
  port = await chooseFreePort();
  const config: StorageProxyConfigInput = {
    ...{ stateFolder: path.join(folder, 'state'), upstream: new URL(azurite.url).origin, tls: files, port },
    accounts: { [account]: { key, versions: true } },
  };
  configFile = path.join(folder, 'storage-proxy.json');
  await writeFile(configFile, JSON.stringify(config));
});
afterAll(async () => {
  await kill();
  await azurite.stop();
  tls.setDefaultCACertificates(trusted);
  await rm(folder, { recursive: true, force: true });
});

async function start(): Promise<void> {
  const program = ['local/storage-proxy/main.ts', '--config', configFile];
  child = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout! });
  const ready = await Promise.race([once(lines, 'line'), once(child, 'exit')]);
  expect(String(ready[0])).toMatch(/^READY /);
}
async function kill(): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
function containerAt(name: string): ContainerClient {
  const pipeline = newPipeline(azurite.credential, { retryOptions: { maxTries: 1 } });
  return new BlobServiceClient(`https://127.0.0.1:${port}/${account}`, pipeline).getContainerClient(name);
}

/** Writes content after content over the same few blobs until the proxy is gone, told after each; what was answered. */
async function writeUntilGone(
  container: ContainerClient,
  round: number,
  onAnswer: (count: number) => void,
): Promise<[string, string, string][]> {
  const answered: [string, string, string][] = [];
  try {
    for (let n = 0; ; n += 1) {
      const [name, text] = [`blob-${n % 3}`, `round ${round}, content ${n}`];
      const { versionId } = await container.getBlockBlobClient(name).upload(text, text.length);
      answered.push([name, versionId ?? '', text]);
      onAnswer(answered.length);
    }
  } catch {
    return answered; // It was killed in the middle of this one.
  }
}

test('every version that a write was told is there after a kill in the middle of writes', async () => {
  await start();
  const container = containerAt(randomUUID());
  await container.create();
  const answered: [string, string, string][] = [];
  for (let round = 0; round < rounds; round += 1) {
    const writing = writeUntilGone(container, round, (count) => {
      // The next write is on its way when the signal comes, each round a little further.
      if (count === 4 + round) setTimeout(() => void child.kill('SIGKILL'), round);
    });
    answered.push(...(await writing));
    await kill();
    await start();
  }
  expect(answered.length).toBeGreaterThan(rounds);
  for (const [name, version, text] of answered) {
    const blob = container.getBlobClient(name).withVersion(version);
    expect([name, (await blob.downloadToBuffer()).toString()]).toEqual([name, text]);
  }
  const listed = new Set<string>();
  const currents: string[] = [];
  for await (const item of container.listBlobsFlat({ includeVersions: true })) {
    listed.add(`${item.name} ${item.versionId}`);
    if (item.isCurrentVersion === true) currents.push(item.name);
  }
  expect(answered.every(([name, version]) => listed.has(`${name} ${version}`))).toBe(true);
  expect(currents).toEqual(['blob-0', 'blob-1', 'blob-2']);
  // At most one write of a round was cut off: it may stand or not, but nothing else came of it.
  expect(listed.size).toBeLessThanOrEqual(answered.length + rounds);
});
