/**
 * Databases in memory: what the activities' statements find, keyed by address and name. No SQL is understood: each
 * statement is recognised by its text, and an unknown one is an error of the server, so that a new statement shows.
 * Real PostgreSQL takes its place where the SQL itself is in question.
 */
import {
  DatabaseError,
  type ConnectionAttempt,
  type DatabaseAddress,
  type Databases,
  type DatabaseSession,
  type TextRow,
} from '../../src/ports/database.ts';
import { Failure } from '../../src/policy/failure.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { Faults } from './faults.ts';
import { copiedOut, copyIn, MemorySide, sideRules, SideTransaction, tableNamed } from './memory-side.ts';

/** A row that was written into `lifeboat.exercise`, or harmed: one without content is gone. */
interface ExerciseChange {
  readonly at: number;
  readonly run: string;
  readonly item: number;
  readonly content: string | undefined;
  readonly digest: string;
  readonly writtenAt: number;
}

/** What one database holds. Instants are epoch milliseconds; heartbeats by their minute. */
export class MemoryDatabase {
  readonly tables = new Map<string, { rows: number; checksum: string }>();
  readonly heartbeats = new Map<number, number>();
  readonly markers = new Set<string>();
  /** Digests as the reference column gives them. */
  references: string[] = [];
  /** The operator's queries and their answers. */
  readonly answers = new Map<string, string>();
  readonly corruptPages = new Set<string>();
  /** What restores of tables left. */
  readonly side = new MemorySide();
  roles: string[] = ['clerk'];
  /** What hooks of cutovers did to it. */
  readonly altered: string[] = [];
  /** Ids that were erased again. */
  readonly erased: string[] = [];
  /** Parts of the setup that are not there. */
  readonly unprepared = new Set<string>();
  /** Rows of exercises and what became of them, in the order of time. */
  readonly exercise: ExerciseChange[] = [];
  /** How far sleeps within a statement have brought its clock ahead. */
  sleptMs = 0;

  /** As it was at an instant, as far as heartbeats tell it apart from now. */
  copyAt(instant: number): MemoryDatabase {
    const copy = new MemoryDatabase();
    for (const [name, table] of this.tables) copy.tables.set(name, { ...table });
    for (const [slot, at] of this.heartbeats) if (at <= instant) copy.heartbeats.set(slot, at);
    for (const marker of this.markers) copy.markers.add(marker);
    for (const [sql, answer] of this.answers) copy.answers.set(sql, answer);
    copy.exercise.push(...this.exercise.filter(({ at }) => at <= instant));
    copy.references = [...this.references];
    copy.roles = [...this.roles];
    return copy;
  }
}

type Values = readonly (string | number | null)[];
type Rule = readonly [
  RegExp,
  (of: MemoryDatabase, values: Values, hit: RegExpExecArray, now: number) => TextRow[],
];

const newestOf = (of: MemoryDatabase, until = Number.POSITIVE_INFINITY): string | null => {
  const beats = [...of.heartbeats.values()].filter((at) => at <= until);
  return beats.length === 0 ? null : String(Math.max(...beats));
};
const named = (of: MemoryDatabase): TextRow[] =>
  [...of.tables.keys()]
    .toSorted()
    .map((name, index) => ({ oid: String(index), name, fork: 'main', blocks: '1' }));

const rowsOf = (of: MemoryDatabase, run: unknown): ExerciseChange[] => {
  const rows = new Map<number, ExerciseChange>();
  for (const change of of.exercise)
    if (change.run === run) {
      if (change.content === undefined) rows.delete(change.item);
      else
        rows.set(change.item, { ...change, writtenAt: rows.get(change.item)?.writtenAt ?? change.writtenAt });
    }
  return [...rows.values()].toSorted((a, b) => a.item - b.item);
};

/** The harm that is done to a row, by the word of the statement. */
const harmed = (sql: string, content: string | undefined): string | undefined =>
  sql.includes('DELETE FROM lifeboat.exercise WHERE run = ') ? undefined : `harmed ${content}`;

const exerciseRules: readonly Rule[] = [
  [/DELETE FROM lifeboat\.exercise WHERE run <>/, () => []],
  [
    /json_to_recordset/,
    (of, [run, json], _hit, now) => {
      const at = now + of.sleptMs;
      const known = rowsOf(of, run);
      const isStruck = known.some(({ item }) => item === 0);
      for (const row of JSON.parse(String(json)) as { item: number; content: string; digest: string }[])
        if (!isStruck && known.every(({ item }) => item !== row.item))
          of.exercise.push({ at, run: String(run), writtenAt: at, ...row });
      return [];
    },
  ],
  [
    /WITH harmed AS/,
    (of, [run], hit, now) => {
      const at = now + of.sleptMs;
      const known = rowsOf(of, run);
      if (known.some(({ item }) => item === 0)) return [];
      const last = String(Math.max(...known.map(({ writtenAt }) => writtenAt)));
      for (const row of known) of.exercise.push({ ...row, at, content: harmed(hit.input, row.content) });
      of.exercise.push({ at, run: String(run), item: 0, content: last, digest: '', writtenAt: at });
      return [];
    },
  ],
  [
    /AS last_written_at,[^]*item > 0$/,
    (of, [run], _hit, now) => {
      const rows = rowsOf(of, run).filter(({ item }) => item > 0);
      const last = Math.max(...rows.map(({ writtenAt }) => writtenAt));
      return [{ last_written_at: String(last), after: String(now + of.sleptMs + 1) }];
    },
  ],
  [
    /AS struck_at/,
    (of, [run], _hit, now) =>
      rowsOf(of, run)
        .filter(({ item }) => item === 0)
        .map(({ content, writtenAt }) => ({
          ...{ last_written_at: content ?? null, struck_at: String(writtenAt) },
          after: String(now + of.sleptMs + 1),
        })),
  ],
  [
    /FROM lifeboat\.exercise WHERE run = \$1 ORDER BY item/,
    (of, [run]) =>
      rowsOf(of, run).map(({ item, content, digest, writtenAt }) => ({
        ...{ item: String(item), content: content ?? null, digest, written_at: String(writtenAt) },
      })),
  ],
];

const rules: readonly Rule[] = [
  [/^\s*(?:BEGIN|COMMIT|ROLLBACK|SET|LOCK|SAVEPOINT|RELEASE|SELECT 1)/, () => []],
  [/^DELETE FROM shop\.person WHERE erasure = \$1/, (of, [id]) => (of.erased.push(String(id)), [])],
  ...sideRules,
  [/^ALTER DATABASE \w+ (?:SET|RESET) /, (of, _values, hit) => (of.altered.push(hit.input), [])],
  [/^SELECT pg_sleep/, (of) => ((of.sleptMs += 5), [])],
  ...exerciseRules,
  [
    /INSERT INTO lifeboat\.heartbeat/,
    (of, _values, _hit, now) => {
      const slot = now - (now % 60_000);
      of.heartbeats.set(slot, now);
      return [{ slot: String(slot), written_at: String(now) }];
    },
  ],
  [
    /DELETE FROM lifeboat\.heartbeat/,
    (of, [seconds], _hit, now) => {
      for (const slot of of.heartbeats.keys())
        if (slot < now - Number(seconds) * 1000) of.heartbeats.delete(slot);
      return [];
    },
  ],
  [/INSERT INTO lifeboat\.marker/, (of, [id]) => (of.markers.add(String(id)), [])],
  [/FROM lifeboat\.marker WHERE id/, (of, [id]) => [{ found: of.markers.has(String(id)) ? '1' : '0' }]],
  [/\* 1000000\)::bigint AS now/, (_of, _values, _hit, now) => [{ now: String(now * 1000) }]],
  [/\* 1000\)::bigint AS now/, (_of, _values, _hit, now) => [{ now: String(now) }]],
  [/AS passed/, () => [{ passed: 'true' }]],
  [
    /AS beats FROM lifeboat\.heartbeat/,
    (of) => [{ newest: newestOf(of), beats: String(of.heartbeats.size) }],
  ],
  [
    /AS newest FROM lifeboat\.heartbeat/,
    (of, [until]) => [{ newest: newestOf(of, until === undefined ? undefined : Number(until)) }],
  ],
  [/relkind = 'r' AND c\.relpersistence/, named],
  [
    /count\(\*\) AS rows.* FROM (\S+) AS x/,
    (of, _values, hit) => {
      const table = tableNamed(of, hit[1] ?? '');
      return [{ rows: String(table?.rows ?? 0), checksum: table?.checksum ?? '0' }];
    },
  ],
  [
    /'table lifeboat\.' \|\|/,
    (of) =>
      ['table lifeboat.heartbeat', 'role pg_read_all_data', 'extension amcheck'].map((part) => ({
        ...{ part, state: of.unprepared.has(part) ? 'missing' : 'ok' },
      })),
  ],
  [/FROM pg_roles/, (of) => of.roles.map((name) => ({ name, attributes: 'login' }))],
  [/AS checksums/, () => [{ checksums: 'on', extension: '1' }]],
  [/extname = 'amcheck'/, () => [{ found: '1' }]],
  [/a\.amname = 'btree'/, () => []],
  [/CROSS JOIN \(VALUES \('main'\)/, named],
  [/c\.relkind IN \('r', 'm', 't'\)/, named],
  [/verify_heapam/, () => []],
  [
    /SELECT pg_prewarm/,
    (of, [oid]) => {
      const name = [...of.tables.keys()].toSorted()[Number(oid)] ?? '';
      if (of.corruptPages.has(name))
        throw new DatabaseError('XX001', `invalid page in block 0 of relation ${name}`);
      return [{ pages: '1' }];
    },
  ],
];

export class MemoryDatabases implements Databases {
  readonly faults = new Faults();
  readonly #databases = new Map<string, MemoryDatabase>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The database at an address, made if there is none. */
  at(address: string, name: string): MemoryDatabase {
    const known = this.#databases.get(`${address}/${name}`) ?? new MemoryDatabase();
    this.#databases.set(`${address}/${name}`, known);
    return known;
  }

  /** Every database of a server comes to be on another one, as it was at an instant. */
  restore(from: string, to: string, instant: number): void {
    for (const [path, database] of [...this.#databases]) {
      const [address, name] = path.split('/') as [string, string];
      if (address === from) this.#databases.set(`${to}/${name}`, database.copyAt(instant));
    }
  }

  /** Whether the network rules of the server at an address let anybody in. */
  admits: (address: string) => boolean = () => false;

  tryToConnect({ address }: DatabaseAddress): Promise<ConnectionAttempt> {
    return this.faults.run(`try ${address}`, () =>
      this.admits(address)
        ? { outcome: 'connected', detail: 'let in' }
        : { outcome: 'refused', detail: 'no pg_hba.conf entry' },
    );
  }

  withSession<T>(at: DatabaseAddress, work: (session: DatabaseSession) => Promise<T>): Promise<T> {
    return this.faults.run(`session ${at.address}/${at.name}`, async () => {
      const database = this.#databases.get(`${at.address}/${at.name}`);
      if (database === undefined)
        throw new Failure('unavailable', `nothing listens at ${at.address}`, 'It passes.');
      const transaction = new SideTransaction(database.side);
      try {
        return await work(this.#sessionOf(database, transaction));
      } finally {
        transaction.end();
      }
    });
  }

  #sessionOf(database: MemoryDatabase, transaction: SideTransaction): DatabaseSession {
    return {
      query: (sql, values = []) =>
        this.faults.run(`query ${sql}`, () => {
          transaction.follow(sql);
          return this.#answer(database, sql, values);
        }),
      async *copyOut(sql) {
        yield copiedOut(database, sql);
      },
      copyIn: (sql, pieces) =>
        this.faults.run(`query ${sql}`, () => {
          transaction.follow(sql);
          return copyIn(database, sql, pieces);
        }),
      async *batches(sql, size) {
        if (sql.includes('AS definition')) {
          yield named(database).map(({ name }) => ({
            kind: 'table',
            name: name ?? '',
            definition: 'logged',
          }));
          return;
        }
        const after = /digest COLLATE "C" > '([0-9a-f]*)'/.exec(sql)?.[1] ?? '';
        const digests = [...new Set(database.references)].filter((one) => one > after).toSorted();
        for (let from = 0; from < digests.length; from += size)
          yield digests.slice(from, from + size).map((digest) => ({ digest }));
      },
    };
  }

  #answer(database: MemoryDatabase, sql: string, values: Values): TextRow[] {
    const answer = database.answers.get(sql);
    if (answer !== undefined) return [{ answer }];
    for (const [pattern, rule] of rules) {
      const hit = pattern.exec(sql);
      if (hit !== null) return rule(database, values, hit, this.#clock.now().toMillis());
    }
    throw new DatabaseError('42601', `the model does not know this statement: ${sql.slice(0, 80)}`);
  }
}
