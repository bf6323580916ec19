/** What the proxy has answered survives its SIGKILL, over HTTPS as the embedded stack runs it. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { BlobServiceClient, type ContainerClient, newPipeline } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureCertificates } from '../../../local/certificates/ensure-certificates.ts';
import type { StorageProxyConfigInput } from '../../../local/storage-proxy/config.ts';
import { chooseFreePort } from '../../../local/postgres/free-port.ts';
import { Azurite } from '../../support/azurite.ts';
import { account, key } from '../../support/storage-proxy.ts';
import { putBlob, readBlob } from './proxied-blobs.ts';
import { ProxyProgram } from './proxy-program.ts';

const rounds = 6;
/** A start of the proxy takes many seconds on a machine with much else to do. */
const patience = { timeout: 240_000 };
const trusted = tls.getCACertificates();
let azurite: Azurite;
let folder: string;
let configFile: string;
let port: number;
let proxy: ProxyProgram | undefined;

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
  await proxy?.kill();
  await azurite.stop();
  tls.setDefaultCACertificates(trusted);
  await rm(folder, { recursive: true, force: true });
});

async function start(): Promise<void> {
  proxy = await ProxyProgram.serving(configFile);
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
      answered.push([name, await putBlob(container, name, text), text]);
      onAnswer(answered.length);
    }
  } catch {
    return answered; // It was killed in the middle of this one.
  }
}

test(
  'every version that a write was told is there after a kill in the middle of writes',
  patience,
  async () => {
    await start();
    const container = containerAt(randomUUID());
    await container.create();
    const answered: [string, string, string][] = [];
    for (let round = 0; round < rounds; round += 1) {
      const writing = writeUntilGone(container, round, (count) => {
        // The next write is on its way when the signal comes, each round a little further.
        if (count === 4 + round) setTimeout(() => proxy?.signal('SIGKILL'), round);
      });
      answered.push(...(await writing));
      await proxy?.kill();
      await start();
    }
    expect(answered.length).toBeGreaterThan(rounds);
    for (const [name, version, text] of answered)
      expect([name, await readBlob(container, name, version)]).toEqual([name, text]);
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
  },
);
