/**
 * Puts a host together: HTTP server, app, durable engine and timers on one state folder. Order matters: the port
 * and the state are taken before the app is loaded, so that a second host fails before it does anything; the app is
 * told its address before it loads.
 */
import fs from 'node:fs';
import path from 'node:path';
import { hasTrigger, type FunctionApp } from './app/function-app.ts';
import { loadApp } from './app/load-app.ts';
import { applyLocalSettings, readHostSettings, type HostSettings } from './app-settings.ts';
import { systemClock, type Clock } from './clock.ts';
import { durableFunctionsOf } from './durable/app-durable-functions.ts';
import { clientInput } from './durable/client-links.ts';
import { DurableEngine, type DurableEngineOptions } from './durable/engine.ts';
import { createManagementApi } from './durable/management-api.ts';
import { pausableStore } from './durable/pausable-store.ts';
import { openSqliteStore } from './durable/sqlite/sqlite-store.ts';
import type { DurableStore } from './durable/store.ts';
import { httpFunctionsOf } from './http/http-functions.ts';
import { loadKeys, type HostKeys } from './http/keys.ts';
import { HttpServer } from './http/server.ts';
import { createLineLogger, type Logger } from './log.ts';
import { TimerHost } from './timers/timer-host.ts';

/** How to start a host. */
export interface HostOptions {
  /** Holds host.json, package.json and the built app. */
  readonly appDir: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Holds keys.json and the task hub; created if missing. */
  readonly stateDir: string;
  /** Address to listen on; 127.0.0.1 by default. */
  readonly address?: string;
  readonly clock?: Clock;
  /** Instead of the task hub in the state folder; the host closes it. */
  readonly store?: DurableStore;
  readonly logger?: Logger;
  /** Whether timer functions run by themselves (default true). */
  readonly timers?: boolean;
  /** Instead of those in the state folder. */
  readonly keys?: HostKeys;
  /** Further settings of the durable engine. */
  readonly durable?: Omit<DurableEngineOptions, 'store' | 'functions' | 'clock' | 'log'>;
}

/** A running host. */
export interface Host {
  readonly url: string;
  readonly keys: HostKeys;
  readonly engine: DurableEngine;
  readonly app: FunctionApp;
  /** Timers, requests, activities, then the store: what runs may finish within `graceMs` (10 s by default). */
  stop(graceMs?: number): Promise<void>;
}

const DEFAULT_GRACE_MS = 10_000;

/** Starts a host; rejects with HostFailure if it cannot serve, and leaves nothing behind then. */
export async function startHost(options: HostOptions): Promise<Host> {
  const log = options.logger ?? createLineLogger('information', (line) => process.stderr.write(line));
  const appDir = path.resolve(options.appDir);
  const settings = readHostSettings(appDir);
  fs.mkdirSync(options.stateDir, { recursive: true });
  const keys = options.keys ?? loadKeys(options.stateDir);
  const server = new HttpServer({
    host: options.address ?? '127.0.0.1',
    port: options.port,
    keys,
    taskHub: settings.taskHub,
    log,
  });
  await server.listen();
  let store: DurableStore | undefined;
  try {
    store = options.store ?? openTaskHub(options.stateDir);
    applyLocalSettings(appDir, process.env);
    process.env['WEBSITE_HOSTNAME'] = server.authority;
    const app = await loadApp(appDir, log);
    return serveApp({ options, log, settings, keys, server, store, app });
  } catch (error) {
    await server.close(0);
    store?.close();
    throw error;
  }
}

/** The task hub in the state folder, which a file beside it can bring to a stand. */
function openTaskHub(stateDir: string): DurableStore {
  return pausableStore(openSqliteStore(path.join(stateDir, 'task-hub.sqlite')), stateDir);
}

interface Assembly {
  readonly options: HostOptions;
  readonly log: Logger;
  readonly settings: HostSettings;
  readonly keys: HostKeys;
  readonly server: HttpServer;
  readonly store: DurableStore;
  readonly app: FunctionApp;
}

function serveApp({ options, log, settings, keys, server, store, app }: Assembly): Host {
  const clock = options.clock ?? systemClock;
  const { routePrefix, taskHub: _hub, ...limits } = settings;
  const engine = new DurableEngine({
    ...limits,
    ...options.durable,
    store,
    clock,
    log,
    functions: durableFunctionsOf(app),
  });
  const clientJson = (): string => JSON.stringify(clientInput(server.endpoints));
  const timers = new TimerHost({ app, clock, store, settings: process.env, clientJson, log });
  const management = createManagementApi(engine, () => server.endpoints);
  const functions = httpFunctionsOf(app, routePrefix);
  warnOfUnsupported(app, log);
  engine.start();
  server.serve({ app, engine, timers, functions, management, clientJson });
  if (options.timers !== false) timers.start();
  const stop = async (graceMs = DEFAULT_GRACE_MS): Promise<void> => {
    const grace = timers.stop();
    await Promise.all([within(grace, graceMs), server.close(graceMs), engine.stop(graceMs)]);
    await app.terminate();
    store.close();
  };
  return { url: server.url, keys, engine, app, stop };
}

/** Waits for the promise, but no longer than `ms`. */
async function within(promise: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise, late]);
  clearTimeout(timer);
}

const SUPPORTED = ['httpTrigger', 'timerTrigger', 'orchestrationTrigger', 'activityTrigger', 'entityTrigger'];

function warnOfUnsupported(app: FunctionApp, log: Logger): void {
  for (const each of app.functions) {
    if (SUPPORTED.some((type) => hasTrigger(each, type))) continue;
    log(
      'warning',
      `The embedded host does not serve triggers of type ${each.trigger.type}: this function never runs.`,
      each.name,
    );
  }
}
