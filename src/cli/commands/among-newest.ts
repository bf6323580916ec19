/** One restore or cutover by its id, among the newest ones that the app lists. */
import { Failure } from '../../policy/failure.ts';

/** Finds it; throws `not-found` with where it was looked for. */
export function amongNewest<T extends { readonly id: string }>(
  views: readonly T[],
  { noun, id, place }: { readonly noun: 'restore' | 'cutover'; readonly id: string; readonly place: string },
): T {
  const found = views.find((one) => one.id === id);
  if (found !== undefined) return found;
  throw new Failure(
    'not-found',
    `${place} has no ${noun} "${id}" among its newest.`,
    `List them with: lifeboat ${noun} list`,
  );
}
