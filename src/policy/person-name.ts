/**
 * The readable name of a person, as a token tells it: shown beside the ids, which alone decide who somebody is. Whoever
 * chooses a name cannot write into the lines around it: no control, direction or invisible character is left in it, it is
 * bounded, and no part of it reads as the id that stands in brackets behind it.
 */

export const longestName = 100;

/** The name as it is kept; undefined where nothing is left of it. */
export function readableName(given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  const plain = given
    .slice(0, 10 * longestName)
    .normalize('NFC')
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
    .replaceAll('(', '[')
    .replaceAll(')', ']')
    .replaceAll(/\s+/gu, ' ')
    .trim();
  // By whole characters: half of one is none.
  const name = Array.from(plain).slice(0, longestName).join('').trim();
  return name === '' ? undefined : name;
}

/** Somebody in a line of text: the name first, the id in brackets; the id alone where no name is known. */
export const personText = (by: string, name: string | undefined): string =>
  name === undefined ? by : `${name} (${by})`;
