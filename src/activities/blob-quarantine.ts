/** The quarantine of a repair: damaged bytes lie in the vault, read back, before anything is written over them. */
import { repairPaths } from '../contracts/repair.ts';
import type { Scope } from '../contracts/vault-paths.ts';
import { algorithmOf, hexOf } from '../policy/content-address.ts';
import { Failure } from '../policy/failure.ts';
import type { Dependencies } from './dependencies.ts';
import { hashOfStream } from './hash-content.ts';
import type { RepairSubject } from './repair-examine.ts';

/** Copies what a version of a blob holds into the vault; its path there. Throws unless the vault then holds just that. */
export async function keepDamaged(
  deps: Dependencies,
  scope: Scope,
  { store, name, address }: RepairSubject,
  now: { readonly version: string; readonly digest: string },
): Promise<string> {
  const path = repairPaths.quarantine(scope, store.id, hexOf(address), now.version);
  const content = await deps.contents.open(store, name, now.version);
  if (content === undefined)
    throw new Failure(
      'conflict',
      `${store.id}/${name} is gone while it is repaired`,
      'It is looked at again.',
      { retryable: true },
    );
  await deps.vault.createFrom(path, content.stream, 'application/octet-stream');
  const kept = await hashOfStream(algorithmOf(address), await deps.vault.open(path));
  if (kept.digest === now.digest) return path;
  throw new Failure(
    'cannot-record',
    `the quarantine ${path} holds ${kept.digest}, not the damaged content ${now.digest}`,
    'Nothing was written over. Look at the vault: move that document away, then repair again.',
    { retryable: false },
  );
}
