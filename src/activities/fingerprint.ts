/**
 * Takes the fingerprint and the blob inventories of one database at one instant, while its writers go on.
 *
 * exact: the tables are locked against writers, a second session opens its snapshot, a third commits a marker and
 * names the instant, the lock is released, and only then is the snapshot computed: writers wait for milliseconds.
 * bracketed: a snapshot before the marker and one after it, no lock at all.
 *
 * Snapshots hold vacuum back and locks hold writers up: the server itself ends both after a bound, whatever becomes of
 * the app. What the time does not suffice to count is named.
 *
 * The instant is the clock after the marker's commit, rounded up to the next millisecond (the provider's API cuts
 * there) and waited for, so that a restore to it contains the marker and nothing that was committed later.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EstateDatabase } from '../contracts/estate.ts';
import { Failure } from '../policy/failure.ts';
import type { DatabaseFingerprint, DividedTable, FingerprintMode } from '../policy/fingerprint.ts';
import { safetyMargins } from '../policy/safety-margins.ts';
import type { PartSizes } from '../policy/table-parts.ts';
import type { Clock } from '../ports/clock.ts';
import {
  DatabaseError,
  type DatabaseAddress,
  type Databases,
  type DatabaseSession,
} from '../ports/database.ts';
import { mark, type Marked } from './marker.ts';
import { countTables } from './table-counting.ts';
import { listTables } from './table-fingerprints.ts';

/** What was taken; `extra` is what the caller computed from the snapshots while they were open. */
export interface Taken<T> extends Marked, DatabaseFingerprint {
  readonly modeReason: string | undefined;
  readonly divided: readonly DividedTable[];
  readonly extra: T;
}

/** Computed from the open snapshots: one in mode `exact`, two in mode `bracketed`. */
export type FromSnapshots<T> = (
  mode: FingerprintMode,
  before: DatabaseSession,
  after: DatabaseSession | undefined,
  marker: string,
) => Promise<T>;

/** How long snapshots are open and tables are counted, at most, and from which size on a table is counted in parts. */
export interface FingerprintBounds {
  readonly snapshotSeconds: number;
  readonly countingSeconds: number;
  /** How long the locks of mode `exact` are waited for and held, at most, all of them together. */
  readonly lockedSeconds: number;
  readonly sizes?: PartSizes;
}

/** Where a fingerprint is taken. */
export interface FingerprintSource {
  readonly databases: Databases;
  readonly clock: Pick<Clock, 'monotonicMilliseconds'>;
  readonly at: DatabaseAddress;
  readonly bounds?: FingerprintBounds;
}

const defaultBounds: FingerprintBounds = {
  snapshotSeconds: safetyMargins.fingerprintSnapshotSeconds,
  countingSeconds: safetyMargins.fingerprintCountingSeconds,
  lockedSeconds: safetyMargins.fingerprintLockedSeconds,
};

/** Takes a fingerprint in the database's mode; `bracketed` with the reason where the locks cannot be had. */
export async function takeFingerprintOf<T>(
  source: FingerprintSource,
  database: EstateDatabase,
  extra: FromSnapshots<T>,
): Promise<Taken<T>> {
  if (database.fingerprint === 'bracketed')
    return { ...(await bracketed(source, extra)), modeReason: undefined };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return { ...(await exact(source, extra)), modeReason: undefined };
    } catch (thrown) {
      if (!(thrown instanceof DatabaseError) || !lockRefusals.has(thrown.sqlState)) throw thrown;
      if (attempt === safetyMargins.fingerprintLockAttempts) {
        const reason = `the tables could not be locked in ${attempt} attempts (SQLSTATE ${thrown.sqlState})`;
        return { ...(await bracketed(source, extra)), modeReason: reason };
      }
      await sleep(250 * attempt);
    }
  }
}

const transactionTimeout = '25P04';
/** lock_not_available, deadlock_detected; and locks that each came in time, but not all of them together. */
const lockRefusals = new Set(['55P03', '40P01', transactionTimeout]);

type TakenHere<T> = Omit<Taken<T>, 'modeReason'>;

function exact<T>(source: FingerprintSource, extra: FromSnapshots<T>): Promise<TakenHere<T>> {
  const { databases, at } = source;
  return databases.withSession(at, (locker) =>
    databases.withSession(at, async (reader) => {
      const closesAt = closingTime(source);
      const marked = await underLock(source, locker, async () => {
        await openSnapshot(source, reader);
        await reader.query('SELECT 1'); // The snapshot is taken by the first statement.
        return databases.withSession(at, (session) => mark(session, reader));
      });
      const opened = { mode: 'exact' as const, before: reader, after: undefined, closesAt };
      const read = await readFrom(source, opened, marked, extra);
      await reader.query('COMMIT');
      return { ...marked, mode: 'exact', ...read };
    }),
  );
}

function bracketed<T>(source: FingerprintSource, extra: FromSnapshots<T>): Promise<TakenHere<T>> {
  const { databases, at } = source;
  return databases.withSession(at, (earlier) =>
    databases.withSession(at, async (later) => {
      const closesAt = closingTime(source);
      await openSnapshot(source, earlier);
      await earlier.query('SELECT 1');
      const marked = await databases.withSession(at, (session) => mark(session, earlier));
      await openSnapshot(source, later);
      const opened = { mode: 'bracketed' as const, before: earlier, after: later, closesAt };
      const read = await readFrom(source, opened, marked, extra);
      await later.query('COMMIT');
      await earlier.query('COMMIT');
      return { ...marked, mode: 'bracketed', ...read };
    }),
  );
}

const boundsOf = ({ bounds }: FingerprintSource): FingerprintBounds => bounds ?? defaultBounds;

/** By this process's own measure, taken before the server begins with its own. */
const closingTime = (source: FingerprintSource): number =>
  source.clock.monotonicMilliseconds() + boundsOf(source).snapshotSeconds * 1000;

async function openSnapshot(source: FingerprintSource, session: DatabaseSession): Promise<void> {
  await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await session.query(`SET LOCAL transaction_timeout = '${boundsOf(source).snapshotSeconds}s'`);
}

interface Opened {
  readonly mode: FingerprintMode;
  readonly before: DatabaseSession;
  readonly after: DatabaseSession | undefined;
  readonly closesAt: number;
}

/** What must be read whole, and then as much of the tables as the time suffices for. */
async function readFrom<T>(
  source: FingerprintSource,
  { mode, before, after, closesAt }: Opened,
  { marker }: Marked,
  extra: FromSnapshots<T>,
): Promise<Pick<TakenHere<T>, 'before' | 'after' | 'divided' | 'extra'>> {
  const { countingSeconds, snapshotSeconds, sizes } = boundsOf(source);
  try {
    const computed = await extra(mode, before, after, marker);
    const now = (): number => source.clock.monotonicMilliseconds();
    const until = Math.min(now() + countingSeconds * 1000, closesAt - closingMilliseconds);
    const counted = await countTables(before, after, {
      ...{ seed: marker, millisecondsLeft: () => until - now(), sizes },
    });
    return { ...counted, extra: computed };
  } catch (thrown) {
    if (!(thrown instanceof DatabaseError) || thrown.sqlState !== transactionTimeout) throw thrown;
    throw new Failure(
      'deadline-exceeded',
      `what the point must hold of the database (inventories, ends of logs) was not read within ${snapshotSeconds} s, and its snapshot holds vacuum back no longer`,
      'Look at what slows the database down at that time; an index on each column that holds addresses makes it faster.',
      { cause: thrown },
    );
  }
}

/** Left over at the end for statements that are cancelled and transactions that are closed. */
const closingMilliseconds = 30_000;

async function underLock<T>(
  source: FingerprintSource,
  locker: DatabaseSession,
  work: () => Promise<T>,
): Promise<T> {
  const tables = await listTables(locker);
  await locker.query('BEGIN');
  try {
    await locker.query(`SET LOCAL lock_timeout = ${safetyMargins.fingerprintLockTimeoutMilliseconds}`);
    await locker.query(`SET LOCAL transaction_timeout = '${boundsOf(source).lockedSeconds}s'`);
    if (tables.length > 0)
      await locker.query(`LOCK TABLE ${tables.map(({ name }) => name).join(', ')} IN SHARE MODE`);
    const done = await work();
    await locker.query('ROLLBACK'); // Nothing was written here: it only lets the writers go on. It fails if they went on before.
    return done;
  } catch (thrown) {
    await locker.query('ROLLBACK').catch(() => undefined); // The session may be over: so is the lock.
    throw thrown;
  }
}
