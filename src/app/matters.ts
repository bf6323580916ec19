/** Restores and cutovers as the API shows them: by the claims of their slots, the newest first, each with its documents. */
import type { z } from 'zod';
import type { Dependencies } from '../activities/dependencies.ts';
import { readDocument } from '../activities/vault-documents.ts';
import { approvalDocument, slotClaim, type ApprovalDocument } from '../contracts/documents.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { pageOf, type PageQuery } from './api/paging.ts';

/** How many are shown, unless it is asked otherwise. */
const usuallyShown = 20;

/**
 * A page of what was asked for; `view` is given the id (`restore-…`) and the operation of each. One that has ended and
 * whose documents have gone with the years is not told of: nothing is known but that it was.
 */
export async function newestMatters<V extends { readonly request?: unknown }>(
  deps: Dependencies,
  scope: Scope,
  { kind, query }: { readonly kind: 'restore' | 'cutover'; readonly query: PageQuery },
  view: (id: string, operation: string) => Promise<V>,
): Promise<{ readonly views: V[]; readonly more: { readonly continuation?: string } }> {
  const slots: string[] = [];
  for await (const path of deps.vault.list(vaultPaths.slots(scope, kind))) slots.push(path);
  const { page, ...more } = pageOf(slots.toReversed(), (path) => path, query, usuallyShown);
  const views: V[] = [];
  for (const path of page) {
    const claim = await readDocument(deps.vault, path, slotClaim);
    if (claim === undefined) continue;
    const one = await view(`${kind}-${claim.slot}`, claim.instanceId);
    if (one.request !== undefined || claim.finished === undefined) views.push(one);
  }
  return { views, more };
}

/** A document, left out of a view where there is none. */
export type Part<T> = readonly [path: string, shape: z.ZodType<T>];

/** The documents of a matter that stand, by the names of their parts. */
export async function partsOf<P extends Readonly<Record<string, Part<unknown>>>>(
  deps: Dependencies,
  parts: P,
): Promise<{ [K in keyof P]?: P[K] extends Part<infer T> ? T : never }> {
  const found: Record<string, unknown> = {};
  for (const [name, [path, shape]] of Object.entries(parts)) {
    const document = await readDocument(deps.vault, path, shape);
    if (document !== undefined) found[name] = document;
  }
  return found as { [K in keyof P]?: P[K] extends Part<infer T> ? T : never };
}

/** The plan that a request names and the decision on it; neither where nobody asked. */
export async function planAndDecision<T>(
  deps: Dependencies,
  scope: Scope,
  request: { readonly plan: string } | undefined,
  shape: z.ZodType<T>,
): Promise<{ readonly plan?: T; readonly decision?: ApprovalDocument }> {
  if (request === undefined) return {};
  return partsOf(deps, {
    plan: [vaultPaths.plan(scope, request.plan), shape],
    decision: [vaultPaths.approval(scope, request.plan), approvalDocument],
  });
}
