/** One writer per server: the sample estate's users, who keep working while the stack runs. */
import { appendFileSync } from 'node:fs';
import { Writer } from '../sample-estate/writer.ts';
import { blobWriter, connectOwner, sampleName, type Estateful } from './provision.ts';

export interface Writers {
  stop(): Promise<void>;
}

/** Starts the writers; none if `everySeconds` is 0. */
export async function startWriters(
  parts: Estateful,
  everySeconds: number,
  logFile: string,
): Promise<Writers> {
  if (everySeconds === 0) return { stop: async () => undefined };
  const running = await Promise.all(
    parts.topology.servers.map(async (server) => {
      const connect = () => connectOwner(parts, server, server.databases[0]?.name ?? '');
      const database = await connect();
      const writer = new Writer({
        system: sampleName(server),
        region: server.region,
        seed: 1,
        stateDir: parts.stateDir,
        target: { database, putBlob: blobWriter(parts, server) },
        everyMs: everySeconds * 1000,
        log: (message) =>
          appendFileSync(
            logFile,
            `${new Date().toISOString()} ${server.system} ${server.region}: ${message}\n`,
          ),
        connect,
      });
      writer.start();
      return { writer, database };
    }),
  );
  return {
    async stop() {
      await Promise.all(running.map(({ writer }) => writer.stop()));
      await Promise.all(running.map(({ database }) => database.end().catch(() => undefined))); // A lost connection has ended already.
    },
  };
}
