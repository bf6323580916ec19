/**
 * Brings a blob back that was deleted and is referred to again: its last version where the account keeps versions, the
 * soft-deleted blob elsewhere. It writes only where nothing stands, and looks afterwards whether something does.
 */
import type { EstateBlobStore } from '../contracts/estate.ts';
import type { Scope } from '../contracts/vault-paths.ts';
import { audited } from './audited.ts';
import type { Dependencies } from './dependencies.ts';

/** `stands`: there was nothing to bring back; else what was done, in words. */
export type Returned = 'stands' | 'it was brought back' | 'it could not be brought back';

export async function bringBack(
  deps: Dependencies,
  scope: Scope,
  store: EstateBlobStore,
  name: string,
  { versions }: { readonly versions: boolean },
): Promise<Returned> {
  if ((await deps.copies.current(store, name)) !== undefined) return 'stands';
  const target = `${store.id}/${name}`;
  const write = async (): Promise<boolean> => {
    if (versions) await writeLastVersion(deps, store, name);
    else await deps.blobWriter.undelete(store, name);
    return (await deps.copies.current(store, name)) !== undefined;
  };
  const isBack = await audited(deps, scope, { action: 'bring-blob-back', target }, write, (stands) => ({
    result: stands ? 'done' : 'failed',
    detail: { isBack: stands },
  }));
  return isBack ? 'it was brought back' : 'it could not be brought back';
}

async function writeLastVersion(deps: Dependencies, store: EstateBlobStore, name: string): Promise<void> {
  const versions = (await deps.copies.list(store, name)).filter(({ kind }) => kind === 'version');
  // Version ids are instants of one form.
  const last = versions.toSorted((a, b) => (a.id < b.id ? 1 : -1))[0];
  const content = last === undefined ? undefined : await deps.copies.open(store, name, last);
  if (content !== undefined) await deps.blobWriter.put(store, name, 'absent', content);
}
