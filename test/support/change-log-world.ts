/** A world whose store has a log of signed change records that is served from memory. */
import type { ChangeRecordSource } from '../../src/contracts/change-records.ts';
import { sessionOver, type LogRow } from '../activities/change-records/log.ts';
import { sampleEstate } from './sample-estate.ts';
import type { VirtualWallClock } from './wall-clock.ts';
import { makeWorld, type World } from './world.ts';

/** `log` gives what stands in the table when it is asked for. */
export function worldWithLog(
  clock: VirtualWallClock,
  source: ChangeRecordSource,
  log: () => readonly LogRow[],
): World {
  const estate = structuredClone(sampleEstate());
  estate.systems[0]!.regions[0]!.blobStores[0]!.changeRecords = source;
  const world = makeWorld(clock, { estate });
  const withSession = world.databases.withSession.bind(world.databases);
  world.databases.withSession = (at, work) =>
    withSession(at, (session) =>
      work({
        ...session,
        query: (sql, ...values) =>
          (sql.includes('"change_record"') ? sessionOver(log()) : session).query(sql, ...values),
        batches: (sql, size) =>
          (sql.includes('"change_record"') ? sessionOver(log()) : session).batches(sql, size),
      }),
    );
  return world;
}
