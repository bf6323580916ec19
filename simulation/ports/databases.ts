/** Databases as one process reaches them: sessions and statements that are lost, late, or answered and not heard. */
import { Failure } from '../../src/policy/failure.ts';
import type { Databases, DatabaseSession } from '../../src/ports/database.ts';
import type { MemoryDatabases } from '../../test/support/memory-databases.ts';
import type { Life } from '../engine/life.ts';

/** Counts the open sessions of the process. */
export interface OpenSessions {
  open: number;
}

/** `isMute` says of a question to an address whether it fails for the whole day. */
export function databasesOf(
  life: Life,
  databases: MemoryDatabases,
  sessions: OpenSessions,
  isMute: (address: string, sql: string) => boolean,
): Databases {
  return {
    tryToConnect: (at) => life.call(`try ${at.address}`, 'once', () => databases.tryToConnect(at)),
    withSession: (at, work) =>
      life.call(`session ${at.address}`, 'once', async () => {
        sessions.open += 1;
        try {
          return await databases.withSession(at, (session) =>
            work(disturbed(life, session, (sql) => isMute(at.address, sql))),
          );
        } finally {
          sessions.open -= 1;
          forget(databases);
        }
      }),
  };
}

function disturbed(life: Life, session: DatabaseSession, isMute: (sql: string) => boolean): DatabaseSession {
  return {
    query: (sql, values) =>
      life.call(`query ${sql.trim().slice(0, 24)}`, 'once', () => {
        if (isMute(sql)) throw new Failure('unavailable', 'the question gets no answer', 'It passes.');
        return session.query(sql, values);
      }),
    batches: (sql, size) => session.batches(sql, size),
    copyOut: (sql) => session.copyOut(sql),
    copyIn: (sql, pieces) => life.call(`copy ${sql.slice(0, 24)}`, 'once', () => session.copyIn(sql, pieces)),
  };
}

/** The model keeps a list of every call, which a month of them would let grow without need. */
function forget({ faults }: MemoryDatabases): void {
  faults.calls.length = 0;
}
