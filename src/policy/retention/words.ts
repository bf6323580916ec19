/** How retention writes numbers, ages and lists for people. */

const small = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

/** A count in words up to ten. */
export const countWord = (count: number): string => small[count] ?? String(count);

/** Hours as an age: in hours below two days, in days from there on, with one decimal where it says something. */
export function ageWords(ageHours: number): string {
  const hours = Math.max(ageHours, 0);
  return hours < 48 ? quantity(hours, 'hour') : quantity(hours / 24, 'day');
}

/** `1 hour`, `2.5 days`: at most one decimal, cut and not rounded, so that 167.99 hours never read as 168. */
export function quantity(value: number, unit: string): string {
  const text = String(Math.floor(value * 10) / 10);
  return `${text} ${unit}${text === '1' ? '' : 's'}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listWords(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}

/** At most three of them by name, and how many more there are. */
export function someWords(words: readonly string[]): string {
  return words.length <= 3
    ? listWords(words)
    : `${words.slice(0, 3).join(', ')} and ${words.length - 3} more`;
}

/** The last part of a resource id: the name that people know a server by. */
export const serverWord = (server: string): string => server.split('/').at(-1) ?? server;

/** The instant in a stored text to the minute, in UTC. */
export const instantWords = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
