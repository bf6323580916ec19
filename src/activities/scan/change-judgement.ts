/**
 * A portion of the judgement of a log that was read: some of its objects, picked by the first byte of their hashes, with
 * all the events of each. What that says of addresses is written down for the division by shards.
 */
import type { ChangeProgressDocument } from '../../contracts/scan-documents.ts';
import { bucketCount } from '../bucketed-documents.ts';
import { eventBytes, judgeObjects } from '../change-records/changed-addresses.ts';
import { ChangeFindings } from '../change-records/findings.ts';
import { SortedRecords } from '../change-records/sorted-records.ts';
import type { Dependencies } from '../dependencies.ts';
import {
  bucketsAtOnce,
  eventsBetween,
  writeStatements,
  type ChangePortion,
  type ChangeState,
} from './change-portions.ts';

/** Statements in one document: they are held in memory. */
const statementsAtOnce = 50_000;

/** How much is judged in one go: about so many records, and then on while the time is not over. */
export interface JudgementBudget {
  readonly records: number;
  readonly isOver: () => boolean;
}

/** Judges the next objects; how far the verification is then. */
export async function judgeChanges(
  deps: Dependencies,
  at: ChangePortion,
  before: ChangeProgressDocument,
  budget: JudgementBudget,
): Promise<ChangeState> {
  const { firstPortion, earlierHead } = before;
  const findings = new ChangeFindings(before.progress);
  const statements = new Statements(deps, at);
  const width = bucketsAtOnce(budget.records, before.progress.records);
  let judged = before.judged ?? 0;
  do {
    const to = Math.min(bucketCount, judged + width);
    const events = eventsBetween(deps, { ...at, portion: at.portion - 1 }, firstPortion, [judged, to]);
    await judgeSome(at, events, statements, findings);
    judged = to;
  } while (judged < bucketCount && !budget.isOver());
  return {
    progress: { ...before.progress, ...findings.result() },
    ...(earlierHead === undefined ? {} : { earlierHead }),
    ...{ firstPortion, judged, statements: await statements.end() },
  };
}

/** Judges the objects of some events, which are sorted on the disk where they are many. */
async function judgeSome(
  { of: { digestBytes } }: ChangePortion,
  events: AsyncIterable<Buffer>,
  statements: Statements,
  findings: ChangeFindings,
): Promise<void> {
  const width = eventBytes(digestBytes);
  const sorted = new SortedRecords(width);
  try {
    for await (const items of events)
      for (let at = 0; at < items.length; at += width)
        await sorted.add((record) => record.set(items.subarray(at, at + width)));
    const found = judgeObjects(digestBytes, sorted.sorted(), (statement) => statements.add(statement));
    for await (const finding of found) findings.add(finding);
  } finally {
    await sorted.close();
  }
}

/** Collects statements and writes them down, so many at a time. */
class Statements {
  readonly #deps: Dependencies;
  readonly #at: ChangePortion;
  readonly #written: string[] = [];
  #held: Buffer[] = [];

  constructor(deps: Dependencies, at: ChangePortion) {
    this.#deps = deps;
    this.#at = at;
  }

  add(statement: Buffer): Promise<void> | undefined {
    this.#held.push(statement);
    return this.#held.length < statementsAtOnce ? undefined : this.#write();
  }

  /** What names the documents. */
  async end(): Promise<string[]> {
    if (this.#held.length > 0) await this.#write();
    return this.#written;
  }

  async #write(): Promise<void> {
    const held = this.#held;
    this.#held = [];
    this.#written.push(await writeStatements(this.#deps, this.#at, held));
  }
}
