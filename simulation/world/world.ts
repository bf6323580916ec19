/** Everything that outlives a process: the provider, the stores, the vault, the task hub's store, and true time. */
import type { Estate, EstateRegion } from '../../src/contracts/estate.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { DurableStore } from '../../local/functions-host/durable/store.ts';
import {
  operatorSql,
  referencedTable,
  region,
  scope,
  sourceServer,
  storageAccount,
} from '../../test/support/sample-estate.ts';
import { addressOf } from '../../test/support/memory-servers.ts';
import { MemoryDatabases } from '../../test/support/memory-databases.ts';
import { MemoryScratch } from '../../test/support/memory-scratch.ts';
import { MemorySigner } from '../../test/support/memory-signer.ts';
import { openMemoryStore } from '../engine/memory-store.ts';
import { Timeline } from '../engine/timeline.ts';
import { Faults } from '../faults.ts';
import { VaultContents } from '../ports/vault.ts';
import { Random } from '../random.ts';
import { Trace } from '../trace.ts';
import { Application } from './application.ts';
import { BlobAccount } from './blob-account.ts';
import { ProviderModel, utc } from './provider-model.ts';
import { SourceDatabase } from './source-database.ts';
import { drawVariant, type Variant } from './variant.ts';

/** The first instant of every simulated world. */
export const beginning = Date.UTC(2026, 2, 1);
export { operatorSql, referencedTable, region, scope, sourceServer };

/** How far the paired region lags behind. */
export const geoLagMs = 60_000;

export class World {
  readonly seed: number;
  readonly variant: Variant;
  /** Whether the estate that is deployed is the weaker one. */
  isWeakened = false;
  readonly timeline = new Timeline(beginning);
  readonly trace: Trace;
  readonly faults: Faults;
  readonly provider: ProviderModel;
  readonly account: BlobAccount;
  readonly vault = new VaultContents(() => this.timeline.now);
  /** The container beside the vault, for the checkpoints of the audit log. */
  readonly checkpoints = new VaultContents(() => this.timeline.now);
  readonly scratch: MemoryScratch;
  readonly application: Application;
  readonly signer: MemorySigner;
  readonly hub: DurableStore = openMemoryStore();
  /** The database whose rows refer to blobs, and that changes from day to day. */
  readonly database: SourceDatabase;
  /** Every protected database, by its server. */
  readonly sources = new Map<string, SourceDatabase>();
  /** How far the host's clock is ahead of true time, in milliseconds. */
  skewMs = 0;
  /** Since when the host's clock has been off by more than is tolerated. */
  clockIsWrongSince: number | undefined;
  /** Whether a schedule was ever looked at by a clock that was off by more than is tolerated. */
  clockWasWrong = false;
  /** Names of the workflows that were run. */
  readonly workflowsRun = new Set<string>();
  /** When a row began to refer to a blob again that none referred to; by its digest in hex. */
  readonly referredAgainAt = new Map<string, number>();

  constructor(seed: number) {
    this.seed = seed;
    this.trace = new Trace(() => this.timeline.now);
    this.variant = drawVariant(seed);
    this.faults = new Faults(new Random(seed, 'faults'));
    this.provider = new ProviderModel({
      timeline: this.timeline,
      random: new Random(seed, 'provider'),
      retentionDays: this.variant.retentionDays,
      backupMinute: this.variant.backupMinute,
      operationFails: () => this.faults.happens('operationFails'),
    });
    this.account = new BlobAccount(this.timeline, this.variant.keeping);
    this.signer = new MemorySigner(this.trueClock());
    this.scratch = new MemoryScratch(this.trueClock());
    const all = new MemoryDatabases(this.trueClock());
    for (const { server, name } of protectedDatabases(this.variant.estate)) {
      this.sources.set(server, new SourceDatabase(all, addressOf(server), name));
      this.provider.addSource(server, addressOf(server));
    }
    this.database = this.sources.get(sourceServer) as SourceDatabase;
    this.application = new Application(this.database);
    this.provider.accounts.set(storageAccount(region), region);
    this.provider.onRestored = ({ instant, source, mode }, { address: to = '' }) => {
      if (mode === 'revive') this.database.revive(addressOf(source), to, instant.toMillis());
      else {
        const at = mode === 'geo' ? this.timeline.now - geoLagMs : instant.toMillis();
        (this.sources.get(source) ?? this.database).restore(to, at);
      }
    };
    this.#fill();
  }

  /** Whether a protected database lies at an address. */
  isProtected(address: string): boolean {
    return [...this.sources.values()].some((one) => one.address === address);
  }

  /** What is deployed. */
  get estate(): Estate {
    return this.isWeakened ? this.variant.weakerEstate : this.variant.estate;
  }

  /** What the clocks of the services say. */
  trueClock(): Clock {
    return { now: () => utc(this.timeline.now), monotonicMilliseconds: () => this.timeline.now };
  }

  /** What the host's clock says: wrong by the skew, but measuring durations well. */
  hostClock(): Clock {
    return {
      now: () => utc(this.timeline.now + this.skewMs),
      monotonicMilliseconds: () => this.timeline.now,
    };
  }

  setSkew(milliseconds: number): void {
    this.skewMs = milliseconds;
    const isWrong = Math.abs(milliseconds) > 300_000;
    this.clockIsWrongSince = isWrong ? (this.clockIsWrongSince ?? this.timeline.now) : undefined;
    this.clockWasWrong ||= isWrong;
    this.trace.add(`CLOCK of the host is off by ${Math.round(milliseconds / 1000)} s`);
  }

  #fill(): void {
    const references: string[] = [];
    for (let blob = 0; blob < this.variant.firstBlobs; blob += 1)
      references.push(this.account.add(`content ${this.seed}/${blob}`));
    this.database.change(beginning, (database) => {
      database.tables.set(referencedTable, { rows: references.length, checksum: '111' });
      database.tables.set('shop.orders', { rows: 9, checksum: '-222' });
      database.references = references;
      database.answers.set(operatorSql, '0');
    });
    for (const source of this.sources.values())
      if (source !== this.database)
        source.change(beginning, ({ tables }) => tables.set('shop.item', { rows: 3, checksum: '111' }));
  }
}

/** The databases of the region that is simulated. */
export const protectedDatabases = ({ systems: [system] }: Estate): EstateRegion['databases'] =>
  system?.regions.find((one) => one.region === region)?.databases ?? [];
