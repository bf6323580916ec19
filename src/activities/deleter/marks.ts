/**
 * The mark of a deletion that is meant. It is written before the thing goes and kept afterwards, so that whoever comes
 * later, in this run or in another one, knows that it was meant and whether it is confirmed.
 */
import { tombstoneDocument, type TombstoneDocument } from '../../contracts/prune.ts';
import { isoOf } from '../../contracts/values.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { digestOf } from '../../policy/canonical-json.ts';
import type { Dependencies } from '../dependencies.ts';
import { changeDocument, createDocument } from '../vault-documents.ts';

/** Sets the mark, or closes it once the thing is confirmed absent. */
export async function bury(
  deps: Dependencies,
  scope: Scope,
  facts: Pick<TombstoneDocument, 'item' | 'kind' | 'reason'> & { readonly plan?: string | undefined },
  absent: boolean,
): Promise<void> {
  const at = isoOf(deps.clock.now());
  const path = vaultPaths.tombstone(scope, digestOf(facts.item));
  await createDocument(deps.vault, path, tombstoneDocument, {
    schema: 'lifeboat/tombstone/v1',
    at,
    ...facts,
  });
  if (absent)
    await changeDocument(deps.vault, path, tombstoneDocument, (mark) => ({
      ...mark,
      confirmedAbsentAt: mark.confirmedAbsentAt ?? at,
    }));
}

/** Whether its deletion was ever meant: the mark comes before it. */
export const isMarked = async (deps: Dependencies, scope: Scope, item: string): Promise<boolean> =>
  (await deps.vault.read(vaultPaths.tombstone(scope, digestOf(item)))) !== undefined;
