/**
 * Templates of hooks: what stands in braces is filled in when a cutover is planned, so that what is approved is what is
 * sent. The host of an address is none of it: a hook reaches the host that the estate names and no other.
 */

export const placeholders = [
  'system',
  'region',
  'restore',
  'cutover',
  'database',
  'server',
  'host',
  'port',
  'source',
  'sourceHost',
  'sourcePort',
] as const;
export type PlaceholderValues = Readonly<Record<(typeof placeholders)[number], string>>;

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

const inBraces = /\{(\w+)\}/g;

/** Names in braces that stand for nothing. */
export function unknownPlaceholders(text: string): string[] {
  const known: readonly string[] = placeholders;
  return [...text.matchAll(inBraces)].flatMap(([, name = '']) => (known.includes(name) ? [] : [name]));
}

/** Every text of a JSON value, its keys too. */
export function textsIn(value: Json): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((one: Json) => textsIn(one));
  return Object.entries(value).flatMap(([key, one]) => [key, ...textsIn(one)]);
}

/** A text with the values in place. */
export const filled = (text: string, values: PlaceholderValues): string =>
  text.replaceAll(inBraces, (_, name: keyof PlaceholderValues) => values[name]);

/** An address with the values in place, each as one part of it. */
export const filledAddress = (text: string, values: PlaceholderValues): string =>
  text.replaceAll(inBraces, (_, name: keyof PlaceholderValues) => encodeURIComponent(values[name]));

/** A JSON value with the values in place of what its texts name; keys stay as they are. */
export function filledBody(value: Json, values: PlaceholderValues): Json {
  if (typeof value === 'string') return filled(value, values);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one: Json) => filledBody(one, values));
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filledBody(one, values)]));
}

/** What is wrong with the address of a hook; undefined if nothing is. */
export function problemOfHookAddress(text: string): string | undefined {
  const origin = /^https:\/\/([^/?#]*)/.exec(text)?.[1];
  if (origin === undefined) return 'must be an https:// URL';
  if (origin.includes('{')) return 'must name its host: no placeholder may stand in it';
  if (origin.includes('@')) return 'must hold no user and no password';
  if (text.includes('#')) return 'must hold no fragment';
  return URL.canParse(text.replaceAll(inBraces, 'x')) ? undefined : 'must be an https:// URL';
}
