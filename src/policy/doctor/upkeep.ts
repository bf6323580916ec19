/** How Lifeboat's own work is judged: how recent each thing is, what stands around, what is open. */
import { broken, doubtful, roughly, well, type Verdict } from './verdict.ts';

/** The newest of something that a schedule makes. */
export interface SeenRun {
  readonly kind: string;
  readonly freshness: 'not-yet' | 'on-time' | 'due' | 'late';
  /** Why it is late. */
  readonly because: string | undefined;
  /** How old the newest is; undefined: there is none, or its age is not told here. */
  readonly seconds: number | undefined;
}

export function judgeRun({ kind, freshness, because, seconds }: SeenRun): Verdict {
  const newest = seconds === undefined ? '' : `, the newest is ${roughly(Math.max(0, seconds))} old`;
  if (freshness === 'late')
    return broken(`late: ${because ?? 'no reason is known'}${newest}`, 'Follow runbooks/run-late.md.');
  if (seconds === undefined && (kind === 'snapshot' || kind === 'drill'))
    return doubtful(`there was none yet`, `Do not wait for the schedule: lifeboat ${kind} --wait`);
  const words = {
    'not-yet': 'its first slot is still to come',
    due: 'a slot has come and may still be served',
    'on-time': 'on time',
  };
  return well(`${words[freshness]}${newest}`);
}

/** How much would be lost if everything went now. */
export interface SeenExposure {
  readonly verdict: 'within' | 'over' | 'nothing-proven' | 'unknown';
  readonly seconds: number | undefined;
  readonly objectiveSeconds: number;
}

export function judgeExposure({ verdict, seconds, objectiveSeconds }: SeenExposure): Verdict {
  const objective = `the objective is ${roughly(objectiveSeconds)}`;
  const next = 'Prove a newer point: lifeboat cycle --wait';
  if (verdict === 'nothing-proven') return broken(`no recovery point is proven; ${objective}`, next);
  const detail = `the newest proven point is ${roughly(Math.max(0, seconds ?? 0))} old; ${objective}`;
  if (verdict === 'over') return doubtful(detail, next);
  return verdict === 'within'
    ? well(detail)
    : doubtful(`${detail}; how far back the provider can go is not known`, next);
}

/** What stands in the resource group for drills. */
export interface SeenGroup {
  readonly group: string;
  readonly strangers: readonly string[];
  readonly known: number;
}

export function judgeGroup({ group, strangers, known }: SeenGroup): Verdict {
  if (strangers.length === 0)
    return well(known === 0 ? `${group} is empty` : `${group}: ${known} of drills, no stranger`);
  return doubtful(
    `${group}: ${strangers.length} that no drill made: ${strangers.slice(0, 5).join(', ')}`,
    'They are never touched. Find out whose they are: runbooks/drill-failed.md, "Servers that no drill made".',
  );
}

export interface SeenAlert {
  readonly severity: 'critical' | 'warning';
  readonly title: string;
  readonly runbook: string;
}

export const judgeAlert = ({ severity, title, runbook }: SeenAlert): Verdict =>
  (severity === 'critical' ? broken : doubtful)(title, `Follow ${runbook}.`);
