/**
 * Are the signed change records of the restored rows what devices signed, and as many as when the point was taken?
 * Every row, link and chain of certificates is judged; signatures are computed for all records up to the bound of the
 * estate, beyond it for the newest ones and a random sample of the others, whose texts the chain of hashes binds to the
 * newest. Certificates are judged as of the instant that the data are of, when their revocation lists were fresh.
 */
import { changesState, type ChangesState } from '../../contracts/check-states.ts';
import { instantOf } from '../../contracts/values.ts';
import { judgeRecord, type LogState } from '../../policy/change-records.ts';
import { judgeEarlierHead, judgeEnd, type EarlierHead } from '../../policy/change-sequence.ts';
import { coverageSentence, isDrawn, type SampleOrder } from '../../policy/sampling.ts';
import type { DatabaseSession } from '../../ports/database.ts';
import { ChangeRecordReader } from '../change-records/record.ts';
import {
  countChangeRows,
  readChangeRows,
  readRevocationLists,
  type LoggedRow,
} from '../change-records/rows.ts';
import { openTrust } from '../change-records/trust.ts';
import { loggedStoresOf, type LoggedStore } from '../scope.ts';
import { answerByFindings, checkInPortions, type CheckAnswer, type CheckContext } from './check.ts';
import { Findings, noFindings } from './findings.ts';

type LogProgress = NonNullable<ChangesState['log']>;

export const changesCheck = checkInPortions<ChangesState>({
  id: 'changes',
  title: 'Every change record is signed and in its place',
  state: changesState,
  begin: () => Promise.resolve({ store: 0, told: [], records: 0, signatures: 0, findings: noFindings }),
  async run(context, from) {
    const stores = loggedStoresOf(context.here.region, context.database.id);
    const findings = new Findings(from.findings);
    let { log, records, signatures } = from;
    const told = [...from.told];
    for (const [index, store] of stores.entries()) {
      if (index < from.store) continue;
      const head = recordedHead(context, store);
      if (head === 'not recorded') return notRecorded(store);
      const read = await readOn(context, store, head, log, findings);
      if (!read.isOver)
        return {
          next: { store: index, log: read.log, told, records, signatures, findings: findings.result },
        };
      records += read.log.total;
      signatures += read.log.computed;
      told.push(`${store.id}: ${signaturesSentence(orderOf(context, store, read.log.total))}`);
      log = undefined;
    }
    return answerByFindings(
      `every change record in its place, linked to the one before and what its row says; signatures computed: ${told.join('; ')}`,
      `${records} records, ${signatures} signatures computed`,
      findings.result,
      { records, signatures },
    );
  },
});

/** Where the log of a store ended when the point was taken; undefined where nothing was recorded of the instant. */
function recordedHead(
  { recorded }: CheckContext,
  { id }: LoggedStore,
): EarlierHead | undefined | 'not recorded' {
  if (recorded === undefined) return undefined;
  return recorded.fingerprint.changeLogs?.find((one) => one.store === id) ?? 'not recorded';
}

const notRecorded = ({ id }: LoggedStore): CheckAnswer => ({
  status: 'inconclusive',
  expected: `the head of the change records of ${id}, recorded with the point`,
  actual: 'the point was taken before heads of change records were recorded: drill a newer one',
  findings: [],
  measured: {},
});

/** Which signatures of a log are computed: those of the newest records, and a sample of the older ones. */
interface SignatureOrder {
  readonly total: number;
  readonly older: SampleOrder;
}

function orderOf({ here, seed }: CheckContext, store: LoggedStore, total: number): SignatureOrder {
  const { atMost } = here.region.drill.changeRecords;
  const newest = total <= atMost ? total : Math.ceil(atMost / 2);
  return {
    total,
    older: { total: total - newest, atMost: atMost - newest, seed: `${seed}/changes/${store.id}` },
  };
}

const signaturesSentence = ({ total, older }: SignatureOrder): string =>
  older.total === 0
    ? `all ${total}`
    : `the newest ${total - older.total}, and ${coverageSentence('older ones', older)}`;

/** Reads and judges a log on from where it was, until it or the time is over. */
function readOn(
  context: CheckContext,
  store: LoggedStore,
  head: EarlierHead | undefined,
  from: LogProgress | undefined,
  findings: Findings,
): Promise<{ readonly isOver: boolean; readonly log: LogProgress }> {
  return context.deps.databases.withSession(context.at, async (session) => {
    await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const log = from ?? beginning(await countChangeRows(session, store.changeRecords));
    const reading = await Reading.begin(context, store, session, head, log, findings);
    const isOver = await reading.run(session);
    await session.query('COMMIT');
    return { isOver, log: reading.log };
  });
}

/** The instant that the data are of: those of a server that was lost are of the point that it was made from. */
const instantOfData = ({ plan, instant, recorded }: CheckContext): string =>
  'drill' in plan && plan.lost !== undefined ? (recorded?.fingerprint.instant ?? instant) : instant;

const beginning = (total: number): LogProgress => ({
  ...{ total, seen: 0, drawn: 0, proven: 0, computed: 0, sequence: 0, newestAt: null, atLast: 0 },
});

class Reading {
  log: LogProgress;
  readonly #context: CheckContext;
  readonly #store: LoggedStore;
  readonly #head: EarlierHead | undefined;
  readonly #order: SignatureOrder;
  readonly #reader: ChangeRecordReader;
  readonly #findings: Findings;
  readonly #at: number;

  static async begin(
    context: CheckContext,
    store: LoggedStore,
    session: DatabaseSession,
    head: EarlierHead | undefined,
    log: LogProgress,
    findings: Findings,
  ): Promise<Reading> {
    const revocationLists = await readRevocationLists(session, store.changeRecords);
    const at = instantOf(instantOfData(context)).toMillis();
    const trust = openTrust({ anchors: store.changeRecords.trustAnchors, revocationLists }, at);
    return new Reading(
      context,
      store,
      head,
      log,
      findings,
      new ChangeRecordReader(trust, store.algorithm),
      at,
    );
  }

  private constructor(
    context: CheckContext,
    store: LoggedStore,
    head: EarlierHead | undefined,
    log: LogProgress,
    findings: Findings,
    reader: ChangeRecordReader,
    at: number,
  ) {
    [this.#context, this.#store, this.#head, this.log] = [context, store, head, log];
    [this.#findings, this.#reader, this.#at] = [findings, reader, at];
    this.#order = orderOf(context, store, log.total);
  }

  /** Whether the log is through; otherwise the time is. */
  async run(session: DatabaseSession): Promise<boolean> {
    const { changeRecords, algorithm } = this.#store;
    let toPass = this.log.atLast;
    const from = this.log.seen === 0 ? undefined : this.log.sequence;
    for await (const rows of readChangeRows(session, changeRecords, algorithm, from)) {
      const fresh = rows.slice(Math.min(toPass, rows.length));
      toPass = Math.max(0, toPass - rows.length);
      await this.#judgeAll(fresh);
      // A portion in which nothing new was read would be followed by another such one.
      if (fresh.length > 0 && this.#context.timeIsUp()) return false;
    }
    const { sequence, hash } = this.log;
    const cut = judgeEnd({ sequence, hash }, this.#head);
    if (cut !== undefined) this.#find(sequence, cut.kind, cut.what);
    return true;
  }

  /** Signatures of a batch are computed side by side; the records are judged in their order. */
  async #judgeAll(rows: readonly LoggedRow[]): Promise<void> {
    let { seen, drawn } = this.log;
    const asked = rows.map((row) => {
      const isNew = seen >= this.#order.older.total;
      const isSampled = !isNew && isDrawn(this.#order.older, seen, drawn);
      if (isSampled) drawn += 1;
      seen += 1;
      return { row, isComputed: isNew || isSampled };
    });
    const reads = await Promise.all(
      asked.map(({ row, isComputed }) => this.#reader.read(row.jws, !isComputed)),
    );
    for (const [index, { row, isComputed }] of asked.entries()) {
      const read = reads[index];
      if (read === undefined) continue;
      const { state, problems } = judgeRecord(this.#logState(), row, read, this.#at);
      const other = judgeEarlierHead(this.#head, row.sequence, read.hash);
      const all = other === undefined ? problems : [...problems, other];
      const sequence = Math.max(0, row.sequence ?? read.payload?.sequence ?? 0);
      for (const { kind, what } of all) this.#find(sequence, kind, what);
      this.#goOn(state, all.length === 0, isComputed && read.chain !== undefined);
    }
    this.log = { ...this.log, seen, drawn };
  }

  #logState(): LogState {
    const { sequence, hash, newestAt } = this.log;
    return { position: { sequence, hash }, newestAt: newestAt ?? Number.NEGATIVE_INFINITY };
  }

  #goOn({ position, newestAt }: LogState, isProven: boolean, isComputed: boolean): void {
    const { hash: _hash, ...log } = this.log;
    this.log = {
      ...log,
      proven: log.proven + (isProven ? 1 : 0),
      computed: log.computed + (isComputed ? 1 : 0),
      sequence: position.sequence,
      ...(position.hash === undefined ? {} : { hash: position.hash }),
      newestAt: Number.isFinite(newestAt) ? newestAt : null,
      atLast: position.sequence === log.sequence ? log.atLast + 1 : 1,
    };
  }

  #find(sequence: number, kind: string, what: string): void {
    this.#findings.add(`store ${this.#store.id}: change record ${sequence} (${kind}): ${what}`);
  }
}
