/** The packed records of the parts of a shard, from their reading until the shard is judged. */
import { hash } from 'node:crypto';
import {
  partRecordsHeader,
  scanPartDocument,
  type PartRecordsHeader,
} from '../../contracts/scan-documents.ts';
import { vaultPaths } from '../../contracts/vault-paths.ts';
import { joinRecords } from '../../policy/scrub-join.ts';
import { recordBytes, ScrubRecords } from '../../policy/scrub-records.ts';
import type { Dependencies } from '../dependencies.ts';
import { readPacked, writePacked, type PackedKind } from '../packed-documents.ts';
import type { ScrubStore } from '../scrub-state.ts';
import { readDocument } from '../vault-documents.ts';

/** A shard of a scan by its name in paths, and one of its parts. */
export interface PartName {
  readonly scan: string;
  readonly shard: string;
  readonly part: number;
}

const sumCharacters = 16;

/**
 * Writes what a part found, and returns what names it. Two attempts at one part may be at work at once and end at
 * different pages: each writes its own, and the part's document says which of them counts.
 */
export async function writePartRecords(
  deps: Dependencies,
  of: ScrubStore,
  name: PartName,
  records: ScrubRecords,
): Promise<string> {
  const sum = hash('sha256', records.bytes, 'hex').slice(0, sumCharacters);
  const header: PartRecordsHeader = {
    schema: 'lifeboat/scan-records/v1',
    ...{ ...name, store: of.store, count: records.length },
  };
  await writePacked(deps.vault, pathOf(of, name, sum), kindOf(of, name), header, records.bytes);
  return sum;
}

/** Everything that was found in a shard; undefined if it was not read to its end. */
export async function readShardRecords(
  deps: Dependencies,
  of: ScrubStore,
  { scan, shard }: Omit<PartName, 'part'>,
): Promise<ScrubRecords | undefined> {
  const parts: ScrubRecords[] = [];
  for (let part = 0; ; part += 1) {
    const path = vaultPaths.scanPart(of.scope, scan, of.store, shard, part);
    const document = await readDocument(deps.vault, path, scanPartDocument);
    if (document === undefined) return undefined;
    parts.push(await readPartRecords(deps, of, { scan, shard, part }, document.records ?? ''));
    if (document.next === undefined) return joinRecords(parts, of.digestBytes);
  }
}

async function readPartRecords(
  deps: Dependencies,
  of: ScrubStore,
  name: PartName,
  sum: string,
): Promise<ScrubRecords> {
  const chunks: Uint8Array[] = [];
  await readPacked(deps.vault, pathOf(of, name, sum), kindOf(of, name), (items) =>
    chunks.push(Uint8Array.from(items)),
  );
  return new ScrubRecords(Buffer.concat(chunks), of.digestBytes);
}

const pathOf = (of: ScrubStore, { scan, shard, part }: PartName, sum: string): string =>
  vaultPaths.scanRecords(of.scope, scan, of.store, shard, `${String(part).padStart(6, '0')}.${sum}`);

function kindOf(of: ScrubStore, name: PartName): PackedKind<PartRecordsHeader> {
  return {
    schema: partRecordsHeader,
    itemBytes: recordBytes(of.digestBytes),
    problemOf: (header) =>
      header.scan === name.scan &&
      header.store === of.store &&
      header.shard === name.shard &&
      header.part === name.part
        ? undefined
        : 'it stands where that of another part belongs',
  };
}
