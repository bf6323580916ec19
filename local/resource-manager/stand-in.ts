/**
 * Puts the stand-in together and takes it apart. At the start whatever an earlier process left running is stopped, every
 * server that was ready is started again at its port, and unfinished operations go on; only then it listens.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { startIdentityEndpoint } from '../identity/endpoint.ts';
import type { LoopbackServer } from '../identity/loopback-server.ts';
import { databaseResource, TokenIssuer } from '../identity/token-issuer.ts';
import { chooseFreePort } from '../postgres/free-port.ts';
import { stopOrphanedPostmasters } from '../postgres/postmaster.ts';
import { prepareRuntime } from '../postgres/runtime.ts';
import { ClusterRegistry } from './cluster-registry.ts';
import type { StandInConfig } from './config.ts';
import { serversDir, type Context } from './context.ts';
import { startControl } from './control.ts';
import { startListener } from './listener.ts';
import { Maintenance } from './maintenance.ts';
import type { ServerRecord } from './model.ts';
import { Operations } from './operations.ts';
import { cleanUpTask, runTask } from './server-tasks.ts';
import { StateStore } from './state-store.ts';

/** Where a running stand-in is reached. */
export interface StandInAddresses {
  readonly resourceManager: string;
  readonly identityEndpoint: string;
  readonly control?: string;
}

/** A running stand-in. */
export interface StandIn {
  readonly addresses: StandInAddresses;
  /** Stops listening, then every server; unfinished operations go on at the next start. */
  readonly close: () => Promise<void>;
}

/** Starts the stand-in. */
export async function startStandIn(config: StandInConfig, log: (message: string) => void): Promise<StandIn> {
  const context = await openContext(config, log);
  await startServers(context);
  const operations = new Operations(context, runTask, cleanUpTask);
  const maintenance = new Maintenance(context);
  operations.resume();
  const listeners = await startListeners(context, operations, maintenance);
  maintenance.start();
  return {
    addresses: listeners.addresses,
    close: async () => {
      operations.close();
      maintenance.stop();
      await Promise.all(listeners.all.map((each) => each.close()));
      await context.clusters.stopAll();
      context.store.save();
    },
  };
}

async function openContext(config: StandInConfig, log: (message: string) => void): Promise<Context> {
  await mkdir(serversDir(config), { recursive: true, mode: 0o755 });
  const store = new StateStore(config.stateDir);
  const { tokenLifetimeSeconds, tokenRenewBeforeSeconds } = config.timing;
  const [runtime, issuer] = await Promise.all([
    prepareRuntime({ reachableDir: config.postgresHome }),
    TokenIssuer.open(path.join(config.stateDir, 'identity'), config.tenant, {
      lifetimeSeconds: tokenLifetimeSeconds,
      renewBeforeSeconds: tokenRenewBeforeSeconds,
    }),
    stopOrphanedPostmasters(serversDir(config)),
  ]);
  return { config, store, issuer, log, clusters: new ClusterRegistry(config, store, issuer, runtime, log) };
}

// A server that does not come up must not keep the others down: it is shown as inaccessible.
async function startServers(context: Context): Promise<void> {
  const servers = Object.values(context.store.state.servers).filter(wasRunning);
  await Promise.all(
    servers.map(async (server) => {
      try {
        await context.clusters.start(server);
        if (server.state === 'Inaccessible') server.state = 'Ready';
      } catch (error) {
        server.state = 'Inaccessible';
        context.log(`The server ${server.name} does not start: ${(error as Error).message}`);
      }
    }),
  );
  context.store.save();
}

function wasRunning(server: ServerRecord): boolean {
  return !['Provisioning', 'Stopped', 'Dropping'].includes(server.state);
}

async function startListeners(
  context: Context,
  operations: Operations,
  maintenance: Maintenance,
): Promise<{ addresses: StandInAddresses; all: readonly LoopbackServer[] }> {
  const { config, store, issuer } = context;
  const { ports } = store.state;
  ports.manager = await settlePort(config.port, ports.manager);
  ports.identity = await settlePort(config.identityPort, ports.identity);
  const manager = await startListener(context, operations, ports.manager);
  const identity = await startIdentityEndpoint({
    port: ports.identity,
    issuer,
    identities: config.identities,
    isDown: () => store.state.identityIsDown,
    beforeHandingOut: async (_identity, resource) => {
      if (resource.replace(/\/+$/, '') === databaseResource) await context.clusters.distributeTokens();
    },
  });
  const resourceManager = `https://127.0.0.1:${manager.port}`;
  if (config.control === undefined) {
    store.save();
    return { addresses: { resourceManager, identityEndpoint: identity.url }, all: [manager, identity] };
  }
  ports.control = await settlePort(config.control.port, ports.control);
  const control = await startControl(context, operations, maintenance, config.control.secret, ports.control);
  store.save();
  return {
    addresses: {
      resourceManager,
      identityEndpoint: identity.url,
      control: `http://127.0.0.1:${control.port}`,
    },
    all: [manager, identity, control],
  };
}

/** The configured port, or for port 0 the one of the last start: callers hold addresses across restarts. */
async function settlePort(configured: number, recorded: number | undefined): Promise<number> {
  if (configured !== 0) return configured;
  return recorded ?? chooseFreePort();
}
