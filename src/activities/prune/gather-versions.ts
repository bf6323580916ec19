/**
 * Versions of blobs, every one of every store. The age of an earlier version counts from the moment at which it ceased to
 * be the blob's content: a good version is the first thing that a blob is repaired from, however long ago it was written.
 * When a blob was deleted no listing tells: its last version counts from the first look that found none current, and only
 * once a scan of everything has begun since, which says whether the blob must be there.
 */
import type { DateTime } from 'luxon';
import { DateTime as Luxon } from 'luxon';
import { instantOf } from '../../contracts/values.ts';
import type { BlobVersion } from '../../ports/content-store.ts';
import { newestWholeScan } from '../scan/findings.ts';
import { storeHere } from '../scope.ts';
import { prefixIn, type Around, type Found } from './gather.ts';
import { markKey, type StoreMarks } from './marks.ts';

export async function* gatherVersions(around: Around): AsyncGenerator<Found> {
  const { deps, here, near } = around;
  for (const store of here.region.blobStores) {
    const prefix = prefixIn(near, store.id);
    if (prefix === undefined) continue;
    await storeHere(deps, store);
    const marks = await around.marks(store.id);
    const scan = await newestWholeScan(deps, here.scope);
    const lookedAt = scan?.isWhole === true ? instantOf(scan.startedAt) : undefined;
    for await (const versions of byBlob(deps.contents.listVersions(store, prefix)))
      yield* foundOf(around, { store: store.id, damaged: await around.damaged(), marks, lookedAt }, versions);
    if (near === undefined) marks.looked.add('ended');
  }
}

interface AboutStore {
  readonly store: string;
  readonly damaged: ReadonlySet<string>;
  readonly marks: StoreMarks;
  /** When the last scan of everything began. */
  readonly lookedAt: DateTime | undefined;
}

function foundOf(around: Around, about: AboutStore, versions: readonly BlobVersion[]): Found[] {
  const { store, damaged } = about;
  // Version ids are instants of one form, so that their order as text is that of their age.
  const inOrder = versions.toSorted((a, b) => (a.version < b.version ? -1 : 1));
  return inOrder.map(({ name, version, at, isCurrent }, index): Found => {
    const next = inOrder[index + 1];
    const ended = isCurrent ? at : (next?.at ?? endOf(around, about, name));
    return {
      item: {
        ...{ kind: 'blob-version', id: `${store}/${name}@version-${version}`, completedAt: ended },
        ...{ store, blob: name, isCurrent, pins: around.pins },
        blobIsDamaged: damaged.has(`${store}/${name}`),
      },
      place: { version: { store, name, version } },
    };
  });
}

/** Since when a blob certainly has no content any more. */
function endOf({ now }: Around, { marks, lookedAt }: AboutStore, name: string): DateTime {
  const key = markKey(name);
  marks.found.ended.add(key);
  const first = marks.before.ended.get(key)?.first;
  if (first === undefined || lookedAt === undefined) return now;
  const at = Luxon.fromSeconds(first, { zone: 'utc' });
  return lookedAt > at ? at : now;
}

/** The versions of one blob after the other. */
async function* byBlob(listed: AsyncIterable<BlobVersion>): AsyncGenerator<readonly BlobVersion[]> {
  let own: BlobVersion[] = [];
  for await (const version of listed) {
    if (own[0] !== undefined && own[0].name !== version.name) {
      yield own;
      own = [];
    }
    own.push(version);
  }
  if (own.length > 0) yield own;
}
