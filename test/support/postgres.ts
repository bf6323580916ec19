/**
 * A real PostgreSQL over TLS, reached through the product's own adapter: the token is the superuser's password, the
 * authority is trusted by this process for the time being.
 */
import tls from 'node:tls';
import { readFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Client } from 'pg';
import { ensureCertificates } from '../../local/certificates/ensure-certificates.ts';
import { Cluster } from '../../local/postgres/cluster.ts';
import { chooseFreePort } from '../../local/postgres/free-port.ts';
import { prepareRuntime } from '../../local/postgres/runtime.ts';
import { internalSuperuser } from '../../local/postgres/settings.ts';
import { AzureDatabases } from '../../src/azure/databases.ts';
import { databaseSetupSql } from '../../src/contracts/database-setup.ts';
import type { DatabaseAddress, Databases } from '../../src/ports/database.ts';
import { makeReachableFolder, removeFolder } from '../local/postgres/fixture.ts';

export interface TestPostgres {
  readonly cluster: Cluster;
  readonly databases: Databases;
  readonly address: string;
  /** A new database, set up as an administrator does; `sql` fills it. */
  create(name: string, sql: string): Promise<DatabaseAddress>;
  /** A session outside the product. */
  connect(name: string): Promise<Client>;
  stop(): Promise<void>;
}

/** Starts a server; `stop` leaves neither process nor folder. */
export async function startPostgres(): Promise<TestPostgres> {
  const folder = await makeReachableFolder();
  const certificates = await ensureCertificates(path.join(folder, 'certificates'));
  const trusted = tls.getCACertificates();
  tls.setDefaultCACertificates([...trusted, await readFile(certificates.caFile, 'utf8')]);
  const superuserPassword = randomBytes(12).toString('hex');
  const cluster = new Cluster({
    runtime: await prepareRuntime({ reachableDir: folder }),
    ...{ dir: path.join(folder, 'server'), port: await chooseFreePort(), superuserPassword },
    tls: { certFile: certificates.certFile, keyFile: certificates.keyFile },
  });
  await cluster.initialize();
  await cluster.configure();
  await cluster.admitClients(true);
  await cluster.start();
  const credential = {
    getToken: async () => ({ token: superuserPassword, expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
  const address = `127.0.0.1:${cluster.options.port}`;
  const clients: Client[] = [];
  const connect = async (name: string): Promise<Client> => {
    const client = await cluster.connect(name);
    clients.push(client);
    return client;
  };
  return {
    ...{ cluster, address, connect },
    databases: new AzureDatabases(credential, internalSuperuser),
    async create(name, sql) {
      await cluster.withSession((client) => client.query(`CREATE DATABASE ${name}`));
      await cluster.withSession(async (client) => {
        await client.query(databaseSetupSql(internalSuperuser));
        await client.query(sql);
      }, name);
      return { address, name };
    },
    async stop() {
      await Promise.allSettled(clients.map((client) => client.end()));
      await cluster.stop('immediate');
      tls.setDefaultCACertificates(trusted);
      await removeFolder(folder);
    },
  };
}
