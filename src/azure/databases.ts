/**
 * PostgreSQL connections with Microsoft Entra authentication: the identity's token is the password, its principal the
 * role. The certificate is verified against the platform's trust store. Values are exchanged as text.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import type { TokenCredential } from '@azure/identity';
import { Failure } from '../policy/failure.ts';
import {
  DatabaseError,
  type ConnectionAttempt,
  type DatabaseAddress,
  type Databases,
  type DatabaseSession,
  type TextRow,
} from '../ports/database.ts';

const tokenScope = 'https://ossrdbms-aad.database.windows.net/.default';
const connectTimeoutMilliseconds = 15_000;
/** A host that vanished in the middle of a query is noticed within minutes; the system's own default is two hours. */
const keepAliveAfterMilliseconds = 30_000;

/** Text as PostgreSQL writes it, whatever the type. */
const asText = { getTypeParser: () => (value: string) => value };

export class AzureDatabases implements Databases {
  readonly #credential: TokenCredential;
  readonly #role: string;

  constructor(credential: TokenCredential, role: string) {
    this.#credential = credential;
    this.#role = role;
  }

  async withSession<T>(at: DatabaseAddress, work: (session: DatabaseSession) => Promise<T>): Promise<T> {
    const client = await this.#connect(at);
    try {
      return await work(sessionOver(client));
    } finally {
      await client.end().catch(() => undefined); // The connection is given up either way.
    }
  }

  async tryToConnect(at: DatabaseAddress): Promise<ConnectionAttempt> {
    const client = await this.#clientFor(at);
    try {
      await client.connect();
      return { outcome: 'connected', detail: 'the server let the connection in' };
    } catch (thrown) {
      return attemptFrom(thrown);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  async #connect(at: DatabaseAddress): Promise<pg.Client> {
    const client = await this.#clientFor(at);
    try {
      await client.connect();
      return client;
    } catch (thrown) {
      throw connectFailure(at, thrown);
    }
  }

  async #clientFor(at: DatabaseAddress): Promise<pg.Client> {
    const [host, port] = at.address.split(':');
    const token = await this.#token();
    const client = new pg.Client({
      host: host ?? '',
      port: Number(port ?? 5432),
      database: at.name,
      user: this.#role,
      password: token,
      ssl: { rejectUnauthorized: true },
      application_name: 'lifeboat',
      connectionTimeoutMillis: connectTimeoutMilliseconds,
      keepAlive: true,
      keepAliveInitialDelayMillis: keepAliveAfterMilliseconds,
      types: asText,
    });
    client.on('error', () => undefined); // A connection lost between statements fails the next statement.
    return client;
  }

  async #token(): Promise<string> {
    try {
      const token = await this.#credential.getToken(tokenScope);
      if (token !== null) return token.token;
    } catch (thrown) {
      throw new Failure(
        'unavailable',
        `no token for the databases: ${thrown instanceof Error ? thrown.message.split('\n')[0] : String(thrown)}`,
        'The managed identity endpoint gave no token; it is asked again by itself.',
        { cause: thrown },
      );
    }
    throw new Failure(
      'access-denied',
      'the managed identity has no token for the databases',
      'Give the app a managed identity and name its principal in LIFEBOAT_DATABASE_ROLE.',
    );
  }
}

/** Azure's firewall answers like a missing line of pg_hba.conf, or not at all. */
function attemptFrom(thrown: unknown): ConnectionAttempt {
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  if (thrown instanceof pg.DatabaseError) {
    const isRule = thrown.code === '28000' && detail.includes('no pg_hba.conf entry');
    // A server that starts, stops or is full says so before it looks at its rules.
    const isBefore = thrown.code?.startsWith('57') === true || thrown.code?.startsWith('53') === true;
    return { outcome: isRule ? 'refused' : isBefore ? 'unclear' : 'connected', detail };
  }
  return { outcome: /timeout/i.test(detail) ? 'refused' : 'unclear', detail };
}

function connectFailure(at: DatabaseAddress, thrown: unknown): Failure {
  const state = thrown instanceof pg.DatabaseError ? thrown.code : undefined;
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  const text = `database "${at.name}" at ${at.address}: ${said}`;
  // A firewall rule takes effect some time after it is listed (Azure documents up to five minutes).
  if (state === '28000' && said.includes('no pg_hba.conf entry')) {
    return new Failure(
      'unavailable',
      text,
      "Let the checks' address in (drill.allowedAddresses); a new rule takes a while and is waited for.",
      { cause: thrown },
    );
  }
  if (state === '28000' || state === '28P01') {
    return new Failure('access-denied', text, "Make the identity's principal a role of the server.", {
      cause: thrown,
    });
  }
  if (state === '3D000')
    return new Failure('not-found', text, 'Compare the database name in the estate file with the server.', {
      cause: thrown,
    });
  return new Failure('unavailable', text, 'The server could not be reached; it is tried again by itself.', {
    cause: thrown,
  });
}

/** A failure that came with a piece from elsewhere stays what it is. */
function sessionFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  if (thrown instanceof pg.DatabaseError) return new DatabaseError(thrown.code ?? 'XX000', thrown.message);
  return new Failure(
    'unavailable',
    `the database connection was lost: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    'It is tried again by itself.',
    { cause: thrown },
  );
}

function sessionOver(client: pg.Client): DatabaseSession {
  const query = async (
    sql: string,
    values: readonly (string | number | null)[] = [],
  ): Promise<readonly TextRow[]> => {
    try {
      return (await client.query<Record<string, string | null>>(sql, [...values])).rows;
    } catch (thrown) {
      throw sessionFailure(thrown);
    }
  };
  let cursors = 0;
  return {
    query,
    async *batches(sql, size) {
      const cursor = `lifeboat_${(cursors += 1)}`;
      await query(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${sql}`);
      for (
        let rows = await query(`FETCH ${size} FROM ${cursor}`);
        rows.length > 0;
        rows = await query(`FETCH ${size} FROM ${cursor}`)
      )
        yield rows;
      await query(`CLOSE ${cursor}`);
    },
    async *copyOut(sql) {
      try {
        for await (const piece of client.query(copyTo(sql))) yield piece as Buffer;
      } catch (thrown) {
        throw sessionFailure(thrown);
      }
    },
    async copyIn(sql, pieces) {
      try {
        await pipeline(Readable.from(pieces), client.query(copyFrom(sql)));
      } catch (thrown) {
        throw sessionFailure(thrown);
      }
    },
  };
}
