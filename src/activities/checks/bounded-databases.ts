/**
 * Databases of which no statement lasts longer than a bound: the platform ends an activity that takes too long, and its
 * repetition again. What the server broke off can be told; what the platform ended cannot.
 */
import type { Databases } from '../../ports/database.ts';

export function boundedDatabases(databases: Databases, seconds: number): Databases {
  return {
    withSession: (at, work) =>
      databases.withSession(at, async (session) => {
        await session.query(`SET statement_timeout = '${seconds}s'`);
        return work(session);
      }),
    tryToConnect: (at) => databases.tryToConnect(at),
  };
}
