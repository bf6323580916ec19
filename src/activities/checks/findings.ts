/**
 * Findings of a check, however many there are: all are counted, the first are kept, so that a restored database in
 * which everything is wrong neither fills the memory nor the report.
 */
import type { KeptFindings } from '../../contracts/check-states.ts';

const most = 1_000;

export const noFindings: KeptFindings = { kept: [], count: 0 };

/** Takes findings in; `result` is what came together. */
export class Findings {
  readonly #kept: string[];
  #count: number;

  constructor({ kept, count }: KeptFindings = noFindings) {
    this.#kept = [...kept];
    this.#count = count;
  }

  add(...findings: readonly string[]): void {
    this.#count += findings.length;
    for (const finding of findings) if (this.#kept.length < most) this.#kept.push(finding);
  }

  get result(): KeptFindings {
    return { kept: this.#kept, count: this.#count };
  }
}
