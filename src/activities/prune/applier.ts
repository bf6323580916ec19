/** How things of a kind go: what each applier is given, and what several of them need. */
import type { EstateBlobStore } from '../../contracts/estate.ts';
import type { PruneItem } from '../../contracts/prune.ts';
import { Failure } from '../../policy/failure.ts';
import type { StoreAddress } from '../../ports/content-store.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Scoped } from '../scope.ts';

export interface Applier {
  /** What one of the kind is called. */
  readonly words: string;
  /** Looks at these once more and deletes what is still to go; what was refused or failed, one text for each. */
  readonly carryOut: (
    deps: Dependencies,
    here: Scoped,
    items: readonly PruneItem[],
    plan: string,
  ) => Promise<string[]>;
}

/** Those that are so, and the others; each in their order. */
export function partition<T>(all: readonly T[], is: (one: T) => boolean): readonly [T[], T[]] {
  return [all.filter(is), all.filter((one) => !is(one))];
}

/** Where an item is; throws `refused` where the plan does not say. */
export function placeOf<T>({ id }: PruneItem, place: T | undefined): T {
  if (place !== undefined) return place;
  throw new Failure('refused', `the plan does not say where ${id} is`, 'This is a defect of the plan.');
}

/** A store with its address, as the estate has it now. */
export function storeOf({ region }: Scoped, id: string): StoreAddress & Pick<EstateBlobStore, 'id'> {
  const store = region.blobStores.find((one) => one.id === id);
  if (store !== undefined) return { id, account: store.account, container: store.container };
  throw new Failure(
    'not-found',
    `the estate has no store ${id}`,
    'It was removed from the estate file since the plan was made.',
  );
}
