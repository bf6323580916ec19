/** The restores that somebody must know of who looks at the status at night: what waits, what is at work, what is ready. */
import type { Dependencies } from '../activities/dependencies.ts';
import { readDocument } from '../activities/vault-documents.ts';
import type { SystemStatus } from '../contracts/api/status.ts';
import { slotClaim, type SlotClaim } from '../contracts/documents.ts';
import { restorePermit } from '../contracts/restore-request.ts';
import { restoreDocument } from '../contracts/restore.ts';
import { instantOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';

type RestoreNow = NonNullable<SystemStatus['restores']>[number];

/** A status reads few documents, however many restores there were. */
const mostRead = 10;
const toldForHours = 24;

/** Restores that have not ended, and those of the last day that made something which stands; nothing where none did. */
export async function viewRestoresNow(
  deps: Dependencies,
  scope: Scope,
): Promise<Pick<SystemStatus, 'restores'>> {
  const paths: string[] = [];
  for await (const path of deps.vault.list(vaultPaths.slots(scope, 'restore'))) paths.push(path);
  const restores: RestoreNow[] = [];
  for (const path of paths.slice(-mostRead).toReversed()) {
    const claim = await readDocument(deps.vault, path, slotClaim);
    const restore = claim === undefined ? undefined : await restoreNow(deps, scope, claim);
    if (restore !== undefined) restores.push(restore);
  }
  return restores.length === 0 ? {} : { restores };
}

async function restoreNow(
  deps: Dependencies,
  scope: Scope,
  { slot, instanceId: operation, claimedAt, finished }: SlotClaim,
): Promise<RestoreNow | undefined> {
  const id = `restore-${slot}`;
  if (finished === undefined) {
    const permit = await readDocument(deps.vault, vaultPaths.restorePermit(scope, id), restorePermit);
    const standing =
      permit === undefined
        ? { state: 'waiting' as const, since: claimedAt }
        : { state: 'at-work' as const, since: permit.at };
    return { id, operation, ...standing, where: [] };
  }
  if (deps.clock.now().diff(instantOf(finished.at)).as('hours') > toldForHours) return undefined;
  const end = await readDocument(deps.vault, vaultPaths.restore(scope, id), restoreDocument);
  if (end?.outcome !== 'ready' && end?.outcome !== 'doubtful') return undefined;
  const where =
    end.tables === undefined
      ? end.servers.flatMap(({ address }) => address ?? [])
      : [`schema ${end.tables.schema}`];
  return { id, operation, state: end.outcome, since: end.endedAt, where };
}
