/**
 * Progress of running operations. In a terminal: one line for each operation, redrawn in place, so that the seconds
 * run, with the percentage and the time left where earlier runs tell them; the cursor is hidden meanwhile and comes back however the process ends. In a pipe or a log: a plain line with
 * the time whenever something changed, and nothing in between.
 */
import type { DateTime } from 'luxon';
import type { OperationView } from '../contracts/api/runs.ts';
import type { UsualCourse } from '../policy/time-left.ts';
import { PlainProgress } from './live-plain.ts';
import { RedrawnProgress } from './live-redrawn.ts';
import { palette } from './palette.ts';

/** Where progress is written. */
export interface LiveStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

export interface LiveOptions {
  readonly stream: LiveStream;
  readonly now: () => DateTime;
  readonly color?: boolean;
  /** Text for a person, with its commands as they can be typed here. */
  readonly spoken?: (text: string) => string;
  /** Redraw in place; default: when the stream is a terminal. */
  readonly redraw?: boolean;
}

/** Shows progress; `stop` must be called in the end. */
export interface Live {
  report(view: OperationView): void;
  /** How operations of its kind usually go. */
  expect(id: string, usual: UsualCourse): void;
  /** An operation cannot be asked for at the moment, and is tried again. */
  trouble(id: string, failure: Error): void;
  /** Leaves the last state on the screen and gives the cursor back. */
  stop(): void;
}

/** Live progress in the form that suits the stream. */
export function liveProgress(options: LiveOptions): Live {
  const redraw = options.redraw ?? options.stream.isTTY === true;
  const paint = palette(options.color ?? false);
  return redraw ? new RedrawnProgress(options, paint) : new PlainProgress(options, paint);
}
