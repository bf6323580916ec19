/**
 * Fills one system's database and blob store from a seed, batch by batch: a batch's blobs are stored first, then its
 * rows are committed in one transaction; while rows are written, the next batch's blobs are on their way.
 * Invariant: no committed row refers to a blob that is not stored. A finished seed is left alone; the rest of an
 * interrupted one is dropped and made again (blobs are content-addressed, so storing them again changes nothing).
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'pg';
import pMap from 'p-map';
import { addressOf, type StoredBlob } from './blobs.ts';
import { createMarkerTable, readMarker, writeMarker } from './marker.ts';
import { inTransaction } from './rows.ts';
import { sampleSystems } from './systems/catalogue.ts';
import type { Batch, PlannedBlob, SampleSystem, SystemName } from './systems/system.ts';
import { createTimeline } from './timeline.ts';

/** Where a system's sample goes. */
export interface SeedTarget {
  /** Connected to the system's database as its owner. */
  readonly database: Client;
  /** Stores a blob under a name; storing it again is harmless. */
  putBlob(name: string, bytes: Uint8Array, mediaType: string): Promise<void>;
}

/** Hears how far the seed has come; `done` and `total` count blobs. */
export interface SeedProgress {
  (progress: {
    system: string;
    region: string;
    step: string;
    done: number;
    total: number;
    bytes: number;
  }): void;
}

/** What to seed; `scale` 1 is the full size, and `stateDir` receives keys and certificates. */
export interface SeedOptions {
  readonly system: SystemName;
  readonly region: string;
  readonly seed: number;
  readonly now: Date;
  readonly stateDir: string;
  readonly target: SeedTarget;
  readonly progress?: SeedProgress;
  readonly scale?: number;
}

/** What a seeded system holds; `bytes` counts stored blobs. */
export interface SeedResult {
  readonly rows: number;
  readonly blobs: number;
  readonly bytes: number;
}

const blobConcurrency = 12;

/** Seeds the system unless its database says that it is seeded; throws when it was seeded as another system. */
export async function seedSystem(options: SeedOptions): Promise<SeedResult> {
  const client = options.target.database;
  const marker = await readMarker(client);
  if (marker) {
    if (marker.system !== options.system || marker.region !== options.region) {
      throw new Error(
        `the database ${client.database} was seeded as ${marker.system} in ${marker.region}, not as ${options.system} in ${options.region}: start over with a fresh state folder`,
      );
    }
    report(options, 'already seeded', marker.blobs, marker);
    return { rows: marker.rows, blobs: marker.blobs, bytes: marker.bytes };
  }
  const system = sampleSystems[options.system];
  await createSchema(client, system);
  return fillSchema(options, system);
}

async function createSchema(client: Client, system: SampleSystem): Promise<void> {
  const sql = await readFile(join(import.meta.dirname, 'sql', system.sqlFile), 'utf8');
  await inTransaction(client, async () => {
    await client.query(`DROP SCHEMA IF EXISTS ${system.schema} CASCADE`);
    await client.query(sql);
    await createMarkerTable(client);
  });
}

async function fillSchema(options: SeedOptions, system: SampleSystem): Promise<SeedResult> {
  const client = options.target.database;
  const plan = await system.plan({
    region: options.region,
    seed: options.seed,
    scale: options.scale ?? 1,
    timeline: createTimeline(options.now),
    stateDir: options.stateDir,
  });
  const tally = new Tally(options, plan.blobCount);
  for await (const { batch, stored } of storeAhead(plan.batches, (blob) =>
    storeBlob(options, system, blob, tally),
  )) {
    tally.rows += await inTransaction(client, () => batch.write(client, stored));
  }
  const result = { rows: tally.rows, blobs: tally.blobs, bytes: tally.bytes };
  const { system: name, region, seed } = options;
  await inTransaction(client, () => writeMarker(client, { system: name, region, seed, ...result }));
  await client.query('ANALYZE');
  report(options, 'seeded', plan.blobCount, result);
  return result;
}

/** Counts what is done and reports it. */
class Tally {
  rows = 0;
  blobs = 0;
  bytes = 0;
  readonly #options: SeedOptions;
  readonly #total: number;

  constructor(options: SeedOptions, total: number) {
    this.#options = options;
    this.#total = total;
    report(options, 'blobs', total, this);
  }

  addBlob(size: number): void {
    this.blobs++;
    this.bytes += size;
    report(this.#options, 'blobs', this.#total, this);
  }
}

function report(
  options: SeedOptions,
  step: string,
  total: number,
  { blobs, bytes }: { blobs: number; bytes: number },
): void {
  options.progress?.({ system: options.system, region: options.region, step, done: blobs, total, bytes });
}

async function storeBlob(
  options: SeedOptions,
  system: SampleSystem,
  planned: PlannedBlob,
  tally: Tally,
): Promise<StoredBlob> {
  const generated = planned.generate();
  const blob = addressOf(generated);
  if (planned.upload) {
    await options.target.putBlob(system.blobName(blob.hex), generated.bytes, blob.mediaType);
    tally.addBlob(blob.size);
  }
  return blob;
}

interface StoredBatch {
  readonly batch: Batch;
  readonly stored: readonly StoredBlob[];
}

/** Yields each batch once its blobs are stored, storing one batch ahead of the one being consumed. */
async function* storeAhead(
  batches: Iterable<Batch>,
  store: (blob: PlannedBlob) => Promise<StoredBlob>,
): AsyncGenerator<StoredBatch> {
  const begin = (batch: Batch): Promise<StoredBatch> => {
    const stored = pMap(batch.blobs, store, { concurrency: blobConcurrency }).then((blobs) => ({
      batch,
      stored: blobs,
    }));
    // Awaited one round later: a failure before that must wait for us instead of ending the process.
    stored.catch(() => undefined);
    return stored;
  };
  let ahead: Promise<StoredBatch> | undefined;
  try {
    for (const batch of batches) {
      const current = ahead;
      ahead = begin(batch);
      if (current) yield await current;
    }
    if (ahead) yield await ahead;
  } finally {
    // Nothing is left running when the consumer stops early; its own failure is the one to tell.
    await ahead?.catch(() => undefined);
  }
}
