/**
 * What is known of a store's blobs from one scan to the next: a packed document per shard, replaced by each scan. Shards
 * are split and joined as a store grows and shrinks: of the documents that cover a digest the one of the newest scan
 * decides, the others are passed over and left where they are. A damaged document says nothing: it is reported, and
 * nobody can say what should have been there. What an older document says of the same digests is still true of its time
 * and is used; the rest is re-hashed.
 */
import pMap from 'p-map';
import {
  rangeOfPath,
  scrubHeader,
  scrubPaths,
  type ScrubHeader,
  type ScrubShard,
} from '../contracts/scrub.ts';
import { instantOf } from '../contracts/values.ts';
import type { Scope } from '../contracts/vault-paths.ts';
import {
  allDigests,
  divide,
  inOrder,
  intersection,
  rangeName,
  shareOf,
  without,
  type DigestRange,
} from '../policy/digest-ranges.ts';
import { digestsOfRecords, PackedDigests } from '../policy/digest-sets.ts';
import { Failure, failureFrom } from '../policy/failure.ts';
import { joinRecords } from '../policy/scrub-join.ts';
import { recordBytes, ScrubRecords } from '../policy/scrub-records.ts';
import { totalsOf } from '../policy/scrub-totals.ts';
import type { KnownShard } from '../policy/scrub.ts';
import type { Vault, VaultStreams } from '../ports/vault.ts';
import { readPacked, readPackedHeader, writePacked, type PackedKind } from './packed-documents.ts';

/** The store that a state is of. */
export interface ScrubStore {
  readonly scope: Scope;
  readonly store: string;
  readonly algorithm: string;
  /** Length of a digest in bytes. */
  readonly digestBytes: number;
}

/** A document that cannot be read, and what of the range that was asked for it covers. */
export interface StateProblem {
  readonly path: string;
  readonly problem: string;
  readonly range: DigestRange;
}

/** What is known of a range. */
export interface KnownRecords {
  readonly records: ScrubRecords;
  /** When the newest of the documents was written, in seconds since 1970; 0 if there is none. */
  readonly seenAt: number;
  /** Where this is not empty nobody can say what should have been in those ranges. */
  readonly problems: readonly StateProblem[];
}

/** What an earlier scan knew of a range that its document decides: of a part of it, that part's share by size. */
export interface StateShard extends KnownShard {
  readonly scan: string;
  /** Whether its document knows of no blob that is bad, missing or unread. */
  readonly isSound: boolean;
}

const headersAtOnce = 8;

/** Writes what is known of a shard after a scan; `newer-stands` if a newer scan did so before. Records are in order. */
export async function writeScrubState(
  vault: Vault,
  of: ScrubStore,
  shard: ScrubShard,
  by: { readonly scan: string; readonly writtenAt: string },
  records: ScrubRecords,
): Promise<'written' | 'newer-stands'> {
  const digests = digestsOfRecords(records);
  if (!digests.isOrdered() || digests.bytesIn(shard.range).length !== records.bytes.length)
    throw new RangeError(`the records of shard "${shard.leading}" are not in order or not of it`);
  const { blobs, bytes, bad, unread, missing, oldest } = totalsOf(records, 0);
  const header: ScrubHeader = {
    schema: 'lifeboat/scrub/v1',
    ...of.scope,
    ...{ store: of.store, algorithm: of.algorithm, digestBytes: of.digestBytes },
    ...{ leading: shard.leading, range: shard.range, scan: by.scan, writtenAt: by.writtenAt },
    ...{ count: records.length, blobs, bytes, bad, unread, missing },
    ...(oldest === undefined ? {} : { oldest }),
  };
  const path = scrubPaths.state(of.scope, of.store, of.algorithm, shard.range);
  return writePacked(vault, path, stateKind(of, shard.range), header, records.bytes);
}

/** Before every scan there is. */
const noScan = { scan: 'scan-00000000T000000Z', writtenAt: '1970-01-01T00:00:00.000Z' };

/** Puts a document that knows nothing, and that every other one supersedes, in place of one that cannot be read. */
export async function replaceDamagedState(vault: Vault, of: ScrubStore, range: DigestRange): Promise<void> {
  const nothing = new ScrubRecords(new Uint8Array(0), of.digestBytes);
  await writeScrubState(vault, of, { leading: '', range }, noScan, nothing);
}

/** Reads what is known of a range, holding no more than that in memory however the store was divided before. */
export async function readKnown(
  vault: Vault & VaultStreams,
  of: ScrubStore,
  range: DigestRange,
): Promise<KnownRecords> {
  const { headers, problems } = await readHeaders(vault, of, range);
  const parts: { readonly range: DigestRange; readonly records: ScrubRecords }[] = [];
  let [rest, seenAt] = [[range], 0];
  for (const header of headers) {
    const pieces = rest.flatMap((piece) => intersection(piece, header.range) ?? []);
    if (pieces.length === 0) continue;
    try {
      parts.push(...(await readPieces(vault, of, header, pieces)));
      seenAt = Math.max(seenAt, Math.ceil(instantOf(header.writtenAt).toSeconds()));
      rest = rest.flatMap((piece) => without(piece, header.range));
    } catch (thrown) {
      problems.push(...pieces.map((piece) => problemFrom(thrown, pathOf(of, header.range), piece)));
    }
  }
  const sorted = parts.toSorted(inOrder).map((part) => part.records);
  return { records: joinRecords(sorted, of.digestBytes), seenAt, problems };
}

/** What is known of the whole store from the headers alone, in the order of ranges: what a scan is planned by. */
export async function readStateShards(
  vault: Vault & VaultStreams,
  of: ScrubStore,
): Promise<{ readonly shards: readonly StateShard[]; readonly problems: readonly StateProblem[] }> {
  const { headers, problems } = await readHeaders(vault, of, allDigests);
  const shards = divide(allDigests, headers).deciding.flatMap(({ of: header, pieces }) =>
    pieces.map((range): StateShard => {
      const share = shareOf(range) / shareOf(header.range);
      const { scan, oldest, blobs, bytes, bad, missing, unread } = header;
      const isSound = bad + missing + unread === 0;
      return {
        scan,
        isSound,
        range,
        oldest,
        blobs: Math.round(blobs * share),
        bytes: Math.round(bytes * share),
      };
    }),
  );
  return { shards: shards.toSorted(inOrder), problems };
}

/** The headers of all documents that touch a range, newest scan first. */
async function readHeaders(
  vault: Vault & VaultStreams,
  of: ScrubStore,
  range: DigestRange,
): Promise<{ headers: ScrubHeader[]; problems: StateProblem[] }> {
  const touching: { path: string; own: DigestRange; common: DigestRange }[] = [];
  for await (const path of vault.list(scrubPaths.states(of.scope, of.store, of.algorithm))) {
    const own = rangeOfPath(path);
    const common = own === undefined ? undefined : intersection(range, own);
    if (own !== undefined && common !== undefined) touching.push({ path, own, common });
  }
  const problems: StateProblem[] = [];
  const read = await pMap(
    touching,
    ({ path, own, common }) =>
      readPackedHeader(vault, path, stateKind(of, own)).catch((thrown: unknown) => {
        problems.push(problemFrom(thrown, path, common));
        return undefined;
      }),
    { concurrency: headersAtOnce },
  );
  return { headers: read.filter((header) => header !== undefined).toSorted(newestFirst), problems };
}

/** By scan; documents of one scan do not overlap, and in their order they leave the fewest pieces. */
function newestFirst(a: ScrubHeader, b: ScrubHeader): number {
  if (a.scan === b.scan) return inOrder(a, b);
  return a.scan < b.scan ? 1 : -1;
}

/** Reads the records of some pieces out of a document, in the order of the pieces. */
async function readPieces(
  vault: VaultStreams,
  of: ScrubStore,
  header: ScrubHeader,
  pieces: readonly DigestRange[],
): Promise<{ range: DigestRange; records: ScrubRecords }[]> {
  const chunks = pieces.map((): Uint8Array[] => []);
  const itemBytes = recordBytes(of.digestBytes);
  await readPacked(vault, pathOf(of, header.range), stateKind(of, header.range), (items) => {
    const records = new PackedDigests(items, of.digestBytes, itemBytes);
    for (const [index, piece] of pieces.entries()) {
      const inPiece = records.bytesIn(piece);
      // Copied, so that a few records do not keep the whole chunk that they came in.
      if (inPiece.length > 0) chunks[index]?.push(Uint8Array.from(inPiece));
    }
  });
  return pieces.map((range, index) => ({
    range,
    records: new ScrubRecords(Buffer.concat(chunks[index] ?? []), of.digestBytes),
  }));
}

function stateKind(of: ScrubStore, range: DigestRange): PackedKind<ScrubHeader> {
  return {
    schema: scrubHeader,
    itemBytes: recordBytes(of.digestBytes),
    problemOf: (header) => misplaced(header, of, range),
  };
}

/** What a header says of itself that its place does not; undefined: it stands where it belongs. */
export function misplaced(
  header: Pick<ScrubHeader, 'system' | 'region' | 'store' | 'algorithm' | 'digestBytes' | 'range'>,
  of: ScrubStore,
  range: DigestRange,
): string | undefined {
  const { system, region, store, algorithm, digestBytes } = header;
  const is = [system, region, store, algorithm, digestBytes, rangeName(header.range)].join(' ');
  const belongs = [
    of.scope.system,
    of.scope.region,
    of.store,
    of.algorithm,
    of.digestBytes,
    rangeName(range),
  ].join(' ');
  return is === belongs ? undefined : `it is of ${is}, and stands where that of ${belongs} belongs`;
}

const pathOf = (of: ScrubStore, range: DigestRange): string =>
  scrubPaths.state(of.scope, of.store, of.algorithm, range);

/** The problem in a failure to read a document; anything but damage is thrown on. */
function problemFrom(thrown: unknown, path: string, range: DigestRange): StateProblem {
  const failure = failureFrom(thrown);
  if (!(thrown instanceof Failure) || failure.code !== 'bad-document') throw thrown;
  return { path, problem: failure.message, range };
}
