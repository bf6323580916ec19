/** Pages of a list: where the next one begins is told in a word that only this API reads. */
import { WrongRequest } from './input.ts';

/** Which page is asked for. */
export interface PageQuery {
  readonly limit?: number | undefined;
  readonly continuation?: string | undefined;
}

/** The word by which a page goes on behind a text. */
export const continuationAfter = (after: string): string => Buffer.from(after).toString('base64url');

/** What the page before ended with; undefined for the first page. */
export function afterOf({ continuation }: PageQuery): string | undefined {
  if (continuation === undefined) return undefined;
  const after = Buffer.from(continuation, 'base64url').toString();
  if (after !== '' && continuationAfter(after) === continuation) return after;
  throw unknownPlace();
}

/** The page of a list, of which each one has a key of its own; `continuation` where there is more. */
export function pageOf<T>(
  all: readonly T[],
  keyOf: (one: T) => string,
  query: PageQuery,
  usualLimit: number,
): { readonly page: T[]; readonly continuation?: string } {
  const after = afterOf(query);
  const before = after === undefined ? -1 : all.findIndex((one) => keyOf(one) === after);
  if (after !== undefined && before === -1) throw unknownPlace();
  const page = all.slice(before + 1, before + 1 + (query.limit ?? usualLimit));
  const last = page.at(-1);
  const hasMore = before + 1 + page.length < all.length;
  return { page, ...(hasMore && last !== undefined ? { continuation: continuationAfter(keyOf(last)) } : {}) };
}

/** Where a list of numbered things goes on. */
export const continuationAt = (place: number): string => continuationAfter(String(place));

/** The number in `continuationAt`; 0 for the first page. */
export function placeOf(query: PageQuery): number {
  const after = afterOf(query) ?? '0';
  if (/^\d{1,15}$/.test(after)) return Number(after);
  throw unknownPlace();
}

/** For a word that is none, or of another list. */
export function unknownPlace(): WrongRequest {
  const detail = 'must be the "continuation" of the page before, of the same list';
  return new WrongRequest([{ at: 'query.continuation', detail }]);
}
