/**
 * Walking back from the newest state to the last clean one. Pure. What is poisoned is told by checks that fail on the
 * restored data, never by what anybody says of a point; what could not be restored or checked is no clean one either.
 */
import { validationStatus, type CheckStatus } from './drill-verdict.ts';

export const tryVerdicts = ['clean', 'poisoned', 'unclear', 'not-restored'] as const;
export type TryVerdict = (typeof tryVerdicts)[number];

/** How one point that was tried is judged, and why. */
export interface TryJudgement {
  readonly verdict: TryVerdict;
  readonly reason: string;
}

/** Judges a point by what was restored of it. */
export function judgeTry(played: {
  readonly restore: 'done' | 'failed' | 'timed-out' | 'not-run';
  readonly restoreDetail: string;
  readonly checks: readonly { readonly id: string; readonly status: CheckStatus; readonly actual: string }[];
}): TryJudgement {
  const { restore, restoreDetail, checks } = played;
  if (restore !== 'done') return { verdict: 'not-restored', reason: restoreDetail };
  const validation = validationStatus(checks);
  if (validation === 'passed') return { verdict: 'clean', reason: 'every check passed' };
  const wanted = validation === 'failed' ? 'failed' : 'inconclusive';
  const first = checks.find(({ status }) => status === wanted) ?? checks[0];
  return {
    verdict: validation === 'failed' ? 'poisoned' : 'unclear',
    reason: first === undefined ? 'nothing was checked' : `check ${first.id}: ${first.actual}`,
  };
}

/** What a walk says of the drill: what is certainly wrong, and what could not be found out. */
export function judgeWalk(
  tries: readonly ({ readonly point: string } & TryJudgement)[],
  ended: string | undefined,
): { readonly wrong: string[]; readonly unknown: string[] } {
  const [first] = tries;
  const wrong: string[] = [];
  if (first?.verdict === 'clean')
    wrong.push(`${first.point} holds what was overwritten, and every check passed on it: it was not noticed`);
  if (tries.at(-1)?.verdict !== 'clean')
    wrong.push(`no clean point was found among ${tries.length}${ended === undefined ? '' : `: ${ended}`}`);
  for (const { point, verdict, reason } of tries.slice(0, -1))
    if (verdict === 'not-restored') wrong.push(`${point} could not be restored: ${reason}`);
  const unknown = tries
    .slice(0, -1)
    .flatMap(({ point, verdict, reason }) =>
      verdict === 'unclear' ? [`whether ${point} is clean could not be found out: ${reason}`] : [],
    );
  return { wrong, unknown };
}

/** How far the walk went, in words. */
export function walkSentence(tries: readonly ({ readonly point: string } & TryJudgement)[]): string {
  const last = tries.at(-1);
  if (last?.verdict !== 'clean') return `no clean point was found among the ${tries.length} that were tried`;
  return `${last.point} is the last clean one: ${tries.length - 1} newer ${tries.length === 2 ? 'state was' : 'states were'} tried before it`;
}
