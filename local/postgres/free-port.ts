/**
 * Chooses ports for servers that must keep them across restarts. They are taken below the range from which the
 * operating system gives out ports by itself, so that no passing connection holds one when a server comes back.
 */
import { randomInt } from 'node:crypto';
import net from 'node:net';

const lowest = 20_000;
const highest = 32_000;
const attempts = 200;

/** Whether a loopback port can be listened on now. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/** A free loopback port that is not in `taken`. */
export async function chooseFreePort(taken: ReadonlySet<number> = new Set()): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = randomInt(lowest, highest);
    if (!taken.has(port) && (await isPortFree(port))) return port;
  }
  throw new Error(`No free port found between ${lowest} and ${highest} on 127.0.0.1.`);
}
