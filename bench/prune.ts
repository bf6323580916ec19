/**
 * How fast a prune deletes snapshots of blobs: the adapter as shipped beside plain loops of single deletes over the
 * same library, on a blob service that this starts: `bench/prune.ts [--pairs 3] [--snapshots 2000] [--json]`.
 */
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { TokenCredential } from '@azure/identity';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import pMap from 'p-map';
import { AzureContentStores } from '../src/azure/content-stores.ts';
import type { SnapshotName } from '../src/ports/content-store.ts';
import { BlobService } from './blob-service.ts';
import { median } from './measure.ts';
import { BenchProblem, runBench, wholeNumber } from './problem.ts';

/** As many as the guarded deleter hands over at once. */
const snapshotsPerStep = 1_000;
const snapshotsPerBlob = 10;
const latencies = [0, 10];

interface Options {
  readonly pairs: number;
  readonly snapshots: number;
  readonly isJson: boolean;
}
/** Where to delete: an endpoint and a container of its own. */
interface Site {
  readonly service: BlobService;
  readonly url: string;
  readonly container: string;
}
interface Contender {
  readonly label: string;
  readonly run: (site: Site, snapshots: readonly SnapshotName[]) => Promise<void>;
}
interface Row {
  readonly latency: number;
  readonly load: readonly [number, number];
  /** Deletions per second of each round, by contender. */
  readonly rates: Readonly<Record<string, readonly number[]>>;
}

const containerOf = ({ service, url, container }: Site): ContainerClient =>
  new BlobServiceClient(url, service.credential).getContainerClient(container);

const singles =
  (concurrency: number): Contender['run'] =>
  async (site, snapshots) => {
    const container = containerOf(site);
    await pMap(
      snapshots,
      ({ name, snapshot }) => container.getBlobClient(name).withSnapshot(snapshot).delete(),
      { concurrency },
    );
  };

const shipped = 'adapter as shipped';
const plain = 'plain loop of single deletes';
const contenders: readonly Contender[] = [
  {
    label: shipped,
    async run({ service, url, container }, snapshots) {
      // The client takes either kind of credential; the service here knows keys alone.
      const stores = new AzureContentStores(service.credential as unknown as TokenCredential);
      for (let from = 0; from < snapshots.length; from += snapshotsPerStep) {
        const step = snapshots.slice(from, from + snapshotsPerStep);
        const outcomes = await stores.deleteSnapshots({ account: url, container }, step);
        if (outcomes.some((one) => one !== 'deleted'))
          throw new BenchProblem(`${shipped}: a snapshot was not deleted.`);
      }
    },
  },
  { label: plain, run: singles(1) },
  { label: 'single deletes, 16 at once', run: singles(16) },
];

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      pairs: { type: 'string', default: '3' },
      snapshots: { type: 'string', default: '2000' },
      json: { type: 'boolean', default: false },
    },
  });
  const pairs = wholeNumber('pairs', values.pairs, 1);
  const snapshots = wholeNumber('snapshots', values.snapshots, 10);
  return { pairs, snapshots, isJson: values.json };
}

async function main(): Promise<void> {
  const options = readOptions();
  const service = await BlobService.start();
  try {
    const rows: Row[] = [];
    for (const latency of latencies) rows.push(await measureRow(service, latency, options));
    if (options.isJson)
      process.stdout.write(`${JSON.stringify({ ...machine(), ...options, rows }, null, 2)}\n`);
    else process.stdout.write(tableOf(rows, options));
  } finally {
    await service.stop();
  }
}

/** Every contender once in each round, every second round in reverse order; the first round warms up. */
async function measureRow(service: BlobService, latency: number, options: Options): Promise<Row> {
  const url = await service.url(latency);
  const rates: Record<string, number[]> = Object.fromEntries(contenders.map(({ label }) => [label, []]));
  const before = loadavg()[0] ?? 0;
  for (let round = 0; round <= options.pairs; round += 1) {
    const isWarmUp = round === 0;
    const count = isWarmUp ? Math.min(options.snapshots, 256) : options.snapshots;
    for (const { label, run } of round % 2 === 0 ? contenders : contenders.toReversed()) {
      const site = { service, url, container: `${label.replaceAll(/\W+/g, '-')}-${latency}-${round}` };
      const snapshots = await prepare(site, await service.url(0), count);
      const startedAt = performance.now();
      await run(site, snapshots);
      const seconds = (performance.now() - startedAt) / 1_000;
      await mustBeEmpty(site, count);
      if (!isWarmUp) rates[label]?.push(count / seconds);
      if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${latency} ms, round ${round}, ${label}`);
    }
  }
  return { latency, load: [before, loadavg()[0] ?? 0], rates };
}

/** Makes so many snapshots, ten of each blob. */
async function prepare(site: Site, nearUrl: string, count: number): Promise<SnapshotName[]> {
  const container = containerOf({ ...site, url: nearUrl });
  await container.create();
  const names = Array.from({ length: Math.ceil(count / snapshotsPerBlob) }, (_, n) => `sha256/${n}`);
  const made = await pMap(
    names,
    async (name) => {
      await container.getBlockBlobClient(name).upload('x', 1);
      const own: SnapshotName[] = [];
      while (own.length < snapshotsPerBlob)
        own.push({ name, snapshot: (await container.getBlobClient(name).createSnapshot()).snapshot ?? '' });
      return own;
    },
    { concurrency: 8 },
  );
  return made.flat().slice(0, count);
}

/** All snapshots gone, no blob: whoever did less was not measured. */
async function mustBeEmpty(site: Site, count: number): Promise<void> {
  let [blobs, snapshots] = [0, 0];
  for await (const { snapshot } of containerOf(site).listBlobsFlat({ includeSnapshots: true }))
    if (snapshot === undefined) blobs += 1;
    else snapshots += 1;
  const over = Math.ceil(count / snapshotsPerBlob) * snapshotsPerBlob - count;
  if (snapshots !== over || blobs !== Math.ceil(count / snapshotsPerBlob))
    throw new BenchProblem(`${site.container} holds ${blobs} blobs and ${snapshots} snapshots afterwards.`);
}

const machine = (): { readonly machine: string; readonly node: string; readonly at: string } => ({
  machine: `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores`,
  node: process.versions.node,
  at: new Date().toISOString(),
});

function tableOf(rows: readonly Row[], { pairs, snapshots }: Options): string {
  const { machine: model, node, at } = machine();
  const lines = rows.flatMap(({ latency, load, rates }) => [
    `### ${latency} ms to the service; load average ${load[0].toFixed(1)} before, ${load[1].toFixed(1)} after`,
    '',
    '| | deletions per second | lowest–highest | against the plain loop |',
    '|---|---|---|---|',
    ...Object.entries(rates).map(([label, of]) => {
      const ratio = median(of.map((rate, round) => rate / (rates[plain]?.[round] ?? Number.NaN)));
      const range = `${Math.min(...of).toFixed(0)}–${Math.max(...of).toFixed(0)}`;
      return `| ${label} | ${median(of).toFixed(0)} | ${range} | ${ratio.toFixed(1)} × |`;
    }),
    '',
  ]);
  const head = `${model}; Node ${node}; ${at}; ${snapshots} snapshots, medians of ${pairs} rounds`;
  return `${[head, '', ...lines].join('\n')}\n`;
}

await runBench(main);
