/** Databases of a server. */
import { invalidParameter, notFound, ResourceManagerError } from '../errors.ts';
import type { ServerRecord } from '../model.ts';
import { serverType } from '../views.ts';
import {
  acceptOperation,
  requireReady,
  type ManagementRequest,
  type Reply,
  type ServerPlace,
} from './request.ts';

interface DatabaseRow {
  readonly name: string;
  readonly charset: string;
  readonly collation: string;
}

const systemDatabases: ReadonlySet<string> = new Set([
  'postgres',
  'template0',
  'template1',
  'azure_maintenance',
  'azure_sys',
]);

/** Answers `…/databases` and `…/databases/{name}`. */
export async function handleDatabases(request: ManagementRequest, place: ServerPlace): Promise<Reply> {
  const { item } = place;
  const server = requireReady(request, place);
  if (request.method === 'GET') return showDatabases(request, server, item);
  if (item === undefined || systemDatabases.has(item))
    throw invalidParameter('databaseName', 'It is reserved.');
  if (request.method === 'PUT')
    return acceptOperation(request, server, { kind: 'create-database', name: item });
  if (request.method === 'DELETE')
    return acceptOperation(request, server, { kind: 'drop-database', name: item });
  throw new ResourceManagerError(
    405,
    'MethodNotAllowed',
    `${request.method} is not supported for databases.`,
  );
}

async function showDatabases(
  request: ManagementRequest,
  server: ServerRecord,
  name: string | undefined,
): Promise<Reply> {
  const rows = await request.context.clusters.running(server).withSession(async (client) => {
    const result = await client.query<DatabaseRow>(
      `SELECT datname AS name, pg_encoding_to_char(encoding) AS charset, datcollate AS collation
         FROM pg_database WHERE NOT datistemplate ORDER BY datname`,
    );
    return result.rows;
  });
  if (name === undefined)
    return { status: 200, body: { value: rows.map((row) => viewDatabase(server, row)) } };
  const found = rows.find((row) => row.name === name);
  if (found === undefined) throw notFound(`${serverType}/databases`, name);
  return { status: 200, body: viewDatabase(server, found) };
}

function viewDatabase(server: ServerRecord, { name, charset, collation }: DatabaseRow): unknown {
  const id = `${server.id}/databases/${name}`;
  return { id, name, type: `${serverType}/databases`, properties: { charset, collation } };
}
