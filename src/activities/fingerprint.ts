/**
 * Takes the fingerprint and the blob inventories of one database at one instant, while its writers go on.
 *
 * exact: the tables are locked against writers, a second session opens its snapshot, a third commits a marker and
 * names the instant, the lock is released, and only then is the snapshot computed: writers wait for milliseconds.
 * bracketed: a snapshot before the marker and one after it, no lock at all.
 *
 * The instant is the clock after the marker's commit, rounded up to the next millisecond (the provider's API cuts
 * there) and waited for, so that a restore to it contains the marker and nothing that was committed later.
 */
import { randomUUID } from 'node:crypto';
import { DateTime } from 'luxon';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EstateDatabase } from '../contracts/estate.ts';
import { instantCeiling, type DatabaseFingerprint, type FingerprintMode } from '../policy/fingerprint.ts';
import { safetyMargins } from '../policy/safety-margins.ts';
import {
  DatabaseError,
  type DatabaseAddress,
  type Databases,
  type DatabaseSession,
} from '../ports/database.ts';
import { fingerprintTables, listTables } from './table-fingerprints.ts';

/** The marker's row, the instant after it, and the newest heartbeat at that moment. */
export interface Marked {
  readonly marker: string;
  readonly instant: DateTime;
  readonly newestHeartbeat: DateTime | undefined;
}

/** What was taken; `extra` is what the caller computed from the snapshots while they were open. */
export interface Taken<T> extends Marked, DatabaseFingerprint {
  readonly modeReason: string | undefined;
  readonly extra: T;
}

/** Computed from the open snapshots: one in mode `exact`, two in mode `bracketed`. */
export type FromSnapshots<T> = (
  mode: FingerprintMode,
  before: DatabaseSession,
  after: DatabaseSession | undefined,
  marker: string,
) => Promise<T>;

/** Takes a fingerprint in the database's mode; `bracketed` with the reason where the locks cannot be had. */
export async function takeFingerprintOf<T>(
  databases: Databases,
  database: EstateDatabase,
  at: DatabaseAddress,
  extra: FromSnapshots<T>,
): Promise<Taken<T>> {
  if (database.fingerprint === 'bracketed')
    return { ...(await bracketed(databases, at, extra)), modeReason: undefined };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return { ...(await exact(databases, at, extra)), modeReason: undefined };
    } catch (thrown) {
      if (!(thrown instanceof DatabaseError) || !lockRefusals.has(thrown.sqlState)) throw thrown;
      if (attempt === safetyMargins.fingerprintLockAttempts) {
        const reason = `the tables could not be locked in ${attempt} attempts of ${safetyMargins.fingerprintLockTimeoutMilliseconds} ms (SQLSTATE ${thrown.sqlState})`;
        return { ...(await bracketed(databases, at, extra)), modeReason: reason };
      }
      await sleep(250 * attempt);
    }
  }
}

/** lock_not_available, deadlock_detected. */
const lockRefusals = new Set(['55P03', '40P01']);
const openSnapshot = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';

type TakenHere<T> = Omit<Taken<T>, 'modeReason'>;

function exact<T>(databases: Databases, at: DatabaseAddress, extra: FromSnapshots<T>): Promise<TakenHere<T>> {
  return databases.withSession(at, (locker) =>
    databases.withSession(at, async (reader) => {
      const marked = await underLock(locker, async () => {
        await reader.query(openSnapshot);
        await reader.query('SELECT 1'); // The snapshot is taken by the first statement.
        return databases.withSession(at, (session) => mark(session, reader));
      });
      const before = await fingerprintTables(reader);
      const computed = await extra('exact', reader, undefined, marked.marker);
      await reader.query('COMMIT');
      return { ...marked, mode: 'exact', before, extra: computed };
    }),
  );
}

async function underLock<T>(locker: DatabaseSession, work: () => Promise<T>): Promise<T> {
  const tables = await listTables(locker);
  await locker.query('BEGIN');
  try {
    await locker.query(`SET LOCAL lock_timeout = ${safetyMargins.fingerprintLockTimeoutMilliseconds}`);
    if (tables.length > 0)
      await locker.query(`LOCK TABLE ${tables.map(({ name }) => name).join(', ')} IN SHARE MODE`);
    return await work();
  } finally {
    await locker.query('ROLLBACK'); // Nothing was written here: it only lets the writers go on.
  }
}

function bracketed<T>(
  databases: Databases,
  at: DatabaseAddress,
  extra: FromSnapshots<T>,
): Promise<TakenHere<T>> {
  return databases.withSession(at, (earlier) =>
    databases.withSession(at, async (later) => {
      await earlier.query(openSnapshot);
      await earlier.query('SELECT 1');
      const marked = await databases.withSession(at, (session) => mark(session, earlier));
      await later.query(openSnapshot);
      const before = await fingerprintTables(earlier);
      const after = await fingerprintTables(later);
      const computed = await extra('bracketed', earlier, later, marked.marker);
      await later.query('COMMIT');
      await earlier.query('COMMIT');
      return { ...marked, mode: 'bracketed', before, after, extra: computed };
    }),
  );
}

/** `snapshot` was opened before: what it shows was committed before the marker, so a restore to the instant has it. */
async function mark(session: DatabaseSession, snapshot: DatabaseSession): Promise<Marked> {
  const marker = randomUUID();
  await session.query('INSERT INTO lifeboat.marker (id) VALUES ($1)', [marker]);
  const [clock] = await session.query(
    'SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now',
  );
  const instant = instantCeiling(BigInt(clock?.['now'] ?? '0'));
  await waitUntilAfter(session, instant);
  const [beat] = await snapshot.query(
    'SELECT floor(extract(epoch FROM max(written_at)) * 1000)::bigint AS newest FROM lifeboat.heartbeat',
  );
  const newest = beat?.['newest'] ?? undefined;
  return {
    marker,
    instant: utc(Number(instant)),
    newestHeartbeat: newest === undefined ? undefined : utc(Number(newest)),
  };
}

/** Returns when the database's own clock has passed the instant. */
async function waitUntilAfter(session: DatabaseSession, milliseconds: bigint): Promise<void> {
  for (;;) {
    const [row] = await session.query(
      'SELECT (clock_timestamp() > to_timestamp($1::numeric / 1000))::text AS passed',
      [milliseconds.toString()],
    );
    if (row?.['passed'] === 'true') return;
    await session.query('SELECT pg_sleep(0.0005)');
  }
}

const utc = (milliseconds: number): DateTime => DateTime.fromMillis(milliseconds, { zone: 'utc' });
