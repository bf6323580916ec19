/** How far a run is: redrawn on a terminal, a plain line every few seconds in a pipe. On standard error. */

const redrawMs = 200;
const lineMs = 5_000;

export class Progress {
  readonly #total: number;
  readonly #startedAt = performance.now();
  readonly #isTerminal = process.stderr.isTTY;
  #done = 0;
  #broken = 0;
  #toldAt = 0;

  constructor(total: number) {
    this.#total = total;
  }

  /** One more seed is done. */
  add(isBroken: boolean): void {
    this.#done += 1;
    if (isBroken) this.#broken += 1;
    const now = performance.now();
    if (now - this.#toldAt < (this.#isTerminal ? redrawMs : lineMs) && this.#done < this.#total) return;
    this.#toldAt = now;
    process.stderr.write(this.#isTerminal ? `\r\u001b[K${this.#words()}` : `${this.#words()}\n`);
  }

  /** Leaves the line. */
  end(): void {
    if (this.#isTerminal) process.stderr.write('\r\u001b[K');
  }

  get seconds(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }

  #words(): string {
    const pace = this.#done / Math.max(this.seconds, 0.001);
    const left = Math.ceil((this.#total - this.#done) / pace);
    const broken = this.#broken === 0 ? '' : `, ${this.#broken} broken`;
    return `${this.#done} of ${this.#total} seeds${broken}, ${pace.toFixed(1)} seeds/s, ${left} s left`;
  }
}
