/** The marker: a row that is committed right before the instant of a fingerprint, and the instant behind it. */
import { randomUUID } from 'node:crypto';
import { DateTime } from 'luxon';
import { instantCeiling } from '../policy/fingerprint.ts';
import type { DatabaseSession } from '../ports/database.ts';

/** The marker's row, the instant after it, and the newest heartbeat at that moment. */
export interface Marked {
  readonly marker: string;
  readonly instant: DateTime;
  readonly newestHeartbeat: DateTime | undefined;
}

/** `snapshot` was opened before: what it shows was committed before the marker, so a restore to the instant has it. */
export async function mark(session: DatabaseSession, snapshot: DatabaseSession): Promise<Marked> {
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
