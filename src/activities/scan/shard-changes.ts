/**
 * What the signed change records of a store say of the addresses of each shard, packed: written once the log was judged,
 * read where the shard is.
 */
import { changedHeader, type ChangedHeader } from '../../contracts/scan-documents.ts';
import { vaultPaths } from '../../contracts/vault-paths.ts';
import { digestOf } from '../../policy/content-address.ts';
import type { DigestRange } from '../../policy/digest-ranges.ts';
import { DatedDigests, DigestSet, PackedDigests, type DatedDigest } from '../../policy/digest-sets.ts';
import type { PlannedShard } from '../../policy/scrub-plan.ts';
import type { ChangedAddress } from '../change-records/changed-addresses.ts';
import type { Dependencies } from '../dependencies.ts';
import { readPacked, writePacked, type PackedKind } from '../packed-documents.ts';
import type { ScrubStore } from '../scrub-state.ts';
import { shardLabel, type ScannedStore } from './stores.ts';

/** What a log says of the addresses of a shard. */
export interface ShardChanges {
  /** Those that must be there. */
  readonly required: DigestSet;
  readonly deleted: DatedDigests;
}

const states = ['live', 'unproven', 'withheld', 'deleted'] as const;
/** Behind the digest: state (1 byte), time of the deletion (4 bytes, seconds since 1970, 0 for none). */
const changeBytes = 5;
const recordsName = 'changes';

/** Writes what a log says of the addresses of a shard, packed and in their order. */
export async function writeShardChanges(
  deps: Dependencies,
  of: ScrubStore,
  scan: string,
  planned: Pick<PlannedShard, 'leading'>,
  items: readonly Buffer[],
): Promise<void> {
  const shard = shardLabel(planned);
  const header: ChangedHeader = {
    schema: 'lifeboat/changed-addresses/v1',
    ...{ scan, store: of.store, shard, count: items.length },
  };
  const path = vaultPaths.scanRecords(of.scope, scan, of.store, shard, recordsName);
  const kind = kindOf({ scan, store: of.store, shard }, of.digestBytes);
  await writePacked(deps.vault, path, kind, header, Buffer.concat(items));
}

/** What a log says of an address, as `writeShardChanges` takes it. */
export function packChange({ address, state, deletedAt }: ChangedAddress): Buffer {
  const tail = Buffer.alloc(changeBytes);
  tail.writeUInt8(states.indexOf(state));
  tail.writeUInt32BE(deletedAt === undefined ? 0 : Math.floor(deletedAt.getTime() / 1000), 1);
  return Buffer.concat([digestOf(address), tail]);
}

function kindOf(
  of: { readonly scan: string; readonly store: string; readonly shard: string },
  digestBytes: number,
): PackedKind<ChangedHeader> {
  return {
    schema: changedHeader,
    itemBytes: digestBytes + changeBytes,
    problemOf: ({ scan, store, shard }) =>
      scan === of.scan && store === of.store && shard === of.shard
        ? undefined
        : 'it stands where that of another shard belongs',
  };
}

/** What the log of this scan says of a range of a shard; nothing where the store has none. */
export async function readShardChanges(
  deps: Dependencies,
  { of, store }: ScannedStore,
  { scan, shard, range }: { readonly scan: string; readonly shard: string; readonly range: DigestRange },
): Promise<ShardChanges> {
  const live: Uint8Array[] = [];
  const deleted: DatedDigest[] = [];
  if (store.changeRecords !== undefined) {
    const path = vaultPaths.scanRecords(of.scope, scan, store.id, shard, recordsName);
    const kind = kindOf({ scan, store: store.id, shard }, of.digestBytes);
    await readPacked(deps.vault, path, kind, (all) => {
      const items = Buffer.from(new PackedDigests(all, of.digestBytes, kind.itemBytes).bytesIn(range));
      for (let at = 0; at < items.length; at += kind.itemBytes) {
        const digest = Uint8Array.from(items.subarray(at, at + of.digestBytes));
        const tail = Buffer.from(items.subarray(at + of.digestBytes, at + kind.itemBytes));
        const state = states[tail.readUInt8()];
        if (state === 'live' || state === 'unproven') live.push(digest);
        if (state === 'deleted') deleted.push({ digest, at: tail.readUInt32BE(1) });
      }
    });
  }
  return {
    required: DigestSet.of(of.digestBytes, live),
    deleted: DatedDigests.of(of.digestBytes, deleted),
  };
}
