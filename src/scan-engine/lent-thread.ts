/**
 * Reads a part of a portion in another thread, batch after batch of the page that is being read. A batch is a part of
 * what is left of the page, so that they become smaller towards its end and the threads come to it together.
 */
import type { ScanPortion } from '../ports/blob-scanner.ts';
import type { BatchReader, ReadBatch } from './blob-batch.ts';
import type { JudgedPage } from './judged-page.ts';
import type { Tally } from './lane.ts';
import type { PageFlow } from './page-flow.ts';

/** What reading costs a thread, about: it only has to tell much from little. */
const secondsPerBlob = 30e-6;
const secondsPerByte = 1 / 1.5e9;
/** Smaller batches would spend their time on the way. */
const smallestBatchSeconds = 0.02;
/** What one message carries. */
const mostBlobs = 1_000;

/** For how long one thread will be busy with so much, about. */
export const secondsToRead = ({ blobs, bytes }: JudgedPage['left']): number =>
  blobs * secondsPerBlob + bytes * secondsPerByte;

/** The part of a portion that another thread works on. */
export interface LentWork {
  readonly portion: ScanPortion;
  readonly flow: PageFlow;
  readonly tally: Tally;
  readonly nowSeconds: () => number;
  /** Blobs that the other thread reads at once, at most. */
  readonly concurrency: () => number;
  /** Threads that work on the portion. */
  readonly threads: () => number;
}

/** Gives another thread what it can read until all is given out; throws the Failure for which it could not. */
export async function readElsewhere(reader: BatchReader, work: LentWork): Promise<void> {
  const { flow } = work;
  while (!flow.isFinished) {
    const page = flow.current;
    const taken = page === undefined ? [] : takeBatch(page, work.threads());
    if (page === undefined || taken.length === 0) await flow.turn();
    else {
      takeBack(page, taken, await reader.read(batchOf(page, taken, work)), work.tally);
      flow.cameBack();
    }
  }
}

/** Takes what there is to do for half of a thread's share of what is left. */
function takeBatch(page: JudgedPage, threads: number): number[] {
  const seconds = Math.max(secondsToRead(page.left) / (2 * threads), smallestBatchSeconds);
  const taken: number[] = [];
  for (let sum = 0; sum < seconds && taken.length < mostBlobs;) {
    const index = page.take();
    if (index < 0) break;
    taken.push(index);
    sum += secondsToRead({ blobs: 1, bytes: page.listed.size(index) });
  }
  return taken;
}

function batchOf(
  { listed }: JudgedPage,
  taken: readonly number[],
  { portion: { store, layout }, concurrency, nowSeconds }: LentWork,
): Parameters<BatchReader['read']>[0] {
  const blobs = taken.map((index) => ({
    ...{ name: listed.name(index), version: listed.version(index), size: listed.size(index) },
  }));
  return { store, layout, blobs, concurrency: concurrency(), nowSeconds: nowSeconds() };
}

function takeBack(page: JudgedPage, taken: readonly number[], read: ReadBatch, tally: Tally): void {
  for (const [at, index] of taken.entries()) {
    const verifiedAt = read.verifiedAt[at] ?? 0;
    if (verifiedAt > 0) page.verified(index, verifiedAt);
    page.cameBack();
  }
  tally.bytes += read.tally.bytes;
  tally.hashed.blobs += read.tally.hashed.blobs;
  tally.hashed.bytes += read.tally.hashed.bytes;
  tally.doubtful.push(...read.tally.doubtful);
}
