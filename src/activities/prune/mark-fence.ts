/**
 * The fence of the two looks: a plan may be carried out long after it was made, by a host that stood still while another
 * one went on looking. What counts then is not the plan's word but the marks as they stand: a blob goes only while its
 * row of looks is unbroken and as long as it must be. The references that are read right before are the last look.
 */
import { markWaitHours } from '../../policy/retention/content.ts';
import { policyFrom } from '../../policy/retention/effective.ts';
import { effectiveProtection } from '../estate-guard.ts';
import type { Dependencies } from '../dependencies.ts';
import type { ScannedStore } from '../scan/stores.ts';
import { hasInstants } from './gather-unreferenced.ts';
import { markKey, readMarks } from './marks.ts';

/** Of these names those that stand and whose row of looks was broken since the plan. What is gone needs no mark any more. */
export async function brokenRows(
  deps: Dependencies,
  { here, store }: ScannedStore,
  names: readonly string[],
): Promise<ReadonlySet<string>> {
  const { before } = await readMarks(deps, here.scope, store.id);
  const waitHours = markWaitHours(policyFrom(await effectiveProtection(deps, here.scope)), { hasInstants });
  const latest = deps.clock.now().minus({ hours: waitHours }).toSeconds();
  const broken = new Set<string>();
  for (const name of names) {
    const mark = before.unreferenced.get(markKey(name));
    if (mark !== undefined && mark.first <= latest) continue;
    if ((await deps.copies.current(store, name)) !== undefined) broken.add(name);
  }
  return broken;
}
