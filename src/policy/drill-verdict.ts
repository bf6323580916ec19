/**
 * What a drill proves. PASS needs evidence for everything: restored, every check passed, both objectives met, nothing
 * left behind. One thing that is certainly wrong makes it FAIL; one that could not be found out makes it INCONCLUSIVE.
 */
import type { ObjectiveVerdict } from './objectives.ts';

export type CheckStatus = 'passed' | 'failed' | 'inconclusive' | 'not-run';

/** What a drill came to, before it is judged. */
export interface DrillOutcome {
  readonly restore: 'done' | 'failed' | 'timed-out' | 'not-run';
  readonly restoreDetail: string;
  readonly checks: readonly { readonly id: string; readonly status: CheckStatus; readonly actual: string }[];
  readonly cleanUp: 'done' | 'failed' | 'not-needed';
  /** Connections that had to be refused, one for each restored server. */
  readonly probes: readonly {
    readonly outcome: 'refused' | 'connected' | 'unclear' | 'not-tried';
    readonly detail: string;
  }[];
  /** A container that blobs were written into was not removed. */
  readonly isContainerLeft?: boolean;
  /** Why what was to be played could not be. */
  readonly notPlayed?: string | undefined;
  /** Of a walk back: what it says beside the last point. */
  readonly walk?: { readonly wrong: readonly string[]; readonly unknown: readonly string[] };
  readonly rpo: ObjectiveVerdict;
  readonly rto: ObjectiveVerdict;
}

export type ValidationStatus = 'passed' | 'failed' | 'inconclusive' | 'not-run';

/** The result, the status of the validation, and the reasons for anything but PASS. */
export interface DrillVerdict {
  readonly result: 'PASS' | 'FAIL' | 'INCONCLUSIVE';
  readonly validation: ValidationStatus;
  readonly reasons: readonly string[];
}

/** The status over all checks: one failed is failed, one without an answer is inconclusive, none at all is not run. */
export function validationStatus(checks: DrillOutcome['checks']): ValidationStatus {
  if (checks.some((check) => check.status === 'failed')) return 'failed';
  if (checks.every((check) => check.status === 'not-run')) return 'not-run';
  return checks.every((check) => check.status === 'passed') ? 'passed' : 'inconclusive';
}

/** Whether a drill proves its point: what was restored passed every check, whatever else was missed. */
export function provesPoint(restore: DrillOutcome['restore'], validation: ValidationStatus): boolean {
  return restore === 'done' && validation === 'passed';
}

/** Judges a drill. */
export function judgeDrill(outcome: DrillOutcome): DrillVerdict {
  const validation = validationStatus(outcome.checks);
  const wrong: string[] = [...(outcome.walk?.wrong ?? [])];
  const unknown: string[] = [...(outcome.walk?.unknown ?? [])];
  if (outcome.notPlayed !== undefined) unknown.push(`the scenario could not be played: ${outcome.notPlayed}`);
  else if (outcome.restore === 'not-run') unknown.push('nothing was restored');
  if (outcome.restore === 'failed' || outcome.restore === 'timed-out')
    wrong.push(
      `the restore ${outcome.restore === 'failed' ? 'failed' : 'timed out'}: ${outcome.restoreDetail}`,
    );
  for (const check of outcome.checks) {
    if (check.status === 'failed') wrong.push(`check ${check.id}: ${check.actual}`);
    if (check.status === 'inconclusive') unknown.push(`check ${check.id} gave no answer: ${check.actual}`);
    if (check.status === 'not-run' && outcome.restore === 'done')
      unknown.push(`check ${check.id} was not run: ${check.actual}`);
  }
  for (const { outcome: came, detail } of outcome.probes) {
    if (came === 'connected')
      wrong.push(`isolation: a connection that had to be refused was let in: ${detail}`);
    if (came === 'unclear')
      unknown.push(`isolation: whether a connection is refused could not be found out: ${detail}`);
  }
  if (outcome.restore === 'done' && outcome.checks.length === 0) unknown.push('no check was run');
  if (outcome.rpo === 'missed') wrong.push('the RPO objective was missed');
  if (outcome.rto === 'missed') wrong.push('the RTO objective was missed');
  if (outcome.restore === 'done' && outcome.rpo === 'inconclusive')
    unknown.push('the RPO could not be measured');
  if (outcome.restore === 'done' && outcome.rto === 'inconclusive')
    unknown.push('the RTO could not be measured');
  if (outcome.cleanUp === 'failed') wrong.push('a server of the drill was left behind');
  if (outcome.isContainerLeft === true) wrong.push('a container of the drill was left behind');
  const result = wrong.length > 0 ? 'FAIL' : unknown.length > 0 ? 'INCONCLUSIVE' : 'PASS';
  return {
    result,
    validation,
    reasons: [...wrong, ...unknown],
  };
}
