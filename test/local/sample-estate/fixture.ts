/**
 * Shared by the tests of the sample estate: a PostgreSQL whose databases belong to an ordinary role, and a blob store
 * in memory. Invariant: stop() leaves neither a process nor a folder behind.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Client, ClientConfig } from 'pg';
import { makeReachableFolder, removeFolder, startNewCluster } from '../postgres/fixture.ts';

/** A blob store that remembers what was put. */
export class MemoryStore {
  readonly blobs = new Map<string, { readonly bytes: Buffer; readonly mediaType: string }>();
  puts = 0;

  readonly putBlob = async (name: string, bytes: Uint8Array, mediaType: string): Promise<void> => {
    this.puts++;
    this.blobs.set(name, { bytes: Buffer.from(bytes), mediaType });
  };
}

/** A running server with databases for samples. */
export interface SampleServer {
  readonly stateDir: string;
  /** Creates an empty database that an ordinary role owns; every session in it acts as that role. */
  createDatabase(name: string): Promise<Client>;
  /** How a session of its own reaches a database. */
  connectionTo(name: string): ClientConfig;
  /** Stops the server so that every session breaks. */
  halt(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
}

const owner = 'sample_owner';

/** Starts a server. */
export async function startSampleServer(): Promise<SampleServer> {
  const folder = await makeReachableFolder();
  const stateDir = await mkdtemp(path.join(tmpdir(), 'sample-state-'));
  const cluster = await startNewCluster(path.join(folder, 'server'));
  await cluster.withSession((client) => client.query(`CREATE ROLE ${owner}`));
  const clients: Client[] = [];
  return {
    stateDir,
    createDatabase: async (name) => {
      await cluster.withSession(async (client) => {
        await client.query(`CREATE DATABASE ${name} OWNER ${owner}`);
        await client.query(`ALTER ROLE ${client.user} IN DATABASE ${name} SET role = ${owner}`);
      });
      const client = await cluster.connect(name);
      clients.push(client);
      return client;
    },
    connectionTo: (name) => ({ ...cluster.connection(), database: name }),
    halt: () => cluster.stop('immediate'),
    resume: () => cluster.start(),
    stop: async () => {
      await Promise.allSettled(clients.map((client) => client.end()));
      await cluster.stop('immediate');
      await removeFolder(folder);
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

/** Waits until the condition holds; throws after a generous deadline. */
export async function waitFor(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`${what} did not happen within 30 s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
