/** Deciding on a restore that was asked for: another person's word, or one person's who goes on alone. */
import type { ApprovalDocument } from '../../contracts/documents.ts';
import type { Scope } from '../../contracts/vault-paths.ts';
import type { Dependencies } from '../dependencies.ts';
import { decideOn, goOnAloneWith, type Word } from '../matters/decide.ts';
import type { AloneFacts, Matter } from '../matters/matter.ts';
import { scoped } from '../scope.ts';
import { matterOf, readAskedBy } from './asked.ts';

/** Approves or rejects a restore; throws `refused` with the reason where the word would not count. */
export async function decideOnRestore(
  deps: Dependencies,
  scope: Scope,
  restore: string,
  word: Word & { readonly decision: ApprovalDocument['decision'] },
): Promise<ApprovalDocument> {
  return decideOn(deps, await matterBy(deps, scope, restore, word), word);
}

/** Writes down that one person goes on alone; throws `refused` where that is not allowed, or not yet. */
export async function goOnAlone(
  deps: Dependencies,
  scope: Scope,
  restore: string,
  word: Word,
): Promise<AloneFacts> {
  return goOnAloneWith(deps, await matterBy(deps, scope, restore, word), word);
}

async function matterBy(
  deps: Dependencies,
  scope: Scope,
  restore: string,
  { digest }: Word,
): Promise<Matter> {
  scoped(deps, scope);
  return matterOf(deps, scope, await readAskedBy(deps, scope, { restore, plan: digest }));
}
