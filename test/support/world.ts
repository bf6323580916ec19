/** Everything that activities work with, in memory and ready to go: one shop whose database refers to a few blobs. */
import type { Activity } from '../../src/activities/activity.ts';
import { allActivities } from '../../src/activities/all.ts';
import { AuditLog } from '../../src/activities/audit-log.ts';
import type { Dependencies } from '../../src/activities/dependencies.ts';
import { digestOf } from '../../src/policy/canonical-json.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { MemoryContents } from './memory-contents.ts';
import { MemoryCopies } from './memory-copies.ts';
import { MemoryHttp } from './memory-http.ts';
import { MemoryScanner } from './memory-scanner.ts';
import { MemoryDatabases, type MemoryDatabase } from './memory-databases.ts';
import { addressOf, MemoryServers } from './memory-servers.ts';
import { MemoryScratch } from './memory-scratch.ts';
import { MemorySigner } from './memory-signer.ts';
import { MemoryVault } from './memory-vault.ts';
import { operatorSql, region, sampleEstate, sourceServer, storageAccount } from './sample-estate.ts';

export const layout = { template: '{0:2}/{digest}', algorithm: 'sha256' } as const;

export interface World {
  readonly deps: Dependencies;
  readonly clock: Clock;
  readonly vault: MemoryVault;
  /** The container beside it. */
  readonly checkpoints: MemoryVault;
  readonly servers: MemoryServers;
  readonly databases: MemoryDatabases;
  readonly contents: MemoryContents;
  readonly scratch: MemoryScratch;
  readonly signer: MemorySigner;
  /** The protected database. */
  readonly source: MemoryDatabase;
  /** Runs an activity by its name; its outcome as it crosses the boundary. */
  run: (name: string, input: unknown) => ReturnType<Activity['run']>;
  /** Runs an activity; its value, or a thrown error with the failure. */
  value<T>(name: string, input: unknown): Promise<T>;
}

/** A world at `clock`; `changes` replaces dependencies. */
export function makeWorld(clock: Clock, changes: Partial<Dependencies> = {}): World {
  const vault = new MemoryVault(clock);
  const checkpoints = new MemoryVault(clock);
  const servers = new MemoryServers(clock);
  const databases = new MemoryDatabases(clock);
  const contents = new MemoryContents();
  const copies = new MemoryCopies(clock, 'nothing');
  const scratch = new MemoryScratch(clock);
  const signer = new MemorySigner(clock);
  const estate = sampleEstate();
  const deps: Dependencies = {
    ...{ estate, estateDigest: digestOf(estate), region, softwareVersion: '0.1.0', actor: 'lifeboat' },
    ...{
      clock,
      vault,
      vaultDeleter: vault,
      auditLog: new AuditLog(vault, clock, 'lifeboat'),
      segments: vault,
      checkpoints,
      servers,
      settings: servers,
      deleter: servers,
      databases,
      contents,
    },
    contentDeleter: contents,
    ...{ copies, blobWriter: copies },
    scanner: new MemoryScanner(contents, clock),
    signer,
    ...{ scratch, scratchDeleter: scratch },
    http: new MemoryHttp(),
    referenceClocks: { offsets: () => Promise.resolve([{ source: 'model', seconds: 0 }]) },
    ...changes,
  };
  servers.put({ id: sourceServer, createdAt: clock.now().minus({ years: 1 }) });
  servers.putAccount(storageAccount(region), region);
  servers.onRestored = (from, to, instant) =>
    databases.restore(from.address ?? '', to.address ?? '', instant.toMillis());
  const source = databases.at(addressOf(sourceServer), 'shop');
  fill(source, contents);
  const run: World['run'] = async (name, input) => {
    // Looked up again each time: an activity keeps nothing between two runs.
    const activity = allActivities(deps).find((one) => one.name === name);
    if (activity === undefined) throw new Error(`there is no activity ${name}`);
    return activity.run(JSON.parse(JSON.stringify(input)));
  };
  const value = async <T>(name: string, input: unknown): Promise<T> => {
    const outcome = await run(name, input);
    if (outcome.outcome === 'done') return outcome.value as T;
    throw new Error(`${name}: ${outcome.failure.code}: ${outcome.failure.message}`);
  };
  return {
    deps,
    clock,
    vault,
    checkpoints,
    servers,
    databases,
    contents,
    scratch,
    signer,
    source,
    run,
    value,
  };
}

function fill(source: MemoryDatabase, contents: MemoryContents): void {
  source.tables.set('shop.item', { rows: 3, checksum: '111' });
  source.tables.set('shop.orders', { rows: 9, checksum: '-222' });
  source.references = ['one', 'two', 'three'].map((content) => contents.put(content, layout));
  source.answers.set(operatorSql, '0');
}
