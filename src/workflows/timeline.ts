/** The timeline of a procedure: each step in the record and in the progress that people watch. */
import type { OrchestrationContext } from 'durable-functions';
import type { DateTime } from 'luxon';
import type { TimelineStep } from '../contracts/report.ts';
import { isoOf } from '../contracts/values.ts';
import { retriesIn } from './retries.ts';
import { now, ProgressNote } from './step.ts';

export class Timeline {
  readonly steps: TimelineStep[] = [];
  readonly #ctx: OrchestrationContext;
  readonly #note: ProgressNote;
  #open: { readonly step: string; readonly from: DateTime; readonly retries: number } | undefined;

  constructor(ctx: OrchestrationContext) {
    this.#ctx = ctx;
    this.#note = new ProgressNote(ctx);
  }

  /** Begins a step, now or since an instant; `percent` of the whole is behind it, where that is known; `child` says more. */
  begin(step: string, from: DateTime = now(this.#ctx), percent?: number, child?: string): void {
    this.#open = { step, from, retries: retriesIn(this.#ctx) };
    this.#note.begin(step, child, { percent });
  }

  /** Ends the step that is open. */
  end(outcome: TimelineStep['outcome'], detail: string): void {
    if (this.#open === undefined) return;
    const { step, from } = this.#open;
    const retries = retriesIn(this.#ctx) - this.#open.retries;
    const endedAt = now(this.#ctx);
    const seconds = Math.max(0, endedAt.diff(from).as('seconds'));
    const times = { startedAt: isoOf(from), endedAt: isoOf(endedAt), seconds };
    this.steps.push({ step, ...times, outcome, detail, ...(retries === 0 ? {} : { retries }) });
    this.#note.end(step, seconds, outcome);
    this.#open = undefined;
  }
}
