/** A process that seeds LMS into a database and a folder and gets stuck half-way, so that a test can kill it there. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Client, type ClientConfig } from 'pg';
import { seedSystem } from '../../../local/sample-estate/seed.ts';

const { connection, stateDir, blobDir, now } = JSON.parse(process.argv[2] ?? '') as {
  connection: ClientConfig;
  stateDir: string;
  blobDir: string;
  now: string;
};
let puts = 0;
const database = new Client(connection);
await database.connect();
await seedSystem({
  system: 'lms',
  region: 'testregion',
  seed: 7,
  now: new Date(now),
  stateDir,
  scale: 0.02,
  target: {
    database,
    putBlob: async (name, bytes) => {
      const file = path.join(blobDir, name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, bytes);
      puts++;
      // Stuck with a timer, because a process with nothing to wait for would end.
      if (puts > 12) await new Promise((resolve) => setTimeout(resolve, 3_600_000));
    },
  },
});
await database.end();
