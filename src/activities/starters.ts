/**
 * Who began a run: whoever did cannot approve what it plans. The claim of its slot says so; a step of a cycle was begun by
 * whoever began the cycle, under the same stamp.
 */
import { slotClaim, type RunKind, type SlotClaim } from '../contracts/documents.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { personText } from '../policy/person-name.ts';
import type { Dependencies } from './dependencies.ts';
import { readDocument } from './vault-documents.ts';

export type Starter =
  | { readonly kind: 'person'; readonly by: string; readonly byName?: string | undefined }
  | { readonly kind: 'schedule' }
  /** By a version that did not keep it, or the claim was removed since. */
  | { readonly kind: 'unknown' };

/** Who began the run that a plan or a result is named by: `prune-20260301T010000Z`. */
export async function starterOf(deps: Dependencies, scope: Scope, run: string): Promise<Starter> {
  const [kind, slot] = run.split('-') as [RunKind, string];
  const read = (of: RunKind): Promise<SlotClaim | undefined> =>
    readDocument(deps.vault, vaultPaths.slot(scope, of, slot), slotClaim);
  const own = await read(kind);
  const claim = own === undefined || own.trigger === 'cycle' ? await read('cycle') : own;
  if (claim?.by !== undefined) return { kind: 'person', by: claim.by, byName: claim.byName };
  return { kind: claim?.trigger === 'schedule' ? 'schedule' : 'unknown' };
}

/** Those of them who are people, by their ids. */
export const peopleAmong = (starters: readonly Starter[]): string[] =>
  starters.flatMap((one) => (one.kind === 'person' ? [one.by] : []));

/** Who began it, in words. */
export function starterWords(starter: Starter): string {
  if (starter.kind === 'person') return `asked for by ${personText(starter.by, starter.byName)}`;
  return starter.kind === 'schedule' ? 'begun by the schedule' : 'who began it is not known';
}
