/** Repairs the items of a plan that may be, in portions; who may is asked here each time, whatever the orchestration says. */
import type { EstateBlobStore } from '../contracts/estate.ts';
import type { RepairItem, RepairPlan } from '../contracts/repair.ts';
import { addressFromBlobName, layoutOf, type ContentAddress } from '../policy/content-address.ts';
import { Failure, failureFrom } from '../policy/failure.ts';
import type { RepairMode } from '../policy/repair.ts';
import { restoreBlob } from './blob-restorer.ts';
import type { Dependencies } from './dependencies.ts';
import { itemsOf, portionSeconds, storeOf } from './repair-plan.ts';
import type { Scoped } from './scope.ts';

const failuresTold = 20;

/** A plan, which of its items, and who said so. */
export interface Application {
  readonly plan: RepairPlan;
  readonly digest: string;
  readonly mode: RepairMode;
  readonly authority: string;
}

/** Repairs from an item on until the time is over. One that fails does not keep the others from being tried. */
export async function applyPortion(
  deps: Dependencies,
  here: Scoped,
  { plan, digest, mode, authority }: Application,
  from: number,
): Promise<{ done: number; failures: string[]; mayPass: boolean; next?: number }> {
  const items = itemsOf(plan, mode);
  const until = deps.clock.monotonicMilliseconds() + portionSeconds * 1000;
  const failures: Failure[] = [];
  let at = from;
  while (at < items.length && (at === from || deps.clock.monotonicMilliseconds() < until)) {
    const failure = await applyItem(deps, here, items[at] as RepairItem, { plan: digest, mode, authority });
    if (failure !== undefined) failures.push(failure);
    at += 1;
  }
  return {
    done: at - from,
    failures: failures.slice(0, failuresTold).map((failure) => failure.message),
    mayPass: failures.some((failure) => failure.retryable),
    ...(at < items.length ? { next: at } : {}),
  };
}

/** Why an item could not be done; undefined if there is an outcome. Throws if nothing can be recorded any more. */
async function applyItem(
  deps: Dependencies,
  here: Scoped,
  item: RepairItem,
  { plan, mode, authority }: { readonly plan: string; readonly mode: RepairMode; readonly authority: string },
): Promise<Failure | undefined> {
  const name = `${item.store}/${item.name}`;
  try {
    const store = storeOf(here, item.store);
    if (mode === 'automatic' && store.repair !== 'automatic')
      return new Failure(
        'refused',
        `${name}: the estate does not allow it by itself any more`,
        'Approve it.',
      );
    await restoreBlob(deps, here.scope, { plan, item, store, address: addressOf(store, item), authority });
    return undefined;
  } catch (thrown) {
    const { code, message, hint, retryable } = failureFrom(thrown);
    if (code === 'cannot-record' && retryable) throw thrown;
    return new Failure(code, `${name}: ${message}`, hint, { retryable });
  }
}

function addressOf(store: EstateBlobStore, item: RepairItem): ContentAddress {
  const address = addressFromBlobName(layoutOf(store), item.name);
  if (address !== undefined && address === item.address) return address;
  throw new Failure(
    'conflict',
    `${store.id}/${item.name} stands for another address than when the plan was made`,
    'The layout of the store was changed in the estate file; make a new plan.',
  );
}
