/**
 * The PostgreSQL cluster behind each server: made from the server's record, kept at its port, opened to clients only
 * with the current tokens set and its network rules written.
 */
import { databaseResource, type TokenIssuer } from '../identity/token-issuer.ts';
import { Cluster } from '../postgres/cluster.ts';
import { chooseFreePort, isPortFree } from '../postgres/free-port.ts';
import { stopPostmasterOf } from '../postgres/postmaster.ts';
import type { Runtime } from '../postgres/runtime.ts';
import type { StandInConfig } from './config.ts';
import { serverDir } from './context.ts';
import { admitsClients } from './firewall.ts';
import type { ServerRecord } from './model.ts';
import { ensurePrincipals, setTokenPassword } from './roles.ts';
import { serverKey, type StateStore } from './state-store.ts';

/** The clusters of all servers. */
export class ClusterRegistry {
  private readonly config: StandInConfig;
  private readonly store: StateStore;
  private readonly issuer: TokenIssuer;
  private readonly runtime: Runtime;
  private readonly clusters = new Map<string, Cluster>();
  private readonly tokens = new Map<Cluster, { readonly set: Map<string, string>; tail: Promise<void> }>();
  private readonly log: (message: string) => void;

  constructor(
    config: StandInConfig,
    store: StateStore,
    issuer: TokenIssuer,
    runtime: Runtime,
    log: (message: string) => void,
  ) {
    this.log = log;
    this.config = config;
    this.store = store;
    this.issuer = issuer;
    this.runtime = runtime;
  }

  /** The cluster of a server, running or not. */
  of(server: ServerRecord): Cluster | undefined {
    return this.clusters.get(keyOf(server));
  }

  /** The running cluster of a server; fails when it does not run. */
  running(server: ServerRecord): Cluster {
    const cluster = this.of(server);
    if (cluster === undefined || !cluster.running)
      throw new Error(`The server ${server.name} is not running`);
    return cluster;
  }

  /** A new cluster object for a server, at its recorded port or another one when that is taken. */
  async make(server: ServerRecord): Promise<Cluster> {
    const dir = serverDir(this.config, server);
    await this.of(server)?.stop('immediate');
    await stopPostmasterOf(`${dir}/data`);
    if (server.port === 0 || !(await isPortFree(server.port)))
      server.port = await chooseFreePort(this.takenPorts());
    this.store.save();
    const { port, superuserPassword } = server;
    const cluster = new Cluster({
      runtime: this.runtime,
      dir,
      port,
      superuserPassword,
      tls: this.config.tls,
    });
    this.clusters.set(keyOf(server), cluster);
    return cluster;
  }

  /** Starts an existing server and opens it to its clients. */
  async start(server: ServerRecord): Promise<void> {
    const cluster = await this.make(server);
    await cluster.configure();
    await cluster.admitClients(false);
    await cluster.start();
    await this.open(server);
  }

  /** Sets the current tokens, then lets clients in as the server's network rules say. */
  async open(server: ServerRecord): Promise<void> {
    const cluster = this.running(server);
    await ensurePrincipals(cluster, this.config.identities);
    this.tokens.set(cluster, { set: new Map(), tail: Promise.resolve() });
    await this.syncTokens(cluster);
    await this.applyNetworkRules(server);
  }

  /** Writes the server's network rules and makes PostgreSQL follow them. */
  async applyNetworkRules(server: ServerRecord): Promise<void> {
    const cluster = this.running(server);
    await cluster.admitClients(admitsClients(server));
    await cluster.reload();
  }

  /** Sets the latest database tokens on every open server that does not have them yet. */
  async distributeTokens(): Promise<void> {
    const open = [...this.tokens.keys()].filter((cluster) => cluster.running);
    const results = await Promise.allSettled(open.map((cluster) => this.syncTokens(cluster)));
    // A server that is going down gets its tokens when it starts again.
    for (const result of results)
      if (result.status === 'rejected') this.log(`Token not set: ${result.reason}`);
  }

  // One at a time per cluster, and always the latest token: an older one can never overwrite a newer one.
  private syncTokens(cluster: Cluster): Promise<void> {
    const tokens = this.tokens.get(cluster);
    if (tokens === undefined) return Promise.resolve();
    const run = tokens.tail.then(async () => {
      for (const identity of this.config.identities) {
        const latest = this.issuer.latest(identity, databaseResource);
        if (latest === undefined || tokens.set.get(identity.principal) === latest.token) continue;
        await setTokenPassword(cluster, identity.principal, latest);
        tokens.set.set(identity.principal, latest.token);
      }
    });
    tokens.tail = run.catch(() => undefined);
    return run;
  }

  /** Stops a server's cluster and forgets it. */
  async remove(server: ServerRecord): Promise<void> {
    const cluster = this.of(server);
    if (cluster === undefined) return;
    this.tokens.delete(cluster);
    await cluster.stop('immediate');
    this.clusters.delete(keyOf(server));
  }

  /** Stops every cluster in order. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.clusters.values()].map((cluster) => cluster.stop('fast')));
  }

  private takenPorts(): ReadonlySet<number> {
    return new Set(Object.values(this.store.state.servers).map((server) => server.port));
  }
}

function keyOf(server: ServerRecord): string {
  return serverKey(server.resourceGroup, server.name);
}
