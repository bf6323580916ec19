/**
 * Connections to PostgreSQL. Signed in with the deployment's own identity, encrypted, the server's certificate
 * verified. A session is one connection; it is closed when the work ends, however it ends.
 */
import { Failure } from '../policy/failure.ts';

/** Where to connect: `host[:port]` as the provider gave it, and the database's name. */
export interface DatabaseAddress {
  readonly address: string;
  readonly name: string;
}

/** A row's values as text, or null: types are the business of the caller. */
export type TextRow = Readonly<Record<string, string | null>>;

export interface DatabaseSession {
  /** Runs one statement. Throws a `DatabaseError` with the SQLSTATE on the server's refusal. */
  query(sql: string, values?: readonly (string | number | null)[]): Promise<readonly TextRow[]>;
  /** Rows of a query in batches, in constant memory; must run inside a transaction. */
  batches(sql: string, size: number): AsyncIterable<readonly TextRow[]>;
  /** What a `COPY … TO STDOUT` gives, piece by piece, no faster than it is taken. Nothing else may run meanwhile. */
  copyOut(sql: string): AsyncIterable<Uint8Array>;
  /** Feeds a `COPY … FROM STDIN`; throws where a piece cannot be had, and nothing of it is kept then. */
  copyIn(sql: string, pieces: AsyncIterable<Uint8Array>): Promise<void>;
}

/** SQLSTATEs of conditions that pass: serialization, deadlock, lock timeout, too many connections, shutdown, starting up. */
const passing = new Set(['40001', '40P01', '55P03', '53300', '57P01', '57P02', '57P03']);

/** The server's refusal of a statement. */
export class DatabaseError extends Failure {
  readonly sqlState: string;

  constructor(sqlState: string, message: string) {
    const missing = sqlState === '42P01' || sqlState === '3F000' || sqlState === '42501';
    const hint = missing
      ? 'Prepare the database with the SQL that "lifeboat estate setup-sql" prints.'
      : 'The SQLSTATE says what the server refused.';
    super(
      passing.has(sqlState) ? 'unavailable' : 'operation-failed',
      `${message} (SQLSTATE ${sqlState})`,
      hint,
    );
    this.name = 'DatabaseError';
    this.sqlState = sqlState;
  }
}

/** Whether the server broke a statement off, as it does where that takes too long. */
export const isBrokenOff = (thrown: unknown): boolean =>
  thrown instanceof DatabaseError && thrown.sqlState === '57014';

/** What came of a connection that was tried only to see whether it is let in. */
export interface ConnectionAttempt {
  /** `connected`: past every network rule, whatever the server then said of the login. `refused`: by a network rule. */
  readonly outcome: 'connected' | 'refused' | 'unclear';
  readonly detail: string;
}

export interface Databases {
  /** Runs `work` on a connection of its own. Throws `unavailable` or `access-denied` if none can be had. */
  withSession<T>(at: DatabaseAddress, work: (session: DatabaseSession) => Promise<T>): Promise<T>;
  /** Tries one connection and closes it again. Throws only if nothing could be tried. */
  tryToConnect(at: DatabaseAddress): Promise<ConnectionAttempt>;
}
