/**
 * A blob that is not on the secondary: was it written after what the secondary is known to have, and is therefore lost with
 * the primary, or is it missing? The primary is asked when it was written.
 */
import type { EstateBlobStore } from '../contracts/estate.ts';
import type { DrillPlan } from '../contracts/documents.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import { failureFrom } from '../policy/failure.ts';
import { isNotReplicatedYet } from '../policy/region-loss.ts';
import type { Dependencies } from './dependencies.ts';

/** How it is judged, and by which instants. */
export interface AbsentFromSecondary {
  readonly verdict: 'missing' | 'not-replicated';
  readonly bytes: 0;
  readonly detail: string;
}

/** Judges it by the Last Sync Time of the plan; where an instant is not known it is missing. */
export async function absentFromSecondary(
  deps: Dependencies,
  replicas: NonNullable<DrillPlan['replicas']>,
  store: EstateBlobStore,
  name: string,
): Promise<AbsentFromSecondary> {
  const lastSyncAt = replicas.find((one) => one.store === store.id)?.lastSyncAt;
  const lastSync = lastSyncAt === undefined ? undefined : instantOf(lastSyncAt).toMillis();
  try {
    const current = await deps.copies.current(store, name);
    const written = current?.modifiedAt ?? current?.createdAt;
    const isLate = isNotReplicatedYet(written?.toMillis(), lastSync);
    const at = written === undefined ? 'it is not on the primary either' : `written ${isoOf(written)}`;
    const detail = `not on the secondary, which had everything until ${lastSyncAt ?? 'nobody knows when'}: ${at}`;
    return { verdict: isLate ? 'not-replicated' : 'missing', bytes: 0, detail };
  } catch (thrown) {
    const detail = `not on the secondary, and when it was written is not known: ${failureFrom(thrown).message}`;
    return { verdict: 'missing', bytes: 0, detail };
  }
}
