/** A free block of ports for a stack of its own, below the range from which the system hands out ports. */
import { createServer, type Server } from 'node:net';
import { randomInt } from 'node:crypto';

/** What `npm start` listens on without an offset. */
export const basePorts = {
  blob: 10_000,
  store: 10_001,
  manager: 10_443,
  identity: 10_444,
  control: 10_445,
  storageControl: 10_446,
  keys: 10_447,
  keysControl: 10_448,
  application: 10_449,
  login: 10_450,
  host: 7_071,
} as const;

/** Offsets of the stacks of each test worker; those of the others are so far off that no two ports are the same. */
const offsetsOfWorker = [
  [1_000, 5_500],
  [9_000, 13_500],
  [17_000, 21_500],
] as const;

/** An offset with which every port of a stack of up to four regions is free now. */
export async function freePortOffset(): Promise<number> {
  const bases = [...Object.values(basePorts), basePorts.host + 1, basePorts.host + 2, basePorts.host + 3];
  const worker = (Number(process.env['VITEST_POOL_ID'] ?? 1) - 1) % offsetsOfWorker.length;
  const [from, to] = offsetsOfWorker[worker]!;
  for (;;) {
    const offset = randomInt(from, to);
    const free = await Promise.all(bases.map((base) => isFree(base + offset)));
    if (free.every(Boolean)) return offset;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = await occupy(port).catch(() => undefined);
  if (server === undefined) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}

/** Listens on a port until closed. */
export function occupy(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
