/**
 * The names that lie under none of some prefixes, as ranges of the names of a listing: between the prefixes, before the
 * first and behind the last. Invariant: every name is under one of the prefixes or in one gap, and in no two of them,
 * where names are in the order of their characters and no prefix is the beginning of another.
 */

/** Names from one (inclusive) to another (exclusive; undefined: to the end). */
export interface NameGap {
  readonly from: string;
  readonly to: string | undefined;
}

/** The gaps between prefixes, in the order of names; what no name can lie in is left out. */
export function nameGaps(prefixes: readonly string[]): NameGap[] {
  const gaps: NameGap[] = [];
  let from = '';
  for (const prefix of prefixes.toSorted()) {
    if (from < prefix) gaps.push({ from, to: prefix });
    from = behindPrefix(prefix);
  }
  return prefixes.includes('') ? [] : [...gaps, { from, to: undefined }];
}

/** The first name that could follow all names under a prefix. */
function behindPrefix(prefix: string): string {
  const last = prefix.length - 1;
  return prefix.slice(0, last) + String.fromCharCode(prefix.charCodeAt(last) + 1);
}

/** Tells which names are under one of many prefixes. */
export class Prefixes {
  readonly #prefixes: ReadonlySet<string>;
  readonly #lengths: readonly number[];

  constructor(prefixes: readonly string[]) {
    this.#prefixes = new Set(prefixes);
    this.#lengths = [...new Set(prefixes.map(({ length }) => length))];
  }

  cover(name: string): boolean {
    return this.#lengths.some((length) => this.#prefixes.has(name.slice(0, length)));
  }
}
