/** What a scan found that a repair is for: all of it, or the blobs of one store, or those that a recovery point refers to. */
import { repairableVerdicts } from '../contracts/repair.ts';
import { scanDocument, type ScanFinding } from '../contracts/scan-documents.ts';
import { recoveryPoint, type RecoveryPoint } from '../contracts/documents.ts';
import type { EstateBlobStore } from '../contracts/estate.ts';
import { vaultPaths } from '../contracts/vault-paths.ts';
import { addressFromBlobName, layoutOf } from '../policy/content-address.ts';
import { Failure } from '../policy/failure.ts';
import type { Dependencies } from './dependencies.ts';
import { readInventory } from './inventory.ts';
import { findingsOf } from './scan/findings.ts';
import type { Scoped } from './scope.ts';
import { needDocument, readDocument } from './vault-documents.ts';

/** A blob that is damaged or missing. */
export interface RepairableFinding extends ScanFinding {
  readonly verdict: (typeof repairableVerdicts)[number];
}

/** Which findings a repair is for, where it is not for all of them. */
export interface NarrowedRepair {
  /** Only blobs that this recovery point refers to. */
  readonly point?: string | undefined;
  readonly store?: string | undefined;
}

/** Every such finding of a scan, each blob once, in the order of stores and names. */
export async function repairableFindings(
  deps: Dependencies,
  here: Scoped,
  scan: string,
  { point, store }: NarrowedRepair,
): Promise<RepairableFinding[]> {
  mustBeStore(here, store);
  const found = new Map<string, RepairableFinding>();
  for await (const findings of findingsOf(deps, here.scope, scan))
    for (const finding of findings)
      if (isRepairable(finding) && (store === undefined || finding.store === store))
        found.set(`${finding.store}/${finding.name}`, finding);
  const all = [...found.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, finding]) => finding);
  return point === undefined ? all : ofPoint(deps, here, all, await pointFor(deps, here, point, scan));
}

function isRepairable(finding: ScanFinding): finding is RepairableFinding {
  return (repairableVerdicts as readonly string[]).includes(finding.verdict);
}

function mustBeStore({ scope, region }: Scoped, store: string | undefined): void {
  const known = region.blobStores.map(({ id }) => id);
  if (store === undefined || known.includes(store)) return;
  throw new Failure(
    'not-found',
    `${scope.system} in ${scope.region} has no blob store "${store}"`,
    `Use one of: ${known.join(', ') || 'none'}.`,
  );
}

/** The point, if the scan looked for what it refers to. */
async function pointFor(
  deps: Dependencies,
  { scope }: Scoped,
  id: string,
  scan: string,
): Promise<RecoveryPoint> {
  const point = await readDocument(deps.vault, vaultPaths.point(scope, id), recoveryPoint);
  if (point === undefined || point.tombstone !== undefined)
    throw new Failure(
      'not-found',
      `${scope.system} in ${scope.region} has no recovery point ${id}`,
      'List them with: lifeboat points',
    );
  const { points } = await needDocument(deps.vault, vaultPaths.scan(scope, scan), scanDocument);
  if (points.includes(id)) return point;
  throw new Failure(
    'refused',
    `${scan} did not know ${id}: it did not look for every blob that the point refers to`,
    'Scan first, with: lifeboat scan run',
  );
}

/** The findings whose addresses stand in the inventories of the point, store by store. */
async function ofPoint(
  deps: Dependencies,
  { region }: Scoped,
  findings: readonly RepairableFinding[],
  point: RecoveryPoint,
): Promise<RepairableFinding[]> {
  const kept = new Set<RepairableFinding>();
  for (const store of region.blobStores) {
    const byAddress = addressesOf(store, findings);
    if (byAddress.size === 0) continue;
    for (const { inventory } of point.stores.filter((one) => one.store === store.id))
      for await (const { address } of readInventory(deps.vault, inventory.path, store.algorithm, inventory)) {
        const finding = byAddress.get(address);
        if (finding !== undefined) kept.add(finding);
      }
  }
  return findings.filter((one) => kept.has(one));
}

function addressesOf(
  store: EstateBlobStore,
  findings: readonly RepairableFinding[],
): Map<string, RepairableFinding> {
  const layout = layoutOf(store);
  return new Map(
    findings
      .filter((one) => one.store === store.id)
      .map((one) => [addressFromBlobName(layout, one.name) ?? '', one]),
  );
}
