/** The timeline of a procedure: each step in the record and in the progress that people watch. */
import type { OrchestrationContext } from 'durable-functions';
import type { DateTime } from 'luxon';
import type { TimelineStep } from '../contracts/report.ts';
import { isoOf } from '../contracts/values.ts';
import { now, ProgressNote } from './step.ts';

export class Timeline {
  readonly steps: TimelineStep[] = [];
  readonly #ctx: OrchestrationContext;
  readonly #note: ProgressNote;
  #open: { readonly step: string; readonly from: DateTime } | undefined;

  constructor(ctx: OrchestrationContext) {
    this.#ctx = ctx;
    this.#note = new ProgressNote(ctx);
  }

  /** Begins a step, now or since an instant. */
  begin(step: string, from: DateTime = now(this.#ctx)): void {
    this.#open = { step, from };
    this.#note.begin(step);
  }

  /** Ends the step that is open. */
  end(outcome: TimelineStep['outcome'], detail: string): void {
    if (this.#open === undefined) return;
    const { step, from } = this.#open;
    const endedAt = now(this.#ctx);
    const seconds = Math.max(0, endedAt.diff(from).as('seconds'));
    this.steps.push({ step, startedAt: isoOf(from), endedAt: isoOf(endedAt), seconds, outcome, detail });
    this.#note.end(step, seconds, outcome);
    this.#open = undefined;
  }
}
