/** What the scan's activities know of a store: where it is, how its names are read, how often it is to be re-hashed. */
import type { EstateBlobStore } from '../../contracts/estate.ts';
import type { Scope } from '../../contracts/vault-paths.ts';
import { compileLayout, type CompiledLayout } from '../../policy/address-layout.ts';
import { layoutOf, type AddressLayout } from '../../policy/content-address.ts';
import { Failure } from '../../policy/failure.ts';
import { secondsOf } from '../../policy/objectives.ts';
import { slotInterval } from '../../policy/schedule.ts';
import type { ScrubCycle } from '../../policy/scrub.ts';
import type { Dependencies } from '../dependencies.ts';
import type { ReferencedStore } from '../expected-digests.ts';
import { scoped, type Scoped } from '../scope.ts';

/** A store of the estate as it is scanned. */
export interface ScannedStore {
  readonly here: Scoped;
  readonly store: EstateBlobStore;
  readonly layout: AddressLayout;
  readonly compiled: CompiledLayout;
  /** As its state and what is expected of it are kept. */
  readonly of: ReferencedStore;
}

/** The store of an activity's input; throws `not-found` if the estate no longer has it. */
export function scannedStore(deps: Dependencies, input: Scope & { readonly store: string }): ScannedStore {
  const here = scoped(deps, input);
  const store = here.region.blobStores.find((one) => one.id === input.store);
  if (store === undefined)
    throw new Failure(
      'not-found',
      `the estate has no blob store "${input.store}" in ${input.region}`,
      `Use one of: ${here.region.blobStores.map((one) => one.id).join(', ') || 'none'}.`,
    );
  const layout = layoutOf(store);
  const compiled = compileLayout(layout);
  const of = {
    ...{ scope: here.scope, store: store.id, algorithm: store.algorithm, digestBytes: compiled.digestBytes },
    databases: [...new Set(store.references.map((reference) => reference.database))],
  };
  return { here, store, layout, compiled, of };
}

/** How often everything is to be re-hashed, and how often there is a chance to. */
export function scrubCycleOf(deps: Dependencies, { system }: Scoped): ScrubCycle {
  const cycleSeconds = secondsOf(system.scrub.cycle ?? system.retention.window);
  const intervalSeconds = slotInterval(system.schedules.scan, deps.clock.now()) ?? cycleSeconds;
  return { cycleSeconds, intervalSeconds };
}

/** Seconds since 1970 of this host's clock. */
export const secondsNow = (deps: Dependencies): number => Math.floor(deps.clock.now().toSeconds());

/** A shard's name in paths: leading characters are of the encodings' alphabets; those of all digests are `all`. */
export const shardLabel = (shard: { readonly leading: string; readonly isStray?: boolean }): string =>
  shard.isStray === true ? 'stray' : shard.leading === '' ? 'all' : `=${shard.leading}`;
