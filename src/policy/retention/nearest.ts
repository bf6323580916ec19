/** Which known ids did a person most likely mean? Those that hold the text, then those with the fewest edits. */
import { compareText } from './ladder.ts';

/** At most `count` ids, the nearest first; each once. */
export function nearestIds(text: string, known: readonly string[], count: number): string[] {
  const wanted = text.toLowerCase();
  return [...new Set(known)]
    .map((id) => ({ id, distance: distanceOf(wanted, id.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance || compareText(a.id, b.id))
    .slice(0, count)
    .map(({ id }) => id);
}

/** An id that holds the text is nearer than any that does not. */
function distanceOf(wanted: string, id: string): number {
  return wanted !== '' && id.includes(wanted) ? -1 : editDistance(wanted, id.split('/').at(-1) ?? id);
}

/** Levenshtein's: insertions, deletions and replacements, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
