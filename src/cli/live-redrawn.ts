/**
 * Live progress in a terminal. One frame is one write: up to the first line, every line anew, the rest cleared. No line
 * is wider than the terminal and no frame is higher, since lines that scrolled away could not be reached again.
 */
import type { OperationView } from '../contracts/api/runs.ts';
import { age, duration, pad, printable, secondsBetween, truncate } from './format.ts';
import { timeLeft, type UsualCourse } from '../policy/time-left.ts';
import type { Live, LiveOptions } from './live.ts';
import { approvalLines, paintEnd, stateOf } from './operation-words.ts';
import type { Palette } from './palette.ts';
import { hasEnded } from './watch.ts';

const redrawMilliseconds = 250;
// A terminal of unknown size says 0 of both.
const widest = 100;
const usualRows = 24;
const hideCursor = '\u001B[?25l';
const showCursor = '\u001B[?25h';

interface Shown {
  readonly view: OperationView;
  readonly trouble?: string;
}

/** One line for each operation, redrawn in place until `stop`. */
export class RedrawnProgress implements Live {
  readonly #options: LiveOptions;
  readonly #paint: Palette;
  readonly #shown = new Map<string, Shown>();
  readonly #usual = new Map<string, UsualCourse>();
  /** How far each was said to be: a step that nobody knew of makes the rest longer, and takes nothing back. */
  readonly #furthest = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  readonly #restore = (): unknown => this.#options.stream.write(showCursor);
  #drawnLines = 0;
  #stopped = false;

  constructor(options: LiveOptions, paint: Palette) {
    this.#options = options;
    this.#paint = paint;
    this.#timer = setInterval(() => this.#draw(), redrawMilliseconds).unref();
    process.once('exit', this.#restore);
    options.stream.write(hideCursor);
  }

  report(view: OperationView): void {
    this.#shown.set(view.id, { view });
    this.#draw();
  }

  expect(id: string, usual: UsualCourse): void {
    this.#usual.set(id, usual);
  }

  trouble(id: string, failure: Error): void {
    const known = this.#shown.get(id);
    if (known !== undefined)
      this.#shown.set(id, { ...known, trouble: `no answer, trying again: ${failure.message}` });
    this.#draw();
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#draw();
    this.#restore();
    process.off('exit', this.#restore);
  }

  #draw(): void {
    const { stream } = this.#options;
    const lines = this.#visible([...this.#shown.values()]);
    const up = this.#drawnLines === 0 ? '' : `\u001B[${this.#drawnLines}A`;
    stream.write(`${up}\r${lines.map((line) => `${line}\u001B[K\n`).join('')}\u001B[J`);
    this.#drawnLines = lines.length;
  }

  /** Of more operations than lines, only running ones are shown and the others counted; how to approve is left out first. */
  #visible(all: readonly Shown[]): string[] {
    const room = Math.max(2, (this.#options.stream.rows || usualRows) - 1);
    const lines = this.#lines(all);
    const whole = all.flatMap(({ view }, index) => [lines[index] ?? '', ...this.#approval(view)]);
    if (whole.length <= room) return whole;
    if (all.length <= room) return lines;
    const running = all.filter(({ view }) => !hasEnded(view)).slice(0, room - 1);
    return [...this.#lines(running), `and ${all.length - running.length} more`];
  }

  #approval(view: OperationView): string[] {
    const { spoken = (text) => text } = this.#options;
    return approvalLines(view).map((line) => truncate(spoken(line), this.#width()));
  }

  #width(): number {
    return Math.min(this.#options.stream.columns || widest, widest) - 1;
  }

  #lines(shown: readonly Shown[]): string[] {
    const width = this.#width();
    const systems = Math.max(0, ...shown.map(({ view }) => view.system.length));
    const regions = Math.max(0, ...shown.map(({ view }) => view.region.length));
    const lefts = shown.map(({ view }) => this.#left(view));
    const column = Math.max(0, ...lefts.map((left) => left.length));
    return shown.map(({ view, trouble }, index) => {
      const left = column === 0 ? '' : `  ${pad(lefts[index] ?? '', column)}`;
      const where = `${pad(view.system, systems)}  ${pad(view.region, regions)}  ${pad(this.#elapsed(view), 8, 'right')}${left}`;
      const text = truncate(`${where}  ${printable(trouble ?? this.#doing(view))}`, width);
      return trouble === undefined ? paintEnd(this.#paint, view, text) : this.#paint.doubtful(text);
    });
  }

  /** How far a running operation is and what is left, by earlier ones; nothing where they do not tell. */
  #left(view: OperationView): string {
    const usual = this.#usual.get(view.id);
    if (usual === undefined || hasEnded(view)) return '';
    const now = this.#options.now().toISO() ?? view.updatedAt;
    const { progress, startedAt } = view;
    const left = timeLeft(usual, {
      ...{ seconds: secondsBetween(startedAt, now), done: progress?.done ?? [], step: progress?.step },
      stepSeconds: progress === undefined ? 0 : secondsBetween(progress.since, now),
    });
    if (left.state === 'unknown') return '';
    if (left.state === 'late') return `longer than usual (${duration(Math.round(left.usualSeconds))})`;
    const percent = Math.max(left.percent, this.#furthest.get(view.id) ?? 0);
    this.#furthest.set(view.id, percent);
    return `${percent} %, about ${duration(Math.ceil(left.secondsLeft))} left`;
  }

  /** How long the whole has taken. */
  #elapsed(view: OperationView): string {
    if (hasEnded(view)) return duration(secondsBetween(view.startedAt, view.updatedAt));
    return this.#since(view.startedAt);
  }

  /** What it is doing, and for how long the innermost step has been at it. */
  #doing(view: OperationView): string {
    const since = view.inner?.since ?? view.progress?.since;
    const state = stateOf(view);
    return hasEnded(view) || since === undefined ? state : `${state}, for ${this.#since(since)}`;
  }

  #since(instant: string): string {
    return age(secondsBetween(instant, this.#options.now().toISO() ?? instant));
  }
}
