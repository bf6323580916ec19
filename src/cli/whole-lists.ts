/** Lists that the API gives in pages, put together. */
import type { ApprovalView } from '../contracts/api/approvals.ts';
import type { PointsResponse } from '../contracts/api/retention.ts';
import type { HoldsResponse } from '../contracts/holds.ts';
import type { ApiClient } from './client.ts';

/** What waits for a second person in a system, or in all of the region. */
export async function approvalsOf(client: ApiClient, system: string | undefined): Promise<ApprovalView[]> {
  const pages = await everyPage((continuation) =>
    client.call('approvals', { query: { system, continuation } }),
  );
  return pages.flatMap(({ approvals }) => approvals);
}

/** The legal holds of one system, or of all in the region; with `all` those that are over or released, too. */
export async function holdsOf(
  client: ApiClient,
  system: string | undefined,
  all: boolean,
): Promise<HoldsResponse> {
  const pages = await everyPage((continuation) =>
    client.call('holds', { query: { system, all, continuation } }),
  );
  const [{ damaged }] = pages;
  return { holds: pages.flatMap(({ holds }) => holds), damaged };
}

/** The recovery points of one system. */
export async function pointsOf(client: ApiClient, system: string): Promise<PointsResponse> {
  const pages = await everyPage((continuation) =>
    client.call('points', { params: { system }, query: { continuation } }),
  );
  const { continuation: _, ...first } = pages[0];
  return { ...first, points: pages.flatMap(({ points }) => points) };
}

/** Every page of a list, each asked for by the word that the one before ended with. */
async function everyPage<T extends { readonly continuation?: string | undefined }>(
  ask: (continuation: string | undefined) => Promise<T>,
): Promise<[T, ...T[]]> {
  const pages: [T, ...T[]] = [await ask(undefined)];
  for (let at = pages[0].continuation; at !== undefined; at = pages.at(-1)?.continuation)
    pages.push(await ask(at));
  return pages;
}
