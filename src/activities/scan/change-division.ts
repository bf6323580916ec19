/**
 * Divides what a judged log says of addresses by the shards of the scan, shard by shard in the order of their ranges,
 * and counts every address once, also those that lie in no shard. It is put down behind a shard, or between two of them.
 */
import type { ChangeProgressDocument } from '../../contracts/scan-documents.ts';
import { contentUnknownKinds } from '../../policy/change-records.ts';
import { digestOf, hexOf } from '../../policy/content-address.ts';
import { boundOf, holds } from '../../policy/digest-ranges.ts';
import { bucketCount } from '../bucketed-documents.ts';
import {
  changedAddresses,
  statementBytes,
  type ChangedAddress,
} from '../change-records/changed-addresses.ts';
import { ChangeFindings } from '../change-records/findings.ts';
import { SortedRecords } from '../change-records/sorted-records.ts';
import type { Dependencies } from '../dependencies.ts';
import type { ReferencedStore } from '../expected-digests.ts';
import { bucketsAtOnce, statementsBetween, type ChangePortion } from './change-portions.ts';
import type { JudgementBudget } from './change-judgement.ts';
import { inRangeOrder, readScanPlan } from './plan.ts';
import { packChange, writeShardChanges } from './shard-changes.ts';

/** How far the division is. */
export type Divided = NonNullable<ChangeProgressDocument['divided']>;

const nothingYet: Divided = {
  ...{ shard: 0, from: '' },
  addresses: { live: 0, unproven: 0, withheld: 0, deleted: 0 },
};

/** Goes on with the division; `isDone`: everything is divided. */
export async function divideChanges(
  deps: Dependencies,
  of: ReferencedStore,
  at: ChangePortion,
  before: ChangeProgressDocument,
  budget: JudgementBudget,
): Promise<{ readonly isDone: boolean; readonly divided: Divided }> {
  const { divided = nothingYet } = before;
  const shards = inRangeOrder(await readScanPlan(deps, of.scope, at.scan, of.store));
  const addresses = addressesFrom(deps, of, at, before, budget.records);
  const pass = new Pass(addresses, divided.addresses, budget.isOver);
  try {
    await pass.begin();
    for (let shard = divided.shard; shard < shards.length; shard += 1) {
      const planned = shards[shard] as (typeof shards)[number];
      const { from, to } = planned.range;
      if (!(await pass.skip(from))) return { isDone: false, divided: pass.place(shard) };
      const items: Buffer[] = [];
      await pass.take(to, (address) => items.push(packChange(address)));
      await writeShardChanges(deps, of, at.scan, planned, items);
      if (to !== undefined && budget.isOver()) return { isDone: false, divided: pass.place(shard + 1, to) };
    }
    const isDone = await pass.skip(undefined);
    return { isDone, divided: pass.place(shards.length) };
  } finally {
    await addresses.return(undefined);
  }
}

/** Addresses in order, walked through once. */
class Pass {
  readonly #addresses: AsyncGenerator<ChangedAddress>;
  readonly #counts: Divided['addresses'];
  readonly #isOver: () => boolean;
  #next: ChangedAddress | undefined;
  #passed = 0;

  constructor(
    addresses: AsyncGenerator<ChangedAddress>,
    counted: Divided['addresses'],
    isOver: () => boolean,
  ) {
    this.#addresses = addresses;
    this.#counts = { ...counted };
    this.#isOver = isOver;
  }

  async begin(): Promise<void> {
    await this.#step();
  }

  /** Passes over the addresses before a bound; false if the time was over before it got there. */
  async skip(bound: string | undefined): Promise<boolean> {
    while (this.#isBefore(bound)) {
      if (this.#passed > 0 && this.#isOver()) return false;
      await this.#pass();
    }
    return true;
  }

  /** Hands out the addresses before a bound. */
  async take(bound: string | undefined, use: (address: ChangedAddress) => void): Promise<void> {
    while (this.#next !== undefined && this.#isBefore(bound)) {
      use(this.#next);
      await this.#pass();
    }
  }

  /** Where it is to go on: at a bound, or else at the next address. */
  place(shard: number, bound?: string): Divided {
    const next = this.#next === undefined ? undefined : boundOf(digestOf(this.#next.address));
    return { shard, from: bound ?? next ?? '', addresses: this.#counts };
  }

  #isBefore(bound: string | undefined): boolean {
    return this.#next !== undefined && (bound === undefined || hexOf(this.#next.address) < bound);
  }

  async #pass(): Promise<void> {
    if (this.#next !== undefined) this.#counts[this.#next.state] += 1;
    this.#passed += 1;
    await this.#step();
  }

  async #step(): Promise<void> {
    const next = await this.#addresses.next();
    this.#next = next.done === true ? undefined : next.value;
  }
}

/** The addresses of the log from where the division is, some first bytes at a time. */
async function* addressesFrom(
  deps: Dependencies,
  of: ReferencedStore,
  at: ChangePortion,
  { progress, firstPortion, divided = nothingYet }: ChangeProgressDocument,
  records: number,
): AsyncGenerator<ChangedAddress> {
  const isKnown = !new ChangeFindings(progress).has(...contentUnknownKinds);
  const range = { from: divided.from };
  const width = bucketsAtOnce(records, progress.records);
  const before = { ...at, portion: at.portion - 1 };
  for (let from = Number.parseInt(divided.from.slice(0, 2) || '00', 16); from < bucketCount; from += width) {
    const to = Math.min(bucketCount, from + width);
    const statements = sortedStatements(of, statementsBetween(deps, before, firstPortion, [from, to]));
    for await (const one of changedAddresses(of.algorithm, statements, isKnown))
      if (holds(range, hexOf(one.address))) yield one;
  }
}

async function* sortedStatements(
  { digestBytes }: ReferencedStore,
  documents: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const width = statementBytes(digestBytes);
  const sorted = new SortedRecords(width);
  try {
    for await (const items of documents)
      for (let at = 0; at < items.length; at += width)
        await sorted.add((record) => record.set(items.subarray(at, at + width)));
    yield* sorted.sorted();
  } finally {
    await sorted.close();
  }
}
