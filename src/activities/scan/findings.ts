/** Reading what scans found: the newest result, all findings of a scan, and the blobs that are known to be damaged. */
import { pMapIterable } from 'p-map';
import {
  scanDocument,
  scanPartDocument,
  type ScanDocument,
  type ScanFinding,
  type ScanPartDocument,
} from '../../contracts/scan-documents.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { Failure } from '../../policy/failure.ts';
import type { Dependencies } from '../dependencies.ts';
import { scoped } from '../scope.ts';
import { readKnown, readStateShards, type StateProblem } from '../scrub-state.ts';
import { readDocument } from '../vault-documents.ts';
import { scannedStore } from './stores.ts';

/** A part may hold tens of thousands of findings. */
const partsAtOnce = 4;

/** Every document of a scan's parts. */
export async function* partsOf(
  deps: Dependencies,
  scope: Scope,
  scan: string,
): AsyncGenerator<ScanPartDocument> {
  const parts = pMapIterable(
    deps.vault.list(vaultPaths.scanParts(scope, scan)),
    (path) => readDocument(deps.vault, path, scanPartDocument),
    { concurrency: partsAtOnce },
  );
  for await (const part of parts) if (part !== undefined) yield part;
}

/** Every finding of a scan, part by part. */
export async function* findingsOf(
  deps: Dependencies,
  scope: Scope,
  scan: string,
): AsyncGenerator<readonly ScanFinding[]> {
  for await (const { findings } of partsOf(deps, scope, scan)) if (findings.length > 0) yield findings;
}

/**
 * The blobs that are bad, missing or could not be read when they were last looked at, as `store/name`. Throws
 * `bad-document` where what is known of a store cannot be read: nothing is then known to be good.
 */
export async function damagedBlobs(deps: Dependencies, scope: Scope): Promise<ReadonlySet<string>> {
  const damaged = new Set<string>();
  for (const { id } of scoped(deps, scope).region.blobStores) {
    const { of, compiled } = scannedStore(deps, { ...scope, store: id });
    const { shards, problems } = await readStateShards(deps.vault, of);
    assertKnown(problems);
    for (const { range, isSound } of shards) {
      if (isSound) continue;
      const { records, problems: unread } = await readKnown(deps.vault, of, range);
      assertKnown(unread);
      for (let index = 0; index < records.length; index += 1)
        if (records.stateAt(index) !== 'ok') damaged.add(`${id}/${compiled.nameOf(records.digestAt(index))}`);
    }
  }
  return damaged;
}

function assertKnown([problem]: readonly StateProblem[]): void {
  if (problem !== undefined)
    throw new Failure('bad-document', problem.problem, 'Scan again: every blob is then read anew.');
}

/** The result of the newest scan of everything, or of any where there was none of everything. */
export async function newestWholeScan(deps: Dependencies, scope: Scope): Promise<ScanDocument | undefined> {
  const paths: string[] = [];
  for await (const path of deps.vault.list(vaultPaths.scans(scope))) paths.push(path);
  let newest: ScanDocument | undefined;
  for (const path of paths.toReversed()) {
    const scan = await readDocument(deps.vault, path, scanDocument);
    if (scan?.isWhole === true) return scan;
    newest ??= scan;
  }
  return newest;
}

/** The result of the newest scan; undefined if there was none. */
export async function newestScan(deps: Dependencies, scope: Scope): Promise<ScanDocument | undefined> {
  let newest: string | undefined;
  for await (const path of deps.vault.list(vaultPaths.scans(scope))) newest = path;
  return newest === undefined ? undefined : readDocument(deps.vault, newest, scanDocument);
}
