/** Server parameters: what PostgreSQL says of each, with the customer's own values on top. */
import { reservedParameters } from '../../postgres/settings.ts';
import { invalidParameter, notFound, ResourceManagerError } from '../errors.ts';
import type { ServerRecord } from '../model.ts';
import { serverType } from '../views.ts';
import {
  acceptOperation,
  requireReady,
  requireServer,
  type ManagementRequest,
  type Reply,
  type ServerPlace,
} from './request.ts';

interface SettingRow {
  readonly name: string;
  readonly setting: string;
  readonly boot_val: string | null;
  readonly vartype: string;
  readonly context: string;
  readonly short_desc: string;
  readonly unit: string | null;
  readonly pending_restart: boolean;
  readonly allowed: string;
}

const dataTypes: Readonly<Record<string, string>> = {
  bool: 'Boolean',
  enum: 'Enumeration',
  integer: 'Integer',
  real: 'Numeric',
};

/** Answers `…/configurations` and `…/configurations/{name}`. */
export async function handleConfigurations(request: ManagementRequest, place: ServerPlace): Promise<Reply> {
  if (request.method === 'GET') return showParameters(request, place);
  if (place.item === undefined || (request.method !== 'PUT' && request.method !== 'PATCH')) {
    throw new ResourceManagerError(
      405,
      'MethodNotAllowed',
      `${request.method} is not supported for configurations.`,
    );
  }
  const { value } = (request.body['properties'] ?? {}) as { value?: unknown };
  if (typeof value !== 'string') throw invalidParameter('value', 'It is required.');
  if (reservedParameters.has(place.item)) throw invalidParameter(place.item, 'The parameter is read-only.');
  return acceptOperation(request, requireReady(request, place), {
    kind: 'set-parameter',
    name: place.item,
    value,
  });
}

async function showParameters(request: ManagementRequest, place: ServerPlace): Promise<Reply> {
  const server = requireServer(request, place);
  const rows = await readSettings(request, server);
  const own = Object.keys(server.parameters).filter((name) => name.includes('.'));
  const all = [
    ...rows.map((row) => viewSetting(server, row)),
    ...own.map((name) =>
      viewParameter(server, name, { value: server.parameters[name], source: 'user-override' }),
    ),
  ];
  if (place.item === undefined) return { status: 200, body: { value: all } };
  const found = all.find((each) => each.name === place.item);
  if (found === undefined) throw notFound(`${serverType}/configurations`, place.item);
  return { status: 200, body: found };
}

async function readSettings(
  request: ManagementRequest,
  server: ServerRecord,
): Promise<readonly SettingRow[]> {
  const rows = await request.context.clusters.running(server).withSession(async (client) => {
    const result = await client.query<SettingRow>(
      `SELECT name, setting, boot_val, vartype, context, short_desc, unit, pending_restart,
              coalesce(array_to_string(enumvals, ','), min_val || '-' || max_val, '') AS allowed
         FROM pg_settings WHERE context <> 'internal' AND category NOT LIKE 'File Locations%' ORDER BY name`,
    );
    return result.rows;
  });
  return rows.filter((row) => !reservedParameters.has(row.name) && !row.name.includes('.'));
}

function viewSetting(server: ServerRecord, row: SettingRow): { name: string } {
  const override = server.parameters[row.name];
  return viewParameter(server, row.name, {
    value: override ?? row.setting,
    source: override === undefined ? 'system-default' : 'user-override',
    description: row.short_desc,
    defaultValue: row.boot_val ?? '',
    dataType: dataTypes[row.vartype] ?? 'String',
    allowedValues: row.allowed,
    isDynamicConfig: row.context !== 'postmaster',
    isReadOnly: false,
    isConfigPendingRestart: row.pending_restart,
    ...(row.unit === null ? {} : { unit: row.unit }),
  });
}

function viewParameter(server: ServerRecord, name: string, properties: unknown): { name: string } {
  const shown = {
    id: `${server.id}/configurations/${name}`,
    name,
    type: `${serverType}/configurations`,
    properties,
  };
  return shown;
}
