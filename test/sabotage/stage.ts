/**
 * Where drills are sabotaged: a shop on a real PostgreSQL whose snapshot is taken once, and for each drill a copy of its
 * database, of the vault and of the stores, with a task hub of its own in virtual time. The provider is a model; the
 * checks and everything that they ask of the database are real.
 */
import type { Databases } from '../../src/ports/database.ts';
import type { DrillReport } from '../../src/contracts/report.ts';
import type { ClockOffset } from '../../src/policy/clock-trust.ts';
import { Failure } from '../../src/policy/failure.ts';
import { stampOf } from '../../src/policy/identifiers.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { MemoryHttp } from '../support/memory-http.ts';
import { addressOf } from '../support/memory-servers.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { scope, sourceServer } from '../support/sample-estate.ts';
import { WorkflowHub } from '../support/workflow-hub.ts';
import { layout, type World } from '../support/world.ts';
import type { Sabotage } from './sabotage.ts';
import { contents, hooks, insertRecords, shopSql, signShop, type SignedShop } from './shop.ts';

const source = 'shop_source';
/** The virtual clock of a hub stands still while PostgreSQL's runs on: it begins a little ahead. */
const aheadMilliseconds = 60_000;

/** One drill that is about to be sabotaged. */
export interface SabotagedDrill {
  readonly stage: Stage;
  readonly hub: WorkflowHub;
  readonly world: World;
  readonly http: MemoryHttp;
  readonly databases: RoutedDatabases;
  /** What the services' clocks say against this host's. */
  readonly offsets: ClockOffset[];
  /** The point that is restored. */
  readonly point: string;
  /** The database that is restored, by its name on the test's server. */
  readonly database: string;
  /** Called with the restored server when it is ready. */
  onRestored: (target: string) => void;
}

/** What a drill came to. */
export interface Played {
  readonly result: string;
  readonly reasons: readonly string[];
  readonly report: DrillReport | undefined;
}

export class Stage {
  readonly server: TestPostgres;
  readonly shop: SignedShop;
  /** The vault as the snapshot left it. */
  readonly #kept = new Map<string, string>();
  #point = '';
  #databases = 0;

  private constructor(server: TestPostgres, shop: SignedShop) {
    this.server = server;
    this.shop = shop;
  }

  static async open(): Promise<Stage> {
    const server = await startPostgres();
    const stage = new Stage(server, await signShop(Date.now()));
    await server.create(source, `${shopSql}; ${insertRecords(stage.shop.log)}`);
    await stage.#takeSnapshot();
    return stage;
  }

  async close(): Promise<void> {
    await this.server.cluster.withSession((client) => client.query(`DROP DATABASE ${source}`));
    await this.server.stop();
  }

  /** Plays a drill with what is wrong in it, or with nothing. */
  async play(sabotage: Pick<Sabotage, 'sql' | 'undo' | 'arrange'> = {}): Promise<Played> {
    const database = `restored_${(this.#databases += 1)}`;
    const { cluster } = this.server;
    await cluster.withSession((client) => client.query(`CREATE DATABASE ${database} TEMPLATE ${source}`));
    const { hub, ...parts } = this.#hub();
    for (const [path, text] of this.#kept) hub.world.vault.put(path, text);
    const drill: SabotagedDrill = {
      ...{ stage: this, hub, world: hub.world, ...parts, point: this.#point, database },
      onRestored: () => undefined,
    };
    hub.world.servers.onRestored = (_from, to) => {
      parts.databases.routes.set(to.address ?? '', database);
      drill.onRestored(to.id);
    };
    try {
      if (sabotage.sql !== undefined) await this.query(database, sabotage.sql);
      await sabotage.arrange?.(drill);
      return await played(drill);
    } finally {
      await hub.close();
      if (sabotage.undo !== undefined) await this.query('postgres', sabotage.undo);
      await cluster.withSession((client) => client.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`));
    }
  }

  /** Runs SQL as nobody of the product. */
  async query(database: string, sql: string): Promise<readonly Record<string, unknown>[]> {
    return this.server.cluster.withSession(async (client) => {
      const results = await client.query<Record<string, unknown>>(sql);
      return (Array.isArray(results) ? (results as (typeof results)[]).at(-1)! : results).rows;
    }, database);
  }

  #hub(): Pick<SabotagedDrill, 'hub' | 'http' | 'databases' | 'offsets'> {
    const databases = new RoutedDatabases(this.server);
    databases.routes.set(addressOf(sourceServer), source);
    const http = new MemoryHttp()
      .on(`POST ${hooks}/start`, {})
      .on(`POST ${hooks}/stop`, {})
      .on(`GET ${hooks}/app/`, {})
      .on(`GET ${hooks}/app/items`, { text: '{"count":3}' });
    const offsets: ClockOffset[] = [{ source: 'storage', seconds: 0 }];
    const hub = new WorkflowHub(Date.now() + aheadMilliseconds, {
      ...{ estate: this.shop.estate, databases, http },
      referenceClocks: { offsets: () => Promise.resolve(offsets) },
    });
    for (const one of contents) hub.world.contents.put(one, layout);
    hub.world.servers.putParameter(sourceServer, 'work_mem', '8192');
    return { hub, http, databases, offsets };
  }

  async #takeSnapshot(): Promise<void> {
    const { hub } = this.#hub();
    await hub.world.value('recordHeartbeat', scope);
    const slot = stampOf(hub.world.clock.now());
    const { output } = await hub.run<{ outcome: string; detail: string; point: string }>(
      'snapshot',
      `snapshot.shop.westeurope.${slot}`,
      { ...scope, slot, trigger: 'person' },
    );
    if (output.outcome !== 'done') throw new Error(`the snapshot: ${output.detail}`);
    this.#point = `on-demand-${slot}`;
    for (const path of hub.world.vault.paths('')) this.#kept.set(path, hub.world.vault.text(path));
    await hub.close();
  }
}

async function played({ hub, world }: SabotagedDrill): Promise<Played> {
  const slot = stampOf(world.clock.now());
  const { output } = await hub.run<{ result: string; reasons: string[] }>(
    'restoreDrill',
    `drill.shop.westeurope.${slot}`,
    { ...scope, slot, trigger: 'person' },
  );
  const path = vaultPaths.report(scope, `drill-${slot}`);
  const isThere = world.vault.paths(path).length > 0;
  return {
    ...{ result: output.result, reasons: output.reasons },
    report: isThere ? world.vault.json<DrillReport>(path) : undefined,
  };
}

/** The databases of the model's servers on the one real server: by address. */
export class RoutedDatabases implements Databases {
  readonly routes = new Map<string, string>();
  /** What a connection comes to that must be refused. */
  attempt: Awaited<ReturnType<Databases['tryToConnect']>> = { outcome: 'refused', detail: 'no entry' };
  readonly #server: TestPostgres;

  constructor(server: TestPostgres) {
    this.#server = server;
  }

  withSession: Databases['withSession'] = ({ address }, work) => {
    const name = this.routes.get(address);
    if (name === undefined) throw new Failure('unavailable', `${address} is silent`, 'Look at it.');
    return this.#server.databases.withSession({ address: this.#server.address, name }, work);
  };

  tryToConnect: Databases['tryToConnect'] = () => Promise.resolve(this.attempt);
}
