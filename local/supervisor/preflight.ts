/** What must be so before anything is started, each with its own message: ports free, disk space, platform. */
import { mkdirSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { Failure } from '../../src/policy/failure.ts';
import type { Ports } from './topology.ts';

/** A first start needs about 1.5 GB; later ones grow with the writer. */
const neededBytes = { firstStart: 2_500_000_000, later: 500_000_000 };

/** Throws `unavailable` naming the port and who else may use it, if one is taken. */
export async function portsMustBeFree(ports: Ports): Promise<void> {
  const wanted: [string, number][] = [
    ['the storage proxy', ports.blob],
    ['the blob store', ports.store],
    ["the storage proxy's control endpoint", ports.storageControl],
    ['the resource manager', ports.manager],
    ['the identity endpoint', ports.identity],
    ['the control endpoint', ports.control],
    ['the key vault', ports.keys],
    ["the key vault's control endpoint", ports.keysControl],
    ['the sample application', ports.application],
    ['the place to sign in', ports.login],
    ...[...ports.hosts].map(([region, port]): [string, number] => [`the app of ${region}`, port]),
  ];
  for (const [what, port] of wanted) {
    if (await isFree(port)) continue;
    throw new Failure(
      'unavailable',
      `port ${port}, which ${what} needs, is in use`,
      'Stop the program that uses it, or move all ports: LIFEBOAT_PORT_OFFSET=100 npm start',
    );
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Throws `unavailable` if the disk of the state folder is too full to work on. */
export function spaceMustSuffice(stateDir: string, isFirstStart: boolean): void {
  makeFolder(stateDir);
  const { bavail, bsize } = statfsSync(stateDir);
  const free = bavail * bsize;
  const needed = isFirstStart ? neededBytes.firstStart : neededBytes.later;
  if (free >= needed) return;
  throw new Failure(
    'unavailable',
    `${stateDir} has ${(free / 1e9).toFixed(1)} GB free, ${(needed / 1e9).toFixed(1)} GB are needed`,
    'Free some space, or put the state on another disk: npm start -- --state /other/disk/lifeboat',
  );
}

function makeFolder(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Failure(
      'unavailable',
      `the state folder ${dir} cannot be made (${code})`,
      'Put the state where you may write: npm start -- --state /other/disk/lifeboat',
      { cause },
    );
  }
}
