/**
 * Who refers to blobs of a store: every retained recovery point by its inventories, and the live database. The blobs that
 * are asked about are held, never the references: those are read as they come, however many there are. What cannot be
 * read, or can be read in two ways, is told beside what was found: nothing is then known to be without reference.
 */
import type { DateTime } from 'luxon';
import type { RecoveryPoint } from '../../contracts/documents.ts';
import { instantOf } from '../../contracts/values.ts';
import { hexOf } from '../../policy/content-address.ts';
import type { Dependencies } from '../dependencies.ts';
import type { InventoryRun } from '../inventory-reader.ts';
import { InventoryRuns } from '../inventory.ts';
import { readReferences } from '../references.ts';
import type { ScannedStore } from '../scan/stores.ts';
import { databaseOf, serverHere } from '../scope.ts';
import type { Listings } from './points.ts';

/** By the digest in hex: who refers to it, at most some of them. */
export interface References {
  readonly by: ReadonlyMap<string, readonly string[]>;
  /** Recovery points and databases whose references could not be read, or not for certain. */
  readonly unread: readonly string[];
}

const namedAtMost = 4;
/** A point that is not listed any more and is older than so many windows is not one that anything is restored from. */
const windowsAtMost = 2;

/**
 * The points that count: all but those whose deletion is confirmed, and those that the provider no longer lists long
 * after their window. One whose deletion was only begun may still be restored.
 */
export function retainedPoints(
  points: readonly RecoveryPoint[],
  listings: Listings,
  now: DateTime,
  windowHours: number,
): RecoveryPoint[] {
  const isListed = ({ databases }: RecoveryPoint): boolean =>
    databases.some(({ server, backup }) => listings.get(server)?.some((one) => one.name === backup) === true);
  return points.filter(
    (point) =>
      point.tombstone?.confirmedAbsentAt === undefined &&
      (isListed(point) || instantOf(point.instant) > now.minus({ hours: windowHours * windowsAtMost })),
  );
}

/** Who refers to these digests (in hex) now. */
export async function referencesTo(
  deps: Dependencies,
  scanned: ScannedStore,
  digests: ReadonlySet<string>,
  points: readonly RecoveryPoint[],
): Promise<References> {
  const found = new Found(digests);
  for (const point of points) await found.guarded(point.id, () => readPoint(deps, scanned, point, found));
  for (const database of scanned.of.databases) await readLive(deps, scanned, database, found);
  return found;
}

/** Who refers to these digests (in hex) in the live databases alone. */
export async function liveReferencesTo(
  deps: Dependencies,
  scanned: ScannedStore,
  digests: ReadonlySet<string>,
): Promise<References> {
  const found = new Found(digests);
  for (const database of scanned.of.databases) await readLive(deps, scanned, database, found);
  return found;
}

class Found implements References {
  readonly by = new Map<string, string[]>();
  readonly unread: string[] = [];
  readonly #digests: ReadonlySet<string>;

  constructor(digests: ReadonlySet<string>) {
    this.#digests = digests;
  }

  note(digest: string, who: string): void {
    if (!this.#digests.has(digest)) return;
    const by = this.by.get(digest) ?? [];
    if (by.length < namedAtMost && !by.includes(who)) by.push(who);
    this.by.set(digest, by);
  }

  async guarded(who: string, read: () => Promise<boolean>): Promise<void> {
    const isRead = await read().catch(() => false);
    if (!isRead) this.unread.push(who);
  }
}

/** `false` if the point does not say of every database what it refers to in the store. */
async function readPoint(
  deps: Dependencies,
  { of }: ScannedStore,
  point: RecoveryPoint,
  found: Found,
): Promise<boolean> {
  const named = point.stores.filter((one) => one.store === of.store);
  for (const { inventory } of named) {
    const { path } = inventory;
    const reading = { path, algorithm: of.algorithm, expected: inventory, isResumable: false };
    const runs = await InventoryRuns.open(deps.vault, reading);
    try {
      for (let run = await runs.next(); run !== undefined; run = await runs.next())
        noteRun(found, run, of.digestBytes, point.id);
    } finally {
      await runs.close();
    }
  }
  return of.databases.every((database) => named.some((one) => one.database === database));
}

function noteRun(found: Found, { digests, length }: InventoryRun, digestBytes: number, who: string): void {
  const bytes = Buffer.from(digests.buffer, digests.byteOffset, digests.byteLength);
  for (let index = 0; index < length; index += 1)
    found.note(bytes.toString('hex', index * digestBytes, (index + 1) * digestBytes), who);
}

function readLive(
  deps: Dependencies,
  { here, store }: ScannedStore,
  database: string,
  found: Found,
): Promise<void> {
  return found.guarded(`the live database ${database}`, async () => {
    const { server, name } = databaseOf(here.region, database);
    const { address = '' } = await serverHere(deps, server);
    return deps.databases.withSession({ address, name }, async (session) => {
      await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      let isCertain = true;
      for await (const one of readReferences(session, store, database))
        if ('address' in one) found.note(hexOf(one.address), `the live database ${database}`);
        else isCertain = false; // It may be an address that is written in another way.
      await session.query('COMMIT');
      return isCertain;
    });
  });
}
