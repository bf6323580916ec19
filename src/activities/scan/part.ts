/**
 * One part of a shard: a portion of its listing, hashed by the fast scanner; what that handed back as doubtful is read
 * again with care by another way, and only that reading is a verdict. The records are written before the document that
 * makes them count, and that before the next part begins: a restart repeats one part at most.
 */
import pMap from 'p-map';
import { scanPart, type ScannedShard } from '../../contracts/scan.ts';
import { scanPartDocument, type ScanPartDocument } from '../../contracts/scan-documents.ts';
import { vaultPaths } from '../../contracts/vault-paths.ts';
import { addressFromDigest } from '../../policy/content-address.ts';
import { withoutMissing } from '../../policy/scrub-join.ts';
import type { ScrubRecords, ScrubState } from '../../policy/scrub-records.ts';
import { scrubRule, type ScanMode } from '../../policy/scrub.ts';
import type { ScannedPortion } from '../../ports/blob-scanner.ts';
import { implement, type Activity } from '../activity.ts';
import type { Dependencies } from '../dependencies.ts';
import { readKnown } from '../scrub-state.ts';
import { createOrRead, readDocument } from '../vault-documents.ts';
import { verifyBlob, type BlobVerdict } from '../verify-blob.ts';
import { writePartRecords } from './part-records.ts';
import { Tally } from './part-tally.ts';
import { readStrays } from './stray-part.ts';
import { scannedStore, secondsNow, shardLabel, type ScannedStore } from './stores.ts';

/** One part lists and hashes for this long: what a restart repeats, and well within the platform's limits. */
const partMilliseconds = 10_000;
/** And this many blobs, which bounds what is held in memory and what is read again with care. */
const partBlobs = 20_000;
const carefulReadings = 16;

export function scanPartActivities(deps: Dependencies): Activity[] {
  return [
    implement(scanPart, async ({ scan, mode, shard, position, ...input }) => {
      const scanned = scannedStore(deps, input);
      const label = shardLabel(shard);
      const path = vaultPaths.scanPart(scanned.of.scope, scan, scanned.store.id, label, position.part);
      const document =
        (await readDocument(deps.vault, path, scanPartDocument)) ??
        (await createOrRead(
          deps.vault,
          path,
          scanPartDocument,
          await readPart(deps, scanned, { scan, mode, shard, ...position }),
        ));
      return { counts: document.counts, ...(document.next === undefined ? {} : { next: document.next }) };
    }),
  ];
}

interface PartOrder {
  readonly scan: string;
  readonly mode: ScanMode;
  readonly shard: ScannedShard;
  readonly part: number;
  readonly token?: string | undefined;
}

async function readPart(
  deps: Dependencies,
  scanned: ScannedStore,
  order: PartOrder,
): Promise<ScanPartDocument> {
  const { of, store, compiled, layout, here } = scanned;
  const { scan, shard, part, token } = order;
  const limits = { milliseconds: partMilliseconds, blobs: partBlobs };
  if (shard.isStray) return readStrays(deps, scanned, order, limits);
  const known = withoutMissing((await readKnown(deps.vault, of, shard.range)).records);
  const { megabytesPerSecond, concurrency } = here.system.scrub;
  const bytesPerSecond =
    megabytesPerSecond === undefined ? undefined : (megabytesPerSecond * 1_000_000) / shard.readAtOnce;
  const rule = scrubRule(order.mode, shard.isDue, shard.cycle.startedAt, shard.cycle);
  const portion = await deps.scanner.scan({
    ...{ store, layout, token, known, concurrency, rule, ...limits },
    prefix: shard.leading === '' ? '' : compiled.prefixOf(shard.leading),
    pageSize: pageSizeOf(shard, bytesPerSecond),
    ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
  });
  const tally = new Tally(scanned);
  tally.strays(portion.strays.map(({ name }) => name));
  const records = await judged(deps, scanned, portion, tally);
  tally.records(records, known, portion, rule);
  const written = await writePartRecords(deps, of, { scan, shard: shardLabel(shard), part }, records);
  portion.records.release();
  return {
    schema: 'lifeboat/scan-part/v2',
    ...{ scan, store: store.id, shard: shardLabel(shard), counts: tally.counts },
    ...(portion.next === undefined ? {} : { next: { part: part + 1, token: portion.next } }),
    records: written,
    findings: tally.findings,
  };
}

/** What a page's blobs may hold together, so that a part ends not long after its time is over. */
const pageBytes = 256 * 1024 * 1024;
const pageSizes = { smallest: 20, unknown: 1_000, largest: 5_000 };

/** How many names a page of a shard has: fewer where blobs are large, or may be read slowly only. */
function pageSizeOf({ blobs, bytes }: ScannedShard, bytesPerSecond: number | undefined): number {
  if (bytes === 0 || blobs === 0) return pageSizes.unknown;
  const atThatPace = ((bytesPerSecond ?? Number.POSITIVE_INFINITY) * partMilliseconds) / 1000;
  const fitting = Math.floor((Math.min(pageBytes, atThatPace) * blobs) / bytes);
  return Math.min(pageSizes.largest, Math.max(pageSizes.smallest, fitting));
}

/** The portion's records with the careful verdicts on what was doubtful. */
async function judged(
  deps: Dependencies,
  { store, compiled }: ScannedStore,
  { records, doubtful }: ScannedPortion,
  tally: Tally,
): Promise<ScrubRecords> {
  // A page that was listed twice makes one blob doubtful twice.
  const once = new Map(doubtful.map((blob) => [blob.name, blob]));
  const verdicts = await pMap(
    once.values(),
    async (blob) => {
      const digest = new Uint8Array(compiled.digestBytes);
      if (!compiled.parse(blob.name, digest, 0)) throw new RangeError(`${blob.name} is under no address`);
      const address = addressFromDigest(store.algorithm, digest);
      return { blob, digest, ...(await verifyBlob(deps.contents, store, blob.name, address, blob)) };
    },
    { concurrency: carefulReadings },
  );
  for (const one of verdicts) {
    const index = records.find(one.digest);
    if (index < 0) throw new RangeError(`no record was made of ${one.blob.name}`);
    tally.judge(one.blob, one);
    // What was not read keeps the time at which it last was.
    const isRead = one.verdict !== 'unreadable' && one.verdict !== 'unstable';
    records.mark(index, stateOf(one.verdict), isRead ? secondsNow(deps) : records.verifiedAt(index));
  }
  // Listed and gone since: whether it had to be there is decided with all that was not listed.
  return withoutMissing(records);
}

function stateOf(verdict: BlobVerdict): ScrubState {
  if (verdict === 'ok' || verdict === 'transient') return 'ok';
  if (verdict === 'missing') return 'missing';
  return verdict === 'unreadable' || verdict === 'unstable' ? 'unread' : 'bad';
}
