/** What a running or ended operation is doing, in a few words that fit into one line. */
import type { OperationView } from '../contracts/api/runs.ts';
import { duration, printable, secondsBetween, thousands } from './format.ts';
import { outcomeOf } from './outcome.ts';
import type { Palette } from './palette.ts';
import { hasEnded } from './watch.ts';

/** The step of each kind in which another person is waited for. */
const waitsIn: Readonly<Record<string, string>> = {
  restore: 'approve',
  cutover: 'approve',
  repair: 'wait for approval',
};

const waitsForPerson = (view: OperationView): boolean =>
  !hasEnded(view) && view.progress !== undefined && view.progress.step === waitsIn[view.kind];

/** How another person approves what waits for them, on a line of its own; nothing of what does not wait. */
export function approvalLines(view: OperationView): string[] {
  if (!waitsForPerson(view)) return [];
  const id = `${view.kind}-${view.id.split('.').at(-1) ?? ''}`;
  return [`  approve it with: lifeboat approve ${printable(id)} --reason`];
}

/** The steps that an operation is in: its own and that of the child at work; its state when it has none. */
export function stepsOf(view: OperationView): string {
  if (waitsForPerson(view)) return 'waits for another person';
  const { progress, inner, state } = view;
  const steps = [progress, inner].flatMap((one) => (one === undefined ? [] : [one.step]));
  return printable(steps.length === 0 ? state : steps.join(' > '));
}

/** The steps with their percentage, or what the operation came to. */
export function stateOf(view: OperationView): string {
  if (hasEnded(view)) return outcomeOf(view).word;
  const percent = view.inner?.percent ?? view.progress?.percent;
  const steps = percent === undefined ? stepsOf(view) : `${stepsOf(view)} ${Math.floor(percent)} %`;
  const secondsLeft = view.inner?.secondsLeft ?? view.progress?.secondsLeft;
  const left = secondsLeft === undefined ? [] : [`${duration(secondsLeft)} left`];
  const halted = view.state === 'suspended' ? ["suspended by the task hub's own API"] : [];
  return [...halted, steps, ...workOf(view), ...left].join(', ');
}

/** How much was read, and how fast. */
function workOf({ inner, progress }: OperationView): string[] {
  const work = inner?.work ?? progress?.work;
  if (work === undefined) return [];
  const { blobs, bytes, bytesPerSecond } = work;
  return [
    `${thousands(blobs)} blobs, ${byteCount(bytes)}`,
    ...(bytesPerSecond === undefined ? [] : [`${byteCount(bytesPerSecond)}/s`]),
  ];
}

/** A number of bytes in the unit that suits it. */
function byteCount(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

/** Every step that has ended, in the order of their ends, those of the child before the step that it is, each with its outcome and time. */
export function endedSteps({ progress, inner }: OperationView): string[] {
  const { step = '', done = [] } = progress ?? {};
  const below = (inner?.done ?? []).map((one) => ({ ...one, step: `${step} > ${one.step}` }));
  const all = [
    ...done.filter((one) => one.step !== step),
    ...below,
    ...done.filter((one) => one.step === step),
  ];
  return all.map((one) => printable(`${one.step}: ${one.outcome} after ${duration(one.seconds)}`));
}

/** How an ended operation ended, with what there is to say about it. */
export function endOf(view: OperationView): string {
  const { word, reasons } = outcomeOf(view);
  const why = reasons.length === 0 ? '' : `: ${printable(reasons.join('; '))}`;
  return `${view.kind} ended ${word} after ${duration(secondsBetween(view.startedAt, view.updatedAt))}${why}`;
}

/** Paints a text by what the operation came to; one that runs is left as it is. */
export function paintEnd(paint: Palette, view: OperationView, text: string): string {
  if (!hasEnded(view)) return text;
  const { exit } = outcomeOf(view);
  return (exit === 0 ? paint.good : exit === 2 ? paint.bad : paint.doubtful)(text);
}
