/**
 * The work of the operations on a server. Each may be done again from the beginning after a kill: what it makes is
 * removed first, what is already there is left, what is already gone is not missed.
 */
import { rm } from 'node:fs/promises';
import { archiveEverything } from '../postgres/archive.ts';
import { removeBackup, takeBackup } from './backups.ts';
import { backupDir, serverDir, type Context } from './context.ts';
import { OperationFailure } from './errors.ts';
import type { ServerProperties, ServerRecord, Task } from './model.ts';
import { restoreServer } from './restore-server.ts';
import { prepareRoles, setAdministratorPassword } from './roles.ts';
import { serverKey } from './state-store.ts';

/** Does the work of one task. */
export async function runTask(context: Context, server: ServerRecord, task: Task): Promise<void> {
  switch (task.kind) {
    case 'create-server':
      return createServer(context, server, task.administratorPassword);
    case 'restore-server':
      return restoreServer(context, server, task);
    case 'update-server':
      return updateServer(context, server, task.body);
    case 'delete-server':
      return deleteServer(context, server);
    case 'restart-server':
    case 'start-server':
      return startServer(context, server);
    case 'stop-server':
      return stopServer(context, server);
    case 'create-backup':
      return takeBackup(context, server, 'Customer On-Demand', task.name);
    case 'delete-backup':
      return removeBackup(context, server, task.name, 'backup-deleted');
    case 'put-firewall-rule':
      return changeFirewall(context, server, { ...server.firewallRules, [task.name]: task.rule });
    case 'delete-firewall-rule': {
      const { [task.name]: _removed, ...kept } = server.firewallRules;
      return changeFirewall(context, server, kept);
    }
    case 'set-parameter':
      return setParameter(context, server, task.name, task.value);
    case 'create-database':
      return createDatabase(context, server, task.name);
    case 'drop-database':
      return dropDatabase(context, server, task.name);
    case 'refuse':
      throw new OperationFailure(task.code, task.message);
  }
}

/** A server that could not be made leaves nothing; any other goes back to what it was. */
export async function cleanUpTask(context: Context, server: ServerRecord, task: Task): Promise<void> {
  if (task.kind === 'create-server' || task.kind === 'restore-server') {
    await context.clusters.remove(server);
    delete context.store.state.servers[serverKey(server.resourceGroup, server.name)];
    context.store.save();
    await rm(serverDir(context.config, server), { recursive: true, force: true });
  } else if (task.kind !== 'refuse') {
    server.state = context.clusters.of(server)?.running === true ? 'Ready' : 'Inaccessible';
  }
}

async function createServer(context: Context, server: ServerRecord, password: string): Promise<void> {
  await context.clusters.remove(server);
  await rm(serverDir(context.config, server), { recursive: true, force: true });
  server.backups = [];
  const cluster = await context.clusters.make(server);
  await cluster.initialize();
  await cluster.configure();
  await cluster.admitClients(false);
  await cluster.start();
  await prepareRoles(cluster, server.properties.administratorLogin, password);
  await context.clusters.open(server);
  await takeBackup(context, server, 'Full');
  server.state = 'Ready';
  context.store.noteEffect('server-created', server.name);
}

async function updateServer(
  context: Context,
  server: ServerRecord,
  body: Readonly<Record<string, unknown>>,
): Promise<void> {
  const {
    tags,
    sku,
    properties = {},
  } = body as {
    tags?: Record<string, string>;
    sku?: ServerRecord['sku'];
    properties?: Partial<ServerProperties> & { administratorLoginPassword?: string };
  };
  const { backup, network, highAvailability, storage, administratorLoginPassword } = properties;
  if (tags !== undefined) server.tags = tags;
  if (sku !== undefined) server.sku = sku;
  const own = server.properties;
  if (backup !== undefined) {
    const days = backup.backupRetentionDays ?? own.backup.backupRetentionDays;
    own.backup = { ...own.backup, backupRetentionDays: days };
  }
  if (network !== undefined) own.network = { ...own.network, ...network };
  if (highAvailability !== undefined) own.highAvailability = { ...own.highAvailability, ...highAvailability };
  if (storage !== undefined) own.storage = { ...own.storage, ...storage };
  if (server.state !== 'Stopped') await context.clusters.applyNetworkRules(server);
  if (administratorLoginPassword !== undefined) {
    const cluster = context.clusters.running(server);
    await cluster.withSession((client) =>
      setAdministratorPassword(client, own.administratorLogin, administratorLoginPassword),
    );
  }
  if (server.state === 'Updating') server.state = 'Ready';
}

// The automatic backups of a deleted server are held for some days; its on-demand ones go with it, and a server without
// automatic ones leaves nothing to hold.
async function deleteServer(context: Context, server: ServerRecord): Promise<void> {
  const { store, clusters, config, log } = context;
  const cluster = clusters.of(server);
  const held = server.backups.filter((backup) => backup.type === 'Full');
  if (held.length > 0 && cluster?.running === true) {
    await archiveEverything(cluster).catch((error: Error) =>
      log(`Last WAL of ${server.name} lost: ${error.message}`),
    );
  }
  await clusters.remove(server);
  const dir = serverDir(config, server);
  if (held.length > 0) {
    await rm(`${dir}/data`, { recursive: true, force: true });
    for (const backup of server.backups.filter((one) => !held.includes(one)))
      await rm(backupDir(config, server, backup), { recursive: true, force: true });
    store.state.dropped.push({ ...server, backups: held, droppedAt: new Date().toISOString() });
  } else {
    await rm(dir, { recursive: true, force: true });
  }
  delete store.state.servers[serverKey(server.resourceGroup, server.name)];
  store.noteEffect('server-deleted', server.name);
  store.save();
}

async function startServer(context: Context, server: ServerRecord): Promise<void> {
  await context.clusters.of(server)?.stop('fast');
  await context.clusters.start(server);
  server.state = 'Ready';
}

async function stopServer(context: Context, server: ServerRecord): Promise<void> {
  await context.clusters.of(server)?.stop('fast');
  server.state = 'Stopped';
}

async function changeFirewall(
  context: Context,
  server: ServerRecord,
  rules: ServerRecord['firewallRules'],
): Promise<void> {
  server.firewallRules = rules;
  context.store.noteEffect('firewall-changed', server.name);
  context.store.save();
  await context.clusters.applyNetworkRules(server);
}

// The value goes through ALTER SYSTEM, so that PostgreSQL itself judges it. Names with a dot that belong to the
// platform (azure.extensions) are only remembered.
async function setParameter(
  context: Context,
  server: ServerRecord,
  name: string,
  value: string,
): Promise<void> {
  if (!name.includes('.')) {
    await context.clusters.running(server).withSession(async (client) => {
      const statement = `ALTER SYSTEM SET ${client.escapeIdentifier(name)} = ${client.escapeLiteral(value)}`;
      await client.query(statement).catch((error: Error) => {
        throw new OperationFailure('InvalidParameterValue', error.message, { cause: error });
      });
      await client.query('SELECT pg_reload_conf()');
    });
  }
  server.parameters[name] = value;
  context.store.noteEffect('parameter-changed', server.name, name);
}

async function createDatabase(context: Context, server: ServerRecord, name: string): Promise<void> {
  await context.clusters.running(server).withSession(async (client) => {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0)
      await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)} OWNER azure_pg_admin`);
  });
}

async function dropDatabase(context: Context, server: ServerRecord, name: string): Promise<void> {
  await context.clusters
    .running(server)
    .withSession((client) =>
      client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`),
    );
}
