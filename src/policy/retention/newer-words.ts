/** Says of newer recovery points why they do not count: what makes an old one the last that can be relied on. */
import type { NewerPoint, NotCounting } from './reasons.ts';
import { countWord, listWords } from './words.ts';

/** After "the newer one" and after "the two newer ones". */
const phrases: Record<NotCounting, readonly [one: string, many: string]> = {
  'drill-failed': ['failed its drill', 'failed their drill'],
  unproven: ['has not passed a drill yet', 'have not passed a drill yet'],
  failed: ['is of a snapshot that failed', 'are of snapshots that failed'],
  incomplete: ['is incomplete', 'are incomplete'],
  unverified: ['could not be read back', 'could not be read back'],
  'future-dated': ['is dated in the future', 'are dated in the future'],
  undated: ['has no date', 'have no date'],
  marked: ['is being deleted', 'are being deleted'],
  'not-ours': ['is not kept by Lifeboat', 'are not kept by Lifeboat'],
};

/** `the two newer ones failed their drill`; undefined when there is no newer one. */
export function newerWords(newer: readonly NewerPoint[]): string | undefined {
  const groups = [...Map.groupBy(newer, (point) => point.why)].map(
    ([why, points]) => [phrases[why], points.length] as const,
  );
  const [first] = groups;
  if (first === undefined) return undefined;
  if (groups.length === 1) {
    const [[one, many], count] = first;
    return count === 1 ? `the newer one ${one}` : `the ${countWord(count)} newer ones ${many}`;
  }
  const parts = groups.map(([[one, many], count]) => `${countWord(count)} ${count === 1 ? one : many}`);
  return `of the ${countWord(newer.length)} newer ones ${listWords(parts)}`;
}
