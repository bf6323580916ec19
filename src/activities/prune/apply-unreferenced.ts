/**
 * Blobs that nothing refers to go in steps. Before each step all references are read again, of every retained recovery
 * point and of the live database, and the marks; what is referred to, or was since the plan, stays. After each step the
 * live database is read once more: what somebody began to refer to meanwhile is brought back and told. Run again after a
 * kill at any point, a step comes to the same: what is gone and referred to is brought back, whoever deleted it.
 */
import type { PruneItem } from '../../contracts/prune.ts';
import { addressFromBlobName, hexOf } from '../../policy/content-address.ts';
import { Failure } from '../../policy/failure.ts';
import { policyFrom } from '../../policy/retention/effective.ts';
import { raise } from '../alerts.ts';
import { bringBack } from '../blob-return.ts';
import { deleteBlobs } from '../deleter/content.ts';
import type { Dependencies } from '../dependencies.ts';
import { effectiveProtection } from '../estate-guard.ts';
import { readCatalogue } from '../points.ts';
import { scannedStore, type ScannedStore } from '../scan/stores.ts';
import { storeHere, type Scoped } from '../scope.ts';
import { partition, placeOf, storeOf, type Applier } from './applier.ts';
import { keepingOf } from './gather-unreferenced.ts';
import { brokenRows } from './mark-fence.ts';
import { listAll } from './points.ts';
import { liveReferencesTo, referencesTo, retainedPoints, type References } from './references.ts';

export const unreferencedApplier: Applier = {
  words: 'blob',
  async carryOut(deps, here, items, plan) {
    const failures: string[] = [];
    for (const [store, own] of Map.groupBy(items, (item) => placeOf(item, item.blob).store))
      failures.push(...(await carryOutIn(deps, here, { store, plan }, own)));
    return failures;
  },
};

async function carryOutIn(
  deps: Dependencies,
  here: Scoped,
  { store, plan }: { readonly store: string; readonly plan: string },
  items: readonly PruneItem[],
): Promise<string[]> {
  const scanned = scannedStore(deps, { ...here.scope, store });
  await storeHere(deps, scanned.store);
  const refusal = await refusalIn(deps, here, scanned);
  if (refusal !== undefined) return items.map(({ id }) => `${id}: ${refusal}`);
  const nameOf = (item: PruneItem): string => placeOf(item, item.blob).name;
  const digestOf = (item: PruneItem): string => digestIn(scanned, nameOf(item));
  const digests = new Set(items.map(digestOf));
  const before = await allReferences(deps, here, scanned, digests);
  if (before.unread.length > 0)
    return items.map(({ id }) => `${id}: the references of ${before.unread.join(', ')} could not be read`);
  const [named, unnamed] = partition(items, (item) => before.by.has(digestOf(item)));
  const broken = await brokenRows(deps, scanned, unnamed.map(nameOf));
  const [begunAnew, free] = partition(unnamed, (item) => broken.has(nameOf(item)));
  const failures = await deleteBlobs(
    deps,
    here.scope,
    free.map((item) => {
      const { name, etag } = placeOf(item, item.blob);
      return { store: storeOf(here, store), name, etag, reason: item.sentence, plan };
    }),
  );
  const after = await liveReferencesTo(deps, scanned, digests);
  if (after.unread.length > 0)
    throw new Failure(
      'unavailable',
      `whether anybody refers to what was deleted of ${store} could not be read: ${after.unread.join(', ')}`,
      'The step is done again, and brings back what is referred to.',
    );
  const anew = free.filter((item) => after.by.has(digestOf(item)));
  const told = await restoreNamed(deps, here, scanned, [...named, ...anew]);
  // What failed anyway is told once.
  return [
    ...begunAnew.map(({ id }) => `${id}: looks since the plan did not all find it without reference`),
    ...failures.filter((one) => !anew.some(({ id }) => one.startsWith(`${id}:`))),
    ...told,
  ];
}

/** Why nothing of the store may be deleted now. */
async function refusalIn(
  deps: Dependencies,
  { scope }: Scoped,
  { store }: ScannedStore,
): Promise<string | undefined> {
  const { stores } = await effectiveProtection(deps, scope);
  if (stores.find((one) => one.id === store.id)?.deletesUnreferenced !== true)
    return `the deletion of unreferenced blobs of ${store.id} is not switched on any more`;
  const { softDelete, versions } = await keepingOf(deps, store);
  return softDelete || versions ? undefined : `${store.id} has neither soft delete nor versions any more`;
}

async function allReferences(
  deps: Dependencies,
  here: Scoped,
  scanned: ScannedStore,
  digests: ReadonlySet<string>,
): Promise<References> {
  const { points, damaged } = await readCatalogue(deps, here.scope);
  const { windowHours } = policyFrom(await effectiveProtection(deps, here.scope));
  const retained = retainedPoints(points, await listAll(deps, here), deps.clock.now(), windowHours);
  const { by, unread } = await referencesTo(deps, scanned, digests, retained);
  return { by, unread: [...damaged.map(({ path }) => path), ...unread] };
}

/** Brings back what is referred to and gone, and says of each why it is not deleted. */
async function restoreNamed(
  deps: Dependencies,
  here: Scoped,
  { store }: ScannedStore,
  items: readonly PruneItem[],
): Promise<string[]> {
  const { versions } = await keepingOf(deps, store);
  const told: string[] = [];
  const back: string[] = [];
  for (const item of items) {
    const { name } = placeOf(item, item.blob);
    const end = await bringBack(deps, here.scope, store, name, { versions });
    told.push(`${item.id}: it is referred to again${end === 'stands' ? '' : `, and ${end}`}`);
    if (end !== 'stands') back.push(`${item.id} ${end}`);
  }
  if (back.length > 0) await tellPeople(deps, here, back);
  return told;
}

async function tellPeople(deps: Dependencies, { scope }: Scoped, back: readonly string[]): Promise<void> {
  await raise(deps, scope, {
    key: 'blob-brought-back',
    severity: 'critical',
    title: `Somebody began to refer to blobs of ${scope.system} in ${scope.region} while they were deleted`,
    detail: back.slice(0, 5).join('; '),
    runbook: 'runbooks/prune-blocked.md',
  });
}

function digestIn({ layout }: ScannedStore, name: string): string {
  const address = addressFromBlobName(layout, name);
  if (address === undefined)
    throw new Failure('refused', `${name} is no address of the store`, 'This is a defect of the plan.');
  return hexOf(address);
}
