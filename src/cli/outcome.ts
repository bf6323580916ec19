/**
 * What an ended operation came to, and the exit code that says it. The worst wins, and what is certainly wrong is worse
 * than what is not known: 2 (objective missed or damage found), then 1 (failed, or could not be found out), then 3
 * (partial: a region gave no answer, or a guard held deletions back), then 0.
 */
import type { z } from 'zod';
import type { OperationView } from '../contracts/api/runs.ts';
import type { SystemStatus } from '../contracts/api/status.ts';
import { cutoverResult } from '../contracts/cutover.ts';
import { cycleResult } from '../contracts/cycle.ts';
import { drillResult } from '../contracts/drill.ts';
import { repairResult } from '../contracts/repair.ts';
import { pruneResult } from '../contracts/prune.ts';
import { restoreResult } from '../contracts/restore.ts';
import { scanResult } from '../contracts/scan.ts';
import { snapshotResult } from '../contracts/snapshot.ts';
import { standingHooks } from '../policy/cutover.ts';
import { isOver } from '../policy/instance-state.ts';

/** The exit codes that say how work went; the others stand in the table of failures. */
export type WorkExit = 0 | 1 | 2 | 3;

/** What an operation came to: a word, why or what (the reasons if it is not good), and the exit code. */
export interface Outcome {
  readonly word: string;
  readonly reasons: readonly string[];
  readonly exit: WorkExit;
  /** The drill's id, where there was one. */
  readonly drill?: string | undefined;
  /** Whether that drill left a report; one that could not be planned or reported did not. */
  readonly isReported?: boolean;
}

const severity: readonly WorkExit[] = [2, 1, 3, 0];

/** The exit code that stands for all of them. */
export function worstExit(exits: readonly WorkExit[]): WorkExit {
  return severity.find((exit) => exits.includes(exit)) ?? 0;
}

const drillExits = { PASS: 0, FAIL: 2, INCONCLUSIVE: 1 } as const;
const scanExits = { clean: 0, damaged: 2, failed: 1 } as const;
const pruneExits = { done: 0, blocked: 3, held: 3, failed: 1 } as const;
const repairExits = {
  done: 0,
  nothing: 0,
  'dry-run': 0,
  incomplete: 2,
  'not-approved': 3,
  failed: 1,
} as const;
/** A restore that was cancelled or not permitted was not carried out, which nobody may take for done. */
const restoreExits = { ready: 0, doubtful: 2, failed: 1, cancelled: 3, refused: 3 } as const;
/** One that failed in the middle is a failure; the way back is offered where it is shown. */
const cutoverExits = { done: 0, failed: 1, cancelled: 3, refused: 3 } as const;
const stepExits = { done: 0, failed: 1 } as const;

/** What an operation came to; one that goes on has come to nothing yet, which is no fault. */
export function outcomeOf(view: OperationView): Outcome {
  if (!isOver(view.state)) return { word: view.state, reasons: [], exit: 0 };
  if (view.state !== 'succeeded')
    return { word: view.state, reasons: [view.failure ?? 'no reason is known'], exit: 1 };
  const judge = judges[view.kind];
  return judge === undefined ? { word: 'succeeded', reasons: [], exit: 0 } : judge(view.result);
}

const judges: Readonly<Record<string, (result: unknown) => Outcome>> = {
  restore: judged(restoreResult, (result) => ({
    word: result.outcome,
    reasons: [result.detail, ...serversOf(result)],
    exit: restoreExits[result.outcome],
  })),
  cutover: judged(cutoverResult, ({ outcome, detail, direction, cutover, hooks }) => ({
    word: outcome,
    reasons: [
      detail,
      ...(outcome === 'failed' && direction === 'over' && standingHooks(hooks).length > 0
        ? [`back: lifeboat cutover back ${cutover}`]
        : []),
    ],
    exit: cutoverExits[outcome],
  })),
  snapshot: judged(snapshotResult, ({ outcome, detail }) => ({
    word: outcome,
    reasons: [detail],
    exit: stepExits[outcome],
  })),
  scan: judged(scanResult, ({ outcome, detail }) => ({
    word: outcome,
    reasons: [detail],
    exit: scanExits[outcome],
  })),
  prune: judged(pruneResult, ({ outcome, detail, plan }) => ({
    word: outcome,
    reasons: [detail, ...(plan === undefined ? [] : [`plan ${plan}`])],
    exit: pruneExits[outcome],
  })),
  drill: judged(drillResult, ({ result, reasons, unsigned, drill, report }) => {
    const exit = exitOfReported(result, unsigned);
    return {
      word: exit === drillExits[result] ? result : 'PARTIAL',
      ...{ reasons: [...reasons, ...whyUnsigned(unsigned)], exit, drill, isReported: report !== undefined },
    };
  }),
  repair: judged(repairResult, ({ outcome, detail, plan }) => ({
    word: outcome,
    reasons: [detail, ...(plan === undefined ? [] : [`plan ${plan}`])],
    exit: repairExits[outcome],
  })),
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

/** Where each restored server is reached, and how recent its data is. */
function serversOf({ servers, newestHeartbeat }: z.infer<typeof restoreResult>): string[] {
  const reached = servers.map(({ database, target, state, address }) =>
    address === undefined
      ? `${database}: ${target.split('/').at(-1) ?? target} ${state}`
      : `${database} is at ${address}`,
  );
  return newestHeartbeat === undefined ? reached : [...reached, `newest heartbeat ${newestHeartbeat}`];
}

/** A cycle is as good as the worst of its steps; every step that was not good says why. */
function cycleOutcome({ heartbeat, snapshot, scan, prune, drill }: z.infer<typeof cycleResult>): Outcome {
  const steps = [
    { name: 'heartbeat', ...heartbeat, exit: stepExits[heartbeat.outcome] },
    { name: 'snapshot', ...snapshot, exit: stepExits[snapshot.outcome] },
    { name: 'integrity scan', ...scan, exit: scanExits[scan.outcome] },
    { name: 'prune', ...prune, exit: pruneExits[prune.outcome] },
  ];
  const bad = steps.filter(({ exit }) => exit !== 0);
  const exit = worstExit([...bad.map((one) => one.exit), exitOfReported(drill.result, drill.unsigned)]);
  const reasons = [
    ...bad.map(({ name, outcome, detail }) => `${name} ${outcome}: ${detail}`),
    ...drill.reasons,
    ...whyUnsigned(drill.unsigned),
  ];
  const isReported = drill.report !== undefined;
  return { word: cycleWord(exit, drill.result), reasons, exit, drill: drill.drill, isReported };
}

/** A report without a signature is no success, whatever it says. */
const exitOfReported = (result: keyof typeof drillExits, unsigned: string | undefined): WorkExit =>
  worstExit([drillExits[result], unsigned === undefined ? 0 : 3]);

const whyUnsigned = (reason: string | undefined): string[] =>
  reason === undefined ? [] : [`the report is not signed: ${reason}`];

/** The drill's verdict, unless another step was worse than it says. */
function cycleWord(exit: WorkExit, verdict: keyof typeof drillExits): string {
  if (exit === drillExits[verdict]) return verdict;
  return exit === 2 ? 'FAIL' : exit === 1 ? 'INCOMPLETE' : 'PARTIAL';
}

/** How one system stands by its last drill. */
export function exitOfDrill({ drill, drillUnreadable }: SystemStatus): WorkExit {
  if (drill === undefined || drillUnreadable !== undefined) return 1;
  const objectives = [drill.rpo.verdict, drill.rto.verdict];
  if (objectives.includes('missed')) return 2;
  const verdict = drillExits[drill.result];
  return verdict === 0 && objectives.includes('inconclusive') ? 1 : verdict;
}

/** How one system stands by its last drill and its report's signature, by its last scan and prune where there was one, and by what cannot be read. */
export function exitOfSystem(status: SystemStatus): WorkExit {
  const { scan, prune, unreadable, drill } = status;
  return worstExit([
    exitOfDrill(status),
    unreadable === undefined ? 0 : 1,
    drill?.signed === false ? 3 : 0,
    scan === undefined ? 0 : scanExits[scan.outcome],
    prune === undefined ? 0 : pruneExits[prune.outcome],
  ]);
}
