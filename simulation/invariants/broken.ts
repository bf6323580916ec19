/** An invariant that does not hold, found at the moment at which it was broken. The first one ends the run. */

export interface Broken {
  readonly invariant: string;
  readonly detail: string;
}

/** Where invariants say that they are broken. */
export class Verdict {
  #broken: Broken | undefined;
  readonly #tell: (broken: Broken) => void;

  constructor(tell: (broken: Broken) => void) {
    this.#tell = tell;
  }

  get broken(): Broken | undefined {
    return this.#broken;
  }

  /** Holds a fact against an invariant; `detail` is put into words only where it is needed. */
  must(holds: boolean, invariant: string, detail: () => string): void {
    if (holds || this.#broken !== undefined) return;
    this.#broken = { invariant, detail: detail() };
    this.#tell(this.#broken);
  }
}
