/**
 * The heartbeat: one row a minute in every database, so that restored data says itself how recent it is. One upsert
 * per minute's slot, so a beat that comes twice leaves one row; rows past the window that protects the system are
 * trimmed: the longer of the approved one and the estate's, and none while that is not known.
 */
import { DateTime } from 'luxon';
import pMap from 'p-map';
import type { EstateDatabase } from '../contracts/estate.ts';
import { recordHeartbeat } from '../contracts/snapshot.ts';
import { isoOf } from '../contracts/values.ts';
import type { Scope } from '../contracts/vault-paths.ts';
import { failureFrom } from '../policy/failure.ts';
import { implement, type Activity } from './activity.ts';
import { raise, resolve } from './alerts.ts';
import type { Dependencies } from './dependencies.ts';
import { effectiveProtection } from './estate-guard.ts';
import { scoped, serverHere } from './scope.ts';

/** The beat of the present minute. */
export const upsertHeartbeat = `
  INSERT INTO lifeboat.heartbeat (slot, writer) VALUES (date_trunc('minute', clock_timestamp()), $1)
  ON CONFLICT (slot) DO UPDATE SET written_at = clock_timestamp(), writer = excluded.writer
  RETURNING (extract(epoch FROM slot) * 1000)::bigint AS slot, floor(extract(epoch FROM written_at) * 1000)::bigint AS written_at`;
const trim = `DELETE FROM lifeboat.heartbeat WHERE slot < clock_timestamp() - make_interval(secs => $1)`;

const concurrency = 4;

/** What one beat came to. */
export interface Beat {
  readonly database: string;
  readonly slot: string;
  readonly writtenAt?: string | undefined;
  readonly failure?: string | undefined;
}

/** Beats into every database of a scope; a database that cannot be written is an alert, and the others are still written. */
export async function beat(deps: Dependencies, scope: Scope): Promise<Beat[]> {
  const { system, region } = scoped(deps, scope);
  const windowSeconds = await windowKept(deps, scope);
  const beats = await pMap(region.databases, (database) => beatInto(deps, database, windowSeconds), {
    concurrency,
  });
  const silent = beats.filter((one) => one.failure !== undefined);
  if (silent.length === 0) await resolve(deps, scope, 'heartbeat-silent');
  else {
    const title = `No heartbeat into ${silent.map((one) => one.database).join(', ')} of ${system.name} in ${scope.region}`;
    const detail = silent.map((one) => `${one.database}: ${one.failure}`).join('; ');
    await raise(deps, scope, {
      key: 'heartbeat-silent',
      severity: 'critical',
      title,
      detail,
      runbook: 'runbooks/heartbeat-silent.md',
    });
  }
  return beats;
}

/** How old a beat may get; undefined while it is not known what was approved. */
async function windowKept(deps: Dependencies, scope: Scope): Promise<number | undefined> {
  try {
    return (await effectiveProtection(deps, scope)).windowHours * 3_600;
  } catch {
    // Whoever judges the estate tells people of it; a beat is written all the same.
    return undefined;
  }
}

async function beatInto(
  deps: Dependencies,
  database: EstateDatabase,
  windowSeconds: number | undefined,
): Promise<Beat> {
  try {
    const { address } = await serverHere(deps, database.server);
    return await deps.databases.withSession(
      { address: address ?? '', name: database.name },
      async (session) => {
        const [row] = await session.query(upsertHeartbeat, [deps.actor]);
        if (windowSeconds !== undefined) await session.query(trim, [windowSeconds]);
        return {
          database: database.id,
          slot: isoOf(DateTime.fromMillis(Number(row?.['slot']))),
          writtenAt: isoOf(DateTime.fromMillis(Number(row?.['written_at']))),
        };
      },
    );
  } catch (thrown) {
    return {
      database: database.id,
      slot: isoOf(deps.clock.now().startOf('minute')),
      failure: failureFrom(thrown).message,
    };
  }
}

export function heartbeatActivities(deps: Dependencies): Activity[] {
  return [implement(recordHeartbeat, async (scope) => ({ beats: await beat(deps, scope) }))];
}
