/** Deciding on a cutover that was asked for: another person's word, or one person's who goes on alone. */
import type { ApprovalDocument } from '../../contracts/documents.ts';
import type { Scope } from '../../contracts/vault-paths.ts';
import type { Dependencies } from '../dependencies.ts';
import { decideOn, goOnAloneWith, type Word } from '../matters/decide.ts';
import type { AloneFacts, Matter } from '../matters/matter.ts';
import { scoped } from '../scope.ts';
import { matterOfCutover, readAskedCutover } from './documents.ts';

/** Approves or rejects a cutover; throws `refused` with the reason where the word would not count. */
export async function decideOnCutover(
  deps: Dependencies,
  scope: Scope,
  cutover: string,
  word: Word & { readonly decision: ApprovalDocument['decision'] },
): Promise<ApprovalDocument> {
  return decideOn(deps, await matterBy(deps, scope, cutover, word), word);
}

/** Writes down that one person goes on alone; throws `refused` where that is not allowed, or not yet. */
export async function goOnAloneOver(
  deps: Dependencies,
  scope: Scope,
  cutover: string,
  word: Word,
): Promise<AloneFacts> {
  return goOnAloneWith(deps, await matterBy(deps, scope, cutover, word), word);
}

async function matterBy(
  deps: Dependencies,
  scope: Scope,
  cutover: string,
  { digest }: Word,
): Promise<Matter> {
  scoped(deps, scope);
  return matterOfCutover(deps, scope, await readAskedCutover(deps, scope, { cutover, plan: digest }));
}
