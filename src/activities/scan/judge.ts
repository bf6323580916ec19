/**
 * Judges a shard that was read to its end, one that turned out much fatter than it was planned in pieces: what was found is held against what was known before, what the retained
 * recovery points expect and what signed change records say. What is known from now on is written last, so that an
 * activity that is run again before that comes to the same.
 */
import pMap from 'p-map';
import { finishShard, type ScannedShard } from '../../contracts/scan.ts';
import {
  addCounts,
  findingsInDocument,
  noCounts,
  scanPartDocument,
  type ScanCounts,
  type ScanPartDocument,
} from '../../contracts/scan-documents.ts';
import { isoOf } from '../../contracts/values.ts';
import { vaultPaths } from '../../contracts/vault-paths.ts';
import { rangeBetween, type DigestRange } from '../../policy/digest-ranges.ts';
import { noPoint, withRequired } from '../../policy/digest-sets.ts';
import { mergeShard, type MergeFacts, type MergeFinding, type Merged } from '../../policy/scrub-merge.ts';
import { joinRecords } from '../../policy/scrub-join.ts';
import { planLimits } from '../../policy/scrub-plan.ts';
import { ScrubRecordWriter, type ScrubRecords } from '../../policy/scrub-records.ts';
import { totalsOf } from '../../policy/scrub-totals.ts';
import { implement, type Activity } from '../activity.ts';
import type { Dependencies } from '../dependencies.ts';
import { readExpected, type ExpectedShard } from '../expected-digests.ts';
import { readKnown, writeScrubState } from '../scrub-state.ts';
import { createOrRead } from '../vault-documents.ts';
import { readShardRecords } from './part-records.ts';
import { readShardChanges } from './shard-changes.ts';
import { scannedStore, secondsNow, shardLabel, type ScannedStore } from './stores.ts';

const looksAtOnce = 16;
const partName = 'judged';
/** A shard of more records turned out fat, and is judged in pieces of so many: each of them is held in memory. */
const recordsAtOnce = 4 * planLimits.maxBlobsPerShard;

/** `most` is how many records are judged at once. */
export function scanJudgeActivities(deps: Dependencies, most = recordsAtOnce): Activity[] {
  return [
    implement(finishShard, async ({ scan, shard, from = shard.range.from, ...input }) => {
      const scanned = scannedStore(deps, input);
      const { of } = scanned;
      if (shard.isStray) return { counts: noCounts, isWhole: true };
      const found = await readShardRecords(deps, of, { scan, shard: shardLabel(shard) }, { from, most });
      if (found === undefined) return { counts: noCounts, isWhole: false };
      const range = rangeBetween(from, found.next ?? shard.range.to);
      const piece = { scan, shard, range, found: found.records };
      const judgement = await judge(deps, scanned, piece);
      const document = await writeJudgement(deps, scanned, piece, judgement, found.next);
      const by = { scan, writtenAt: isoOf(deps.clock.now()) };
      // From the next scan on the store is divided by what was known of each piece.
      await writeScrubState(deps.vault, of, { ...shard, range }, by, judgement.merged.records);
      // One shard follows the other, and each holds as much.
      for (const held of [found.records, judgement.merged.records, judgement.expected.digests])
        held.release();
      const next = found.next === undefined ? {} : { next: found.next };
      return { counts: document.counts, isWhole: true, ...next };
    }),
  ];
}

/** What is judged at once: the whole of a shard, or a piece of it. */
interface Piece {
  readonly scan: string;
  readonly shard: ScannedShard;
  readonly range: DigestRange;
  readonly found: ScrubRecords;
}

interface Judgement {
  readonly merged: Merged;
  readonly findings: readonly MergeFinding[];
  readonly expected: ExpectedShard;
  /** What earlier scans knew and cannot be read. */
  readonly unread: readonly string[];
}

/** What is not listed is asked for by name before it is called missing: a listing may be a moment old. */
async function judge(
  deps: Dependencies,
  scanned: ScannedStore,
  { scan, shard, range, found }: Piece,
): Promise<Judgement> {
  const { of, store } = scanned;
  const expected = await readExpected(deps.vault, of, shard, scan, range);
  const changes = await readShardChanges(deps, scanned, { scan, shard: shardLabel(shard), range });
  const known = await readKnown(deps.vault, of, range);
  const facts: Omit<MergeFacts, 'found'> = {
    ...{ previous: known.records, seenAt: known.seenAt },
    expected: withRequired(expected.digests, changes.required),
    newestPointAt:
      expected.newestPoint === undefined || !shard.arePointsWhole
        ? undefined
        : Math.floor(expected.newestPoint.toSeconds()),
    deletions: [changes.deleted],
    pointsDecide: store.changeRecords === undefined,
  };
  const first = merge({ ...facts, found });
  const there = await standing(deps, scanned, first.findings);
  const last =
    there.length === 0 ? first : merge({ ...facts, found: joinRecords([there, found], of.digestBytes) });
  return { ...last, expected, unread: known.problems.map((one) => one.problem) };
}

function merge(facts: MergeFacts): Pick<Judgement, 'merged' | 'findings'> {
  const findings: MergeFinding[] = [];
  const merged = mergeShard(facts, (finding) => findings.push(finding));
  return { merged, findings };
}

/** The blobs among the missing that are there all the same; they were made too late to be listed and are read next time. */
async function standing(
  deps: Dependencies,
  { of, store, compiled }: ScannedStore,
  findings: readonly MergeFinding[],
): Promise<ScrubRecords> {
  const there = new ScrubRecordWriter(of.digestBytes);
  const missing = findings.filter((finding) => finding.verdict === 'missing');
  const sizes = await pMap(
    missing,
    async ({ digest }) => {
      const content = await deps.contents.open(store, compiled.nameOf(digest));
      content?.stream.destroy();
      return content?.size;
    },
    { concurrency: looksAtOnce },
  );
  for (const [index, { digest }] of missing.entries()) {
    const size = sizes[index];
    if (size !== undefined)
      there.add({ digest, size, createdAt: secondsNow(deps), verifiedAt: 0, state: 'unread' });
  }
  return there.records();
}

function wordsOf(finding: MergeFinding, { points }: ExpectedShard): string {
  if (finding.verdict === 'unreferenced') return 'no retained recovery point refers to it';
  if (finding.because === 'inventory')
    return 'an earlier scan saw it, and nothing says that it was to be deleted';
  if (finding.point === noPoint) return 'a signed change record brought it in, and none took it back';
  const point = points[finding.point ?? -1]?.id ?? 'a recovery point';
  return finding.deletedAt === undefined
    ? `recovery point ${point} refers to it`
    : `recovery point ${point} refers to it, though it was deleted on record`;
}

/**
 * Writes what a shard came to, its findings spread over as many documents as they need; the one with the counts comes
 * last, and its being there says that the others are.
 */
async function writeJudgement(
  deps: Dependencies,
  { of, store, compiled }: ScannedStore,
  { scan, shard, range }: Piece,
  { merged, findings, expected, unread }: Judgement,
  next: string | undefined,
): Promise<ScanPartDocument> {
  const label = shardLabel(shard);
  const own = range.from === shard.range.from ? partName : `${partName}-from-${range.from}`;
  const write = (part: string, from: number, more: Partial<ScanPartDocument>): Promise<ScanPartDocument> =>
    createOrRead(deps.vault, vaultPaths.scanPart(of.scope, scan, of.store, label, part), scanPartDocument, {
      schema: 'lifeboat/scan-part/v2',
      ...{ scan, store: store.id, shard: label, counts: noCounts, ...more },
      findings: findings.slice(from, from + findingsInDocument).map((finding) => ({
        ...{ store: store.id, verdict: finding.verdict, name: compiled.nameOf(finding.digest) },
        detail: wordsOf(finding, expected),
      })),
    });
  for (let from = findingsInDocument, more = 1; from < findings.length; from += findingsInDocument, more += 1)
    await write(`${own}-${String(more).padStart(4, '0')}`, from, {});
  const counts = countsOf(merged, Math.max(0, secondsNow(deps) - shard.cycle.cycleSeconds));
  const { oldest } = totalsOf(merged.records, 0);
  const judged = {
    ...(oldest === undefined ? {} : { oldest }),
    ...(next === undefined ? {} : { next }),
  };
  return write(own, 0, { counts, judged, ...(unread.length === 0 ? {} : { unread: [...unread] }) });
}

/** `since`: where the cycle began, in seconds since 1970. */
function countsOf({ records, missing, unreferenced, deleted }: Merged, since: number): ScanCounts {
  const totals = totalsOf(records, since);
  return addCounts(noCounts, {
    ...{ missing, unreferenced, gone: deleted.byRecord + deleted.byPoints },
    ...{ knownBytes: totals.bytes, cycleBlobs: totals.verifiedBlobs, cycleBytes: totals.verifiedBytes },
  });
}
