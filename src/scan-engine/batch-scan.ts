/** Reads the blobs of a batch for another thread: what was listed is taken as it is given, and nothing is listed here. */
import type { BlobBatch, ReadBatch } from './blob-batch.ts';
import { Lane, type BlobSource, type LaneKeeper, type LaneTools, type ReadPage, type Tally } from './lane.ts';
import type { ListedPage } from './listed-page.ts';

export class BatchScan implements BlobSource, LaneKeeper, ReadPage {
  readonly listed: ListedPage;
  readonly #verifiedAt: Uint32Array;
  readonly #concurrency: number;
  readonly #tally: Tally = { bytes: 0, hashed: { blobs: 0, bytes: 0 }, doubtful: [] };
  #cursor = 0;
  #lanes = 0;
  #failure: { readonly thrown: unknown } | undefined;
  #isGivenUp = false;
  #onEnd: () => void = () => undefined;

  /** `page` is filled with the batch; it follows the batch's layout. */
  constructor({ blobs, concurrency }: BlobBatch, page: ListedPage) {
    this.listed = page;
    for (const { name, version, size } of blobs)
      page.addVersion(Buffer.from(name).toString('latin1'), version, size, 0);
    this.#verifiedAt = new Uint32Array(blobs.length);
    this.#concurrency = Math.min(concurrency, blobs.length);
  }

  /** Reads them, once; throws the Failure of the authorization. */
  async run(tools: LaneTools): Promise<ReadBatch> {
    await new Promise<void>((resolve) => {
      this.#onEnd = resolve;
      this.#lanes = this.#concurrency;
      for (let lane = 0; lane < this.#concurrency; lane += 1) new Lane(tools, this, this.#tally, this).go();
    });
    if (this.#failure !== undefined) throw this.#failure.thrown;
    return { verifiedAt: this.#verifiedAt, tally: this.#tally };
  }

  /** Nobody waits for it any more. */
  giveUp(): void {
    this.#isGivenUp = true;
  }

  get current(): ReadPage {
    return this;
  }

  get isLaneWanted(): boolean {
    return !this.#isGivenUp && this.#cursor < this.listed.length;
  }

  take(): number {
    if (this.#cursor === this.listed.length) return -1;
    this.#cursor += 1;
    return this.#cursor - 1;
  }

  verified(index: number, verifiedAt: number): void {
    this.#verifiedAt[index] = verifiedAt;
  }

  /** There is one page alone. */
  turn(): Promise<void> {
    return Promise.resolve();
  }

  cameBack(): void {
    // Nothing waits for a blob here: the batch ends with its lanes.
  }

  laneEnded(): void {
    this.#lanes -= 1;
    if (this.#lanes === 0) this.#onEnd();
  }

  laneFailed(thrown: unknown): void {
    this.#failure ??= { thrown };
    this.giveUp();
  }
}
