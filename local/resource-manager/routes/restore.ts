/** Checks a restore as the provider does before it accepts one. */
import { invalidParameter, ResourceManagerError } from '../errors.ts';
import type { RestoreMode, ServerRecord } from '../model.ts';
import { planPointInTime } from '../restore-plan.ts';
import { addServer, type ServerBody } from './server-body.ts';
import { acceptOperation, type ManagementRequest, type Reply, type ServerPlace } from './request.ts';

/** Accepts a restore of another server's backups into a new server. */
export function beginRestore(
  request: ManagementRequest,
  place: ServerPlace,
  body: ServerBody,
  mode: RestoreMode,
): Reply {
  const source = findSource(request, body, mode);
  const at = body.properties.pointInTimeUTC;
  if (at === undefined) throw invalidParameter('pointInTimeUTC', 'It is required.');
  // The platform cuts instants to milliseconds.
  const instant = new Date(at);
  if (mode === 'GeoRestore') checkGeoRestore(source, body.location);
  else checkPointInTime(source, instant, body.location, mode);
  checkNetwork(source, body);
  const server = addServer(request, place, body, source);
  const instantText = mode === 'GeoRestore' ? new Date().toISOString() : instant.toISOString();
  return acceptOperation(request, server, {
    kind: 'restore-server',
    mode,
    sourceId: source.id,
    at: instantText,
  });
}

function findSource(request: ManagementRequest, body: ServerBody, mode: RestoreMode): ServerRecord {
  const { store } = request.context;
  const id = body.properties.sourceServerResourceId ?? '';
  const source = mode === 'ReviveDropped' ? store.droppedById(id) : store.serverById(id);
  if (source === undefined)
    throw invalidParameter('sourceServerResourceId', `The server '${id}' was not found.`);
  return source;
}

function checkPointInTime(source: ServerRecord, at: Date, location: string, mode: RestoreMode): void {
  if (source.state === 'Provisioning' || (source.state === 'Dropping' && mode === 'PointInTimeRestore')) {
    const message = `Server '${source.name}' is not in Ready state. Current Server State = ${source.state}`;
    throw new ResourceManagerError(400, 'ServerIsNotReady', message);
  }
  if (!sameLocation(location, source.location)) {
    throw invalidParameter('location', `A restore stays in the location of its source, ${source.location}.`);
  }
  if (planPointInTime(source, at, new Date()) === undefined) {
    throw invalidParameter('pointInTimeUTC', 'It lies outside the time that the server can be restored to.');
  }
}

function checkGeoRestore(source: ServerRecord, location: string): void {
  if (source.properties.backup.geoRedundantBackup !== 'Enabled') {
    throw new ResourceManagerError(
      400,
      'GeoBackupNotEnabled',
      `Geo-redundant backup is not enabled on '${source.name}'.`,
    );
  }
  if (sameLocation(location, source.location)) {
    throw invalidParameter('location', 'A geo-restore goes to the paired location.');
  }
}

function checkNetwork(source: ServerRecord, body: ServerBody): void {
  const wasPrivate = source.properties.network.delegatedSubnetResourceId !== undefined;
  const isPrivate = body.properties.network?.delegatedSubnetResourceId !== undefined;
  if (wasPrivate !== isPrivate) {
    throw invalidParameter('network', 'A restore cannot change between public and private access.');
  }
}

function sameLocation(a: string, b: string): boolean {
  const normalize = (location: string): string => location.toLowerCase().replaceAll(' ', '');
  return normalize(a) === normalize(b);
}
