/**
 * Whether an application's answer is the one that was asked for: its status, a text in its body, a value in its JSON. What
 * it says instead is told in few characters: a body may hold anything, and a report is no place for it.
 */

/** What is expected of one answer. */
export interface ExpectedAnswer {
  readonly status: number;
  readonly contains?: string | undefined;
  readonly json?: { readonly pointer: string; readonly equals: string | number | boolean | null } | undefined;
}

/** An answer as far as it was read. */
export interface GivenAnswer {
  readonly status: number;
  readonly text: string;
  /** The body was longer than what was read of it. */
  readonly isCut: boolean;
}

export type AnswerVerdict =
  | { readonly verdict: 'right' }
  | { readonly verdict: 'wrong'; readonly because: string }
  /** What was looked for may stand in the part that was not read. */
  | { readonly verdict: 'unknown'; readonly because: string };

const mostCharactersTold = 40;

/** Judges one answer. */
export function judgeAnswer(expected: ExpectedAnswer, given: GivenAnswer): AnswerVerdict {
  if (given.status !== expected.status)
    return { verdict: 'wrong', because: `status ${given.status} instead of ${expected.status}` };
  const wrong = [missingText(expected, given), wrongValue(expected, given)].find((one) => one !== undefined);
  if (wrong === undefined) return { verdict: 'right' };
  return given.isCut
    ? { verdict: 'unknown', because: 'its body is longer than what is read of it' }
    : { verdict: 'wrong', because: wrong };
}

function missingText({ contains }: ExpectedAnswer, { text }: GivenAnswer): string | undefined {
  if (contains === undefined || text.includes(contains)) return undefined;
  return `its body does not contain ${told(contains)}`;
}

function wrongValue({ json }: ExpectedAnswer, { text }: GivenAnswer): string | undefined {
  if (json === undefined) return undefined;
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return 'its body is no JSON';
  }
  const value = valueAt(document, json.pointer);
  if (value === json.equals) return undefined;
  const found = value === undefined ? 'not there' : told(value);
  return `${json.pointer === '' ? 'it' : json.pointer} is ${found} instead of ${told(json.equals)}`;
}

const told = (value: unknown): string => {
  const text = JSON.stringify(value);
  return text.length > mostCharactersTold ? `${text.slice(0, mostCharactersTold)}…` : text;
};

/** The value that a JSON pointer (RFC 6901) names; undefined if there is none. Nothing inherited counts. */
export function valueAt(document: unknown, pointer: string): unknown {
  const names = pointer.split('/').slice(1);
  return names.reduce<unknown>((at, name) => {
    const key = name.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof at !== 'object' || at === null) return undefined;
    if (Array.isArray(at) && !/^(0|[1-9]\d*)$/.test(key)) return undefined;
    return Object.hasOwn(at, key) ? (at as Record<string, unknown>)[key] : undefined;
  }, document);
}
