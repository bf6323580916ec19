/** The database that the application is pointed at: signed in with the application's own identity, for one run. */
import pg from 'pg';
import type { SampleApplicationConfig } from './config.ts';

const audience = 'https://ossrdbms-aad.database.windows.net';
const timeoutMilliseconds = 5_000;

/** Where a database is. */
export interface Place {
  /** Whose order it was. */
  readonly run: string;
  readonly host: string;
  readonly port: number;
  readonly name: string;
}

export interface Connection {
  readonly place: Place;
  readonly run: string;
  readonly pool: pg.Pool;
}

/** Connects to a database when something is asked of it. */
export function connect(place: Place, identity: SampleApplicationConfig['identity']): Connection {
  const pool = new pg.Pool({
    host: place.host,
    port: place.port,
    database: place.name,
    user: identity.role,
    password: () => tokenOf(identity),
    ssl: true,
    max: 2,
    connectionTimeoutMillis: timeoutMilliseconds,
    statement_timeout: timeoutMilliseconds,
    application_name: 'sample-application',
    options: '-c default_transaction_read_only=on',
  });
  pool.on('error', () => undefined); // The server goes away after the drill; the next question tells of it.
  return { run: place.run, place, pool };
}

async function tokenOf({ endpoint, clientId, header }: SampleApplicationConfig['identity']): Promise<string> {
  const url = new URL(endpoint);
  url.search = new URLSearchParams({
    ...{ 'api-version': '2019-08-01', resource: audience, client_id: clientId },
  }).toString();
  const answer = await fetch(url, {
    headers: { 'x-identity-header': header },
    signal: AbortSignal.timeout(timeoutMilliseconds),
  });
  if (!answer.ok) throw new Error(`the identity endpoint answered ${answer.status}`);
  return ((await answer.json()) as { access_token: string }).access_token;
}
