/** The packed records of the parts of a shard, from their reading until the shard is judged. */
import { hash } from 'node:crypto';
import {
  partRecordsHeader,
  scanPartDocument,
  type PartRecordsHeader,
} from '../../contracts/scan-documents.ts';
import { vaultPaths } from '../../contracts/vault-paths.ts';
import { boundOf, rangeBetween, type DigestRange } from '../../policy/digest-ranges.ts';
import { PackedDigests } from '../../policy/digest-sets.ts';
import { joinRecords } from '../../policy/scrub-join.ts';
import { recordBytes, ScrubRecords } from '../../policy/scrub-records.ts';
import type { Dependencies } from '../dependencies.ts';
import { readPackedItems, writePacked, type PackedKind } from '../packed-documents.ts';
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

/** Which records of a shard are wanted: from a digest on, and how many at once. */
export interface RecordsWanted {
  readonly from: string;
  readonly most: number;
}

/** Records of a shard in order; `next` is the digest behind them, where there are more. */
export interface ShardRecords {
  readonly records: ScrubRecords;
  readonly next: string | undefined;
}

/**
 * What was found in a shard, from a digest on: everything unless that is too much, and then the first half of what may
 * be held. Undefined if the shard was not read to its end.
 */
export async function readShardRecords(
  deps: Dependencies,
  of: ScrubStore,
  { scan, shard }: Omit<PartName, 'part'>,
  { from, most }: RecordsWanted,
): Promise<ShardRecords | undefined> {
  let pending: ScrubRecords[] = [];
  let next: string | undefined;
  for (let part = 0; ; part += 1) {
    const path = vaultPaths.scanPart(of.scope, scan, of.store, shard, part);
    const document = await readDocument(deps.vault, path, scanPartDocument);
    if (document === undefined) return undefined;
    const range = rangeBetween(from, next);
    pending.push(await readPartRecords(deps, of, { scan, shard, part }, document.records ?? '', range));
    if (pending.reduce((sum, { length }) => sum + length, 0) > most) {
      const first = firstOf(joinRecords(pending, of.digestBytes), Math.ceil(most / 2));
      pending = [first.records];
      next = first.next ?? next;
    }
    if (document.next === undefined) return { records: joinedAlone(pending, of.digestBytes), next };
  }
}

/** The records of all parts; what the parts take is given back at once, where it is not the very same. */
function joinedAlone(parts: readonly ScrubRecords[], digestBytes: number): ScrubRecords {
  const joined = joinRecords(parts, digestBytes);
  for (const part of parts) if (part.bytes.buffer !== joined.bytes.buffer) part.release();
  return joined;
}

/** The first of many records, in bytes of their own. */
function firstOf(records: ScrubRecords, count: number): ShardRecords {
  if (records.length <= count) return { records, next: undefined };
  const bytes = Uint8Array.from(records.bytes.subarray(0, count * recordBytes(records.digestBytes)));
  return {
    records: new ScrubRecords(bytes, records.digestBytes),
    next: boundOf(records.digestAt(count)),
  };
}

async function readPartRecords(
  deps: Dependencies,
  of: ScrubStore,
  name: PartName,
  sum: string,
  range: DigestRange,
): Promise<ScrubRecords> {
  const { items } = await readPackedItems(deps.vault, pathOf(of, name, sum), kindOf(of, name), (some) =>
    new PackedDigests(some, of.digestBytes, recordBytes(of.digestBytes)).bytesIn(range),
  );
  return new ScrubRecords(items, of.digestBytes);
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
