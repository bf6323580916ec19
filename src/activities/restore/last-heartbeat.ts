/**
 * The newest heartbeat that restored data will hold. A recorded point knows it; for another instant the source is asked
 * for the newest one up to there, or up to what the provider can restore by now, if that is earlier.
 */
import { DateTime } from 'luxon';
import { alertDocument, fingerprintDocument, type RecoveryPoint } from '../../contracts/documents.ts';
import type { EstateDatabase } from '../../contracts/estate.ts';
import { instantOf } from '../../contracts/values.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { failureFrom } from '../../policy/failure.ts';
import type { DatabaseToRestore } from '../../policy/restore-plan.ts';
import type { ServerFacts } from '../../ports/database-servers.ts';
import type { Dependencies } from '../dependencies.ts';
import { needDocument, readDocument } from '../vault-documents.ts';

const newestSql = `
  SELECT floor(extract(epoch FROM max(written_at)) * 1000)::bigint AS newest FROM lifeboat.heartbeat
  WHERE written_at <= to_timestamp($1::double precision / 1000)`;

type LastHeartbeat = DatabaseToRestore['heartbeat'];

/** Since when a database of the system has not been written, by the alert that is open; undefined where all are. */
export async function silentSince(deps: Dependencies, scope: Scope): Promise<DateTime | undefined> {
  const alert = await readDocument(deps.vault, vaultPaths.alert(scope, 'heartbeat-silent'), alertDocument);
  return alert === undefined || alert.resolvedAt !== undefined ? undefined : instantOf(alert.firstAt);
}

/** Of what a recorded point says. */
export async function heartbeatOfPoint(
  deps: Dependencies,
  point: RecoveryPoint,
  database: string,
): Promise<LastHeartbeat> {
  const part = point.databases.find((one) => one.database === database);
  if (part === undefined) return { problem: `${point.id} does not hold it` };
  const { newestHeartbeat } = await needDocument(deps.vault, part.fingerprint.path, fingerprintDocument);
  if (newestHeartbeat !== undefined) return { newest: instantOf(newestHeartbeat) };
  return { problem: `no heartbeat had been written when ${point.id} was taken` };
}

/** Of what stands in the source; a source that cannot be asked leaves it open. */
export async function heartbeatInSource(
  deps: Dependencies,
  { database, source }: { readonly database: EstateDatabase; readonly source: ServerFacts | undefined },
  until: DateTime,
): Promise<LastHeartbeat> {
  if (source === undefined) return { problem: 'the server is gone and cannot be asked for its heartbeats' };
  try {
    const at = { address: source.address ?? '', name: database.name };
    const [row] = await deps.databases.withSession(at, (session) =>
      session.query(newestSql, [until.toMillis()]),
    );
    const newest = row?.['newest'];
    if (newest === null || newest === undefined)
      return { problem: 'the source has no heartbeat up to there' };
    return { newest: DateTime.fromMillis(Number(newest), { zone: 'utc' }) };
  } catch (thrown) {
    const { message } = failureFrom(thrown);
    return { problem: `the source could not be asked for its heartbeats: ${message}`, isSilent: true };
  }
}
