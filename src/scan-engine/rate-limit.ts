/**
 * A token bucket over the bytes that a portion reads: bytes that have come are paid for afterwards, by a wait, so that
 * the rate holds over any time longer than one buffer takes. One tenth of a second's bytes may come in a burst.
 */
export class RateLimit {
  readonly #bytesPerSecond: number;
  readonly #now: () => number;
  #balance: number;
  #at: number;

  constructor(bytesPerSecond: number, now: () => number = () => performance.now()) {
    if (!(bytesPerSecond > 0)) throw new RangeError('a rate limit is more than 0 bytes per second');
    this.#bytesPerSecond = bytesPerSecond;
    this.#now = now;
    this.#at = now();
    this.#balance = bytesPerSecond / 10;
  }

  /** Bytes that one read of a socket should fetch at most, so that a pause stays short. */
  get pieceBytes(): number {
    return Math.max(4_096, Math.floor(this.#bytesPerSecond / 64));
  }

  /** Takes bytes that have come; returns the milliseconds to wait before more are asked for. */
  spend(bytes: number): number {
    const now = this.#now();
    const earned = ((now - this.#at) * this.#bytesPerSecond) / 1000;
    this.#balance = Math.min(this.#bytesPerSecond / 10, this.#balance + earned) - bytes;
    this.#at = now;
    return this.#balance >= 0 ? 0 : (-this.#balance * 1000) / this.#bytesPerSecond;
  }
}
