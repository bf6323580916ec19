/** Progress for a pipe or a log: a line with the time whenever something changed, and nothing in between. */
import type { OperationView } from '../contracts/api/runs.ts';
import { printable } from './format.ts';
import type { Live, LiveOptions } from './live.ts';
import { approvalLines, endedSteps, endOf, paintEnd, stepsOf } from './operation-words.ts';
import type { Palette } from './palette.ts';
import { hasEnded } from './watch.ts';

/** A line for every step begun or ended, and for every trouble once. */
export class PlainProgress implements Live {
  readonly #options: LiveOptions;
  readonly #paint: Palette;
  readonly #said = new Map<string, Set<string>>();
  readonly #state = new Map<string, string>();
  readonly #names = new Map<string, string>();

  constructor(options: LiveOptions, paint: Palette) {
    this.#options = options;
    this.#paint = paint;
  }

  report(view: OperationView): void {
    this.#names.set(view.id, `${view.system} ${view.region}`);
    for (const done of endedSteps(view)) if (this.#isNew(view.id, done)) this.#line(view.id, done);
    const state = hasEnded(view) ? endOf(view) : stepsOf(view);
    if (this.#state.get(view.id) === state) return;
    this.#state.set(view.id, state);
    this.#line(view.id, paintEnd(this.#paint, view, state));
    for (const line of approvalLines(view)) this.#write(line);
  }

  /** A log is read afterwards: what was expected is of no use there. */
  expect(): void {}

  trouble(id: string, failure: Error): void {
    const state = `no answer, trying again: ${printable(failure.message)}`;
    if (this.#state.get(id) === state) return;
    this.#state.set(id, state);
    this.#line(id, this.#paint.doubtful(state));
  }

  stop(): void {
    this.#state.clear();
  }

  #isNew(id: string, text: string): boolean {
    const said = this.#said.get(id) ?? new Set();
    this.#said.set(id, said);
    return said.size < said.add(text).size;
  }

  #line(id: string, text: string): void {
    const time = this.#options.now().toUTC().toFormat("yyyy-MM-dd HH:mm:ss'Z'");
    this.#write(`${time}  ${this.#names.get(id) ?? id}  ${text}`);
  }

  #write(line: string): void {
    const { stream, spoken = (text) => text } = this.#options;
    stream.write(`${spoken(line)}\n`);
  }
}
