/**
 * What an ended operation came to, and the exit code that says it. The worst wins, and what is certainly wrong is worse
 * than what is not known: 2 (objective missed or damage found), then 1 (failed, or could not be found out), then 3
 * (partial: some regions gave no answer), then 0.
 */
import type { z } from 'zod';
import type { OperationView, SystemStatus } from '../contracts/api.ts';
import { cycleResult } from '../contracts/cycle.ts';
import { drillResult } from '../contracts/drill.ts';
import { snapshotResult } from '../contracts/snapshot.ts';

/** The exit codes that say how work went; the others stand in the table of failures. */
export type WorkExit = 0 | 1 | 2 | 3;

/** What an operation came to: a word, why it is not a good one, and the exit code. */
export interface Outcome {
  readonly word: string;
  readonly reasons: readonly string[];
  readonly exit: WorkExit;
  /** The drill's id, where there was one. */
  readonly drill?: string | undefined;
}

const severity: readonly WorkExit[] = [2, 1, 3, 0];

/** The exit code that stands for all of them. */
export function worstExit(exits: readonly WorkExit[]): WorkExit {
  return severity.find((exit) => exits.includes(exit)) ?? 0;
}

/** The exit code for a drill's verdict. */
export function exitOfVerdict(verdict: 'PASS' | 'FAIL' | 'INCONCLUSIVE'): WorkExit {
  return verdict === 'PASS' ? 0 : verdict === 'FAIL' ? 2 : 1;
}

/** What an operation came to; one that goes on has come to nothing yet, which is no fault. */
export function outcomeOf(view: OperationView): Outcome {
  if (view.state === 'waiting' || view.state === 'running') return { word: view.state, reasons: [], exit: 0 };
  if (view.state !== 'succeeded')
    return { word: view.state, reasons: [view.failure ?? 'no reason is known'], exit: 1 };
  const judge = judges[view.kind];
  return judge === undefined ? { word: 'succeeded', reasons: [], exit: 0 } : judge(view.result);
}

const judges: Readonly<Record<string, (result: unknown) => Outcome>> = {
  snapshot: judged(snapshotResult, snapshotOutcome),
  drill: judged(drillResult, drillOutcome),
  cycle: judged(cycleResult, cycleOutcome),
};

function judged<T>(shape: z.ZodType<T>, judge: (result: T) => Outcome): (result: unknown) => Outcome {
  return (result) => {
    const parsed = shape.safeParse(result);
    if (parsed.success) return judge(parsed.data);
    return {
      word: 'unreadable',
      reasons: ['its result has a form that this command does not know'],
      exit: 1,
    };
  };
}

function snapshotOutcome(result: z.infer<typeof snapshotResult>): Outcome {
  const done = result.outcome === 'done';
  return { word: result.outcome, reasons: done ? [] : [result.detail], exit: done ? 0 : 1 };
}

function drillOutcome({ result, reasons, drill }: z.infer<typeof drillResult>): Outcome {
  return { word: result, reasons, exit: exitOfVerdict(result), drill };
}

/** A cycle is as good as its drill, but not good when the heartbeat or the snapshot before it failed. */
function cycleOutcome({ heartbeat, snapshot, drill }: z.infer<typeof cycleResult>): Outcome {
  const failed = [
    ...(heartbeat.outcome === 'failed' ? [`the heartbeat failed: ${heartbeat.detail}`] : []),
    ...(snapshot.outcome === 'failed' ? [`the snapshot failed: ${snapshot.detail}`] : []),
  ];
  const drilled = drillOutcome(drill);
  return {
    ...drilled,
    reasons: [...failed, ...drilled.reasons],
    exit: worstExit([drilled.exit, failed.length > 0 ? 1 : 0]),
  };
}

/** How one system stands by its last drill. */
export function exitOfSystem({ drill, drillUnreadable }: SystemStatus): WorkExit {
  if (drill === undefined || drillUnreadable !== undefined) return 1;
  const objectives = [drill.rpo.verdict, drill.rto.verdict];
  if (objectives.includes('missed')) return 2;
  const verdict = exitOfVerdict(drill.result);
  return verdict === 0 && objectives.includes('inconclusive') ? 1 : verdict;
}
