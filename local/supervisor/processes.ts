/** The processes of the stack: which program, with which arguments and settings, and when it serves. */
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import type { CertificatePaths } from '../certificates/ensure-certificates.ts';
import type { ChildOptions } from './child.ts';
import { snapshotAgeDays } from './expired-samples.ts';
import type { StateFolder } from './state.ts';

const root = path.resolve(import.meta.dirname, '../..');

export type ProcessDefinition = Omit<ChildOptions, 'logFile' | 'onRestart'>;

/** The blob store; without certificates it serves plain HTTP and its clock stands back. */
export function blobStoreProcess(
  state: StateFolder,
  port: number,
  certificates: CertificatePaths | undefined,
  keys: Readonly<Record<string, string>>,
): ProcessDefinition {
  const program = path.join(root, 'node_modules/azurite/dist/src/blob/main.js');
  const location = state.path('blob-store');
  mkdirSync(location, { recursive: true });
  const flags = [
    '--blobHost',
    '127.0.0.1',
    '--blobPort',
    String(port),
    '--location',
    location,
    ...(certificates === undefined ? [] : ['--cert', certificates.certFile, '--key', certificates.keyFile]),
    ...(certificates === undefined ? [] : ['--oauth', 'basic']),
  ];
  const shifted = certificates === undefined;
  return {
    name: 'blob-store',
    args: [
      ...(shifted ? ['--import', path.join(root, 'local/blob-store/shifted-clock.mjs')] : []),
      ...['--import', path.join(root, 'local/blob-store/durable.ts')],
      program,
      ...flags,
      '--skipApiVersionCheck',
      '--disableTelemetry',
      '--silent',
    ],
    environment: {
      AZURITE_ACCOUNTS: Object.entries(keys)
        .map(([name, key]) => `${name}:${key}`)
        .join(';'),
      ...(shifted ? { LIFEBOAT_CLOCK_SHIFT_MS: String(-snapshotAgeDays * 86_400_000) } : {}),
    },
    readyWhen: { probe: () => canConnect(port) },
  };
}

/** What the blob store lacks of storage accounts: versions, soft delete, a secondary; in front of it. */
export const storageProxyProcess = (state: StateFolder): ProcessDefinition => standIn(state, 'storage-proxy');

/** The stand-in for the resource manager, with its databases and the identity endpoint. */
export const resourceManagerProcess = (state: StateFolder): ProcessDefinition =>
  standIn(state, 'resource-manager');

/** The stand-in for the key vault that signs reports. */
export const keyVaultProcess = (state: StateFolder): ProcessDefinition => standIn(state, 'key-vault');

/** The stand-in for Entra ID that issues the tokens for the API. */
export const loginProcess = (state: StateFolder): ProcessDefinition => standIn(state, 'login');

/** The application that drills of the sample estate point at what they restored. */
export const applicationProcess = (state: StateFolder, { caFile }: CertificatePaths): ProcessDefinition =>
  standIn(state, 'sample-application', { NODE_EXTRA_CA_CERTS: path.resolve(caFile) });

/** A program of `local/` that reads its configuration from a file of its own name. */
function standIn(
  state: StateFolder,
  name: string,
  environment: ProcessDefinition['environment'] = {},
): ProcessDefinition {
  return {
    ...{ name, environment },
    args: [path.join(root, `local/${name}/main.ts`), '--config', state.path(`${name}.json`)],
    readyWhen: { line: /^READY / },
  };
}

/** The app of a region on the local Functions host. */
export function appProcess(
  state: StateFolder,
  region: string,
  port: number,
  environment: Readonly<Record<string, string>>,
): ProcessDefinition {
  return {
    name: `app-${region}`,
    args: [
      path.join(root, 'local/functions-host/main.ts'),
      '--app',
      state.path('deployment'),
      '--state',
      state.path('hosts', region),
      '--port',
      String(port),
    ],
    environment,
    readyWhen: { line: /^READY / },
  };
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
