/**
 * Blobs of content stores that the last scan of everything found without reference, where their deletion is switched on.
 * Each is looked at again: whether it stands, since when as it is, who refers to it now. A look that could read all
 * references marks those that nobody refers to.
 */
import { DateTime } from 'luxon';
import pMap from 'p-map';
import type { EstateBlobStore } from '../../contracts/estate.ts';
import { addressFromBlobName, hexOf, type ContentAddress } from '../../policy/content-address.ts';
import type { StoreFacts } from '../../policy/retention/items.ts';
import { safetyMargins } from '../../policy/safety-margins.ts';
import type { BlobState } from '../../ports/blob-copies.ts';
import type { StorageKeeping } from '../../ports/database-servers.ts';
import type { Dependencies } from '../dependencies.ts';
import { findingsOf, newestWholeScan } from '../scan/findings.ts';
import { scannedStore, type ScannedStore } from '../scan/stores.ts';
import { databaseOf, storeHere } from '../scope.ts';
import type { Around, Found } from './gather.ts';
import { markKey, type StoreMarks } from './marks.ts';
import { referencesTo, retainedPoints, type References } from './references.ts';

const looksAtOnce = 16;
/** A flexible server can be brought back to any instant of its own retention. */
export const hasInstants = true;

/** A blob that may be without reference, as it stands. */
interface Candidate {
  readonly name: string;
  readonly address: ContentAddress;
  readonly state: BlobState;
}

export async function* gatherUnreferenced(around: Around): AsyncGenerator<Found> {
  const { deps, here, near, protection } = around;
  for (const store of here.region.blobStores) {
    const isOn = protection.stores.find((one) => one.id === store.id)?.deletesUnreferenced === true;
    const asked = near?.startsWith(`${store.id}/`) === true ? near.slice(store.id.length + 1) : undefined;
    if (near === undefined ? !isOn : asked === undefined) continue;
    await storeHere(deps, store);
    const scanned = scannedStore(deps, { ...here.scope, store: store.id });
    const names = asked === undefined ? await foundByScan(around, store.id) : { names: [asked], blobs: 1 };
    const candidates = await standing(deps, scanned, names.names);
    const marks = await around.marks(store.id);
    if (candidates.length > 0)
      yield* await foundOf(around, { scanned, marks, isOn, blobs: names.blobs }, candidates);
    else if (near === undefined) marks.looked.add('unreferenced');
  }
}

/** What the last scan of everything found without reference, as many as one plan can bear; and how many blobs there are. */
async function foundByScan(
  { deps, here }: Around,
  store: string,
): Promise<{ readonly names: readonly string[]; readonly blobs: number }> {
  const scan = await newestWholeScan(deps, here.scope);
  if (scan?.isWhole !== true || scan.outcome === 'failed') return { names: [], blobs: 0 };
  const names: string[] = [];
  for await (const findings of findingsOf(deps, here.scope, scan.id))
    for (const one of findings)
      if (one.store === store && one.verdict === 'unreferenced') names.push(one.name);
  const blobs = scan.stores.find((one) => one.store === store)?.counts.blobs ?? 0;
  // In the order of names, so that looks in a row are at the same ones.
  return { names: names.toSorted().slice(0, safetyMargins.contentDeletionsOfPlan), blobs };
}

async function standing(
  deps: Dependencies,
  { store, layout }: ScannedStore,
  names: readonly string[],
): Promise<Candidate[]> {
  const looked = await pMap(
    names,
    async (name): Promise<Candidate[]> => {
      const address = addressFromBlobName(layout, name);
      const state = address === undefined ? undefined : await deps.copies.current(store, name);
      return address === undefined || state === undefined ? [] : [{ name, address, state }];
    },
    { concurrency: looksAtOnce },
  );
  return looked.flat();
}

interface AboutStore {
  readonly scanned: ScannedStore;
  readonly marks: StoreMarks;
  readonly isOn: boolean;
  readonly blobs: number;
}

async function foundOf(
  around: Around,
  about: AboutStore,
  candidates: readonly Candidate[],
): Promise<Found[]> {
  const { deps, catalogue, listings, now, policy, near } = around;
  const { scanned, marks } = about;
  const points = retainedPoints(catalogue, listings, now, policy.windowHours);
  const digests = new Set(candidates.map(({ address }) => hexOf(address)));
  const references = await referencesTo(deps, scanned, digests, points);
  around.stores.push(factsOf(about, references, await keepingOf(deps, scanned.store)));
  const isWhole = references.unread.length === 0;
  if (isWhole && near === undefined) marks.looked.add('unreferenced');
  return candidates.map((one): Found => {
    const referencedBy = references.by.get(hexOf(one.address)) ?? [];
    const isFree = isWhole && referencedBy.length === 0;
    if (isFree) marks.found.unreferenced.add(markKey(one.name));
    const store = scanned.store.id;
    return {
      item: {
        ...{ kind: 'unreferenced-blob', id: `${store}/${one.name}`, store, blob: one.name },
        ...{ completedAt: one.state.modifiedAt, pins: around.pins, referencedBy },
        marks: referencedBy.length === 0 ? [...marksOf(marks, one.name), ...(isFree ? [now] : [])] : [],
      },
      place: { blob: { store, name: one.name, etag: one.state.version } },
    };
  });
}

/** The first and the last look in a row that found it without reference. */
function marksOf({ before }: StoreMarks, name: string): DateTime[] {
  const mark = before.unreferenced.get(markKey(name));
  if (mark === undefined) return [];
  return [mark.first, mark.last].map((seconds) => DateTime.fromSeconds(seconds, { zone: 'utc' }));
}

/** What the account keeps; what cannot be asked is taken for nothing. */
export async function keepingOf(
  deps: Dependencies,
  { accountId }: Pick<EstateBlobStore, 'accountId'>,
): Promise<StorageKeeping> {
  return deps.servers.storageKeeping(accountId).catch(() => ({ softDelete: false, versions: false }));
}

function factsOf(
  { scanned, isOn, blobs }: AboutStore,
  { unread }: References,
  { softDelete, versions }: StorageKeeping,
): StoreFacts {
  const { of, here, store } = scanned;
  return {
    ...{ store: store.id, deletesUnreferenced: isOn, blobs },
    ...{ hasSoftDelete: softDelete, hasVersioning: versions, unreadInventories: unread },
    servers: [...new Set(of.databases.map((database) => databaseOf(here.region, database).server))],
    hasInstants,
  };
}
