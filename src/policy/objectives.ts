/**
 * RPO and RTO achieved, from raw instants only, and the verdict against the objective. A missing instant gives no
 * verdict: INCONCLUSIVE, never PASS. Formula version 1:
 *   RPO = disruption − newest heartbeat found in the restored data, worst over all databases
 *   RTO = last check ended − declared
 */
import { Duration, type DateTime } from 'luxon';

export const formulaVersion = 1;

export type ObjectiveVerdict = 'met' | 'missed' | 'inconclusive';

/** One objective held against what was measured; seconds, `undefined` where nothing could be measured. */
export interface Achievement {
  readonly objectiveSeconds: number;
  readonly achievedSeconds: number | undefined;
  readonly verdict: ObjectiveVerdict;
  readonly reason: string;
}

const readDurations = new Map<string, number>();
/** More durations than any estate has. */
const mostDurations = 500;

/** Seconds of an ISO-8601 duration. Each is read once: the same few of the estate are asked for all the time. */
export function secondsOf(isoDuration: string): number {
  const known = readDurations.get(isoDuration);
  if (known !== undefined) return known;
  const seconds = Duration.fromISO(isoDuration).as('seconds');
  if (readDurations.size >= mostDurations) readDurations.clear();
  readDurations.set(isoDuration, seconds);
  return seconds;
}

function achievement(
  objectiveSeconds: number,
  achievedSeconds: number | undefined,
  missing: string,
): Achievement {
  if (achievedSeconds === undefined)
    return { objectiveSeconds, achievedSeconds, verdict: 'inconclusive', reason: missing };
  if (achievedSeconds < 0) {
    return {
      objectiveSeconds,
      achievedSeconds: undefined,
      verdict: 'inconclusive',
      reason: 'the instants contradict each other: a clock was moved',
    };
  }
  const met = achievedSeconds <= objectiveSeconds;
  return {
    objectiveSeconds,
    achievedSeconds,
    verdict: met ? 'met' : 'missed',
    reason: met ? 'within the objective' : 'over the objective',
  };
}

/** RPO: `heartbeats` are the newest ones found in each restored database, undefined where none was found. */
export function achievedRpo(
  objectiveSeconds: number,
  disruption: DateTime,
  heartbeats: readonly (DateTime | undefined)[],
): Achievement {
  if (heartbeats.length === 0 || heartbeats.includes(undefined)) {
    return achievement(objectiveSeconds, undefined, 'no heartbeat was found in the restored data');
  }
  const recovered = Math.min(...heartbeats.map((at) => (at as DateTime).toMillis()));
  return achievement(objectiveSeconds, (disruption.toMillis() - recovered) / 1000, '');
}

/** RTO: from the declared moment to the end of the last check; undefined when the checks did not all end. */
export function achievedRto(
  objectiveSeconds: number,
  declared: DateTime,
  validated: DateTime | undefined,
): Achievement {
  const seconds = validated === undefined ? undefined : (validated.toMillis() - declared.toMillis()) / 1000;
  return achievement(objectiveSeconds, seconds, 'the restored service was not validated');
}
