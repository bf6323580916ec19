/** What the app folder says about the host: host.json, and local.settings.json where there is one. */
import fs from 'node:fs';
import path from 'node:path';
import { readJsonObject } from './app/load-app.ts';

/** The part of host.json that this host follows. */
export interface HostSettings {
  readonly routePrefix: string;
  readonly taskHub: string;
  readonly concurrentActivities?: number;
  readonly concurrentTurns?: number;
}

interface HostJson {
  readonly extensions?: {
    readonly http?: { readonly routePrefix?: string };
    readonly durableTask?: {
      readonly hubName?: string;
      readonly maxConcurrentActivityFunctions?: number;
      readonly maxConcurrentOrchestratorFunctions?: number;
    };
  };
}

/** Reads host.json; throws HostFailure if it is missing or broken. */
export function readHostSettings(appDir: string): HostSettings {
  const { extensions } = readJsonObject(path.join(appDir, 'host.json')) as HostJson;
  const { maxConcurrentActivityFunctions: activities, maxConcurrentOrchestratorFunctions: turns } =
    extensions?.durableTask ?? {};
  return {
    routePrefix: extensions?.http?.routePrefix ?? 'api',
    taskHub: extensions?.durableTask?.hubName ?? 'TestHubName',
    ...(activities === undefined ? {} : { concurrentActivities: activities }),
    ...(turns === undefined ? {} : { concurrentTurns: turns }),
  };
}

/** Puts the values of local.settings.json into the environment; what is set there already wins. */
export function applyLocalSettings(appDir: string, environment: NodeJS.ProcessEnv): void {
  const file = path.join(appDir, 'local.settings.json');
  if (!fs.existsSync(file)) return;
  const values = readJsonObject(file)['Values'];
  for (const [name, value] of Object.entries(values ?? {})) environment[name] ??= String(value);
}
