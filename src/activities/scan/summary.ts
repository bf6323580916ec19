/**
 * Adds up what was found in a store, shard by shard, a number of them in each activity. The documents of a shard's parts
 * and of its judgement lie beside each other, so that each shard costs one short listing, however many there are.
 */
import pMap, { pMapIterable } from 'p-map';
import { sumUpStore } from '../../contracts/scan.ts';
import {
  findingsInResult,
  scanPartDocument,
  scanSummaryDocument,
  type ScanFinding,
  type ScanPartDocument,
  type ScanPlanDocument,
  type ScanSummaryDocument,
  type ScanVerdict,
} from '../../contracts/scan-documents.ts';
import { vaultPaths } from '../../contracts/vault-paths.ts';
import { implement, type Activity } from '../activity.ts';
import type { Dependencies } from '../dependencies.ts';
import { createOrRead, needDocument, readDocument } from '../vault-documents.ts';
import { readScanPlan, shardsOf } from './plan.ts';
import { scannedStore, shardLabel, type ScannedStore } from './stores.ts';

const portionMilliseconds = 30_000;
const shardsAtOnce = 8;
const documentsAtOnce = 4;
const unreadNamed = 1_000;

/** `milliseconds` is how long one portion adds up. */
export function scanSummaryActivities(deps: Dependencies, milliseconds = portionMilliseconds): Activity[] {
  return [
    implement(sumUpStore, async ({ scan, portion, ...input }) => {
      const scanned = scannedStore(deps, input);
      const plan = await readScanPlan(deps, scanned.of.scope, scan, scanned.store.id);
      const labels = labelsOf(plan);
      const path = vaultPaths.scanSummary(scanned.of.scope, scan, scanned.store.id, portion);
      const summary =
        (await readDocument(deps.vault, path, scanSummaryDocument)) ??
        (await createOrRead(
          deps.vault,
          path,
          scanSummaryDocument,
          await sumUp(deps, scanned, plan, labels, { portion, milliseconds }),
        ));
      return { isDone: summary.shards >= labels.length };
    }),
  ];
}

/** A part of a store as its documents are named, and what is known of it if it was not judged. */
interface Label {
  readonly label: string;
  readonly oldest?: number | undefined;
}

function labelsOf(plan: ScanPlanDocument): Label[] {
  const oldest = new Map(plan.shards.map((shard) => [shardLabel(shard), shard.oldest]));
  const labels = shardsOf(plan).map(shardLabel);
  return [...labels, 'changes'].map((label) => ({ label, oldest: oldest.get(label) }));
}

async function sumUp(
  deps: Dependencies,
  scanned: ScannedStore,
  plan: ScanPlanDocument,
  labels: readonly Label[],
  { portion, milliseconds }: { readonly portion: number; readonly milliseconds: number },
): Promise<ScanSummaryDocument> {
  const { scope, store } = scanned.of;
  const until = deps.clock.monotonicMilliseconds() + milliseconds;
  let sum =
    portion === 0
      ? beginningOf(plan)
      : await needDocument(
          deps.vault,
          vaultPaths.scanSummary(scope, plan.scan, store, portion - 1),
          scanSummaryDocument,
        );
  do {
    const some = labels.slice(sum.shards, sum.shards + shardsAtOnce);
    const found = await pMap(some, (label) => sumOf(deps, scanned, plan.scan, label), {
      concurrency: shardsAtOnce,
    });
    sum = { ...sum, ...found.reduce(both, sum), shards: sum.shards + some.length };
  } while (sum.shards < labels.length && deps.clock.monotonicMilliseconds() < until);
  return sum;
}

type Sum = Pick<ScanSummaryDocument, 'findings' | 'unread' | 'oldest'>;

const nothing: Sum = { findings: [], unread: [] };

const beginningOf = ({ scan, store, unread, oldestElsewhere }: ScanPlanDocument): ScanSummaryDocument => ({
  schema: 'lifeboat/scan-summary/v1',
  ...{ scan, store, shards: 0, findings: [] },
  unread: unread.slice(0, unreadNamed),
  ...(oldestElsewhere === undefined ? {} : { oldest: oldestElsewhere }),
});

/** What the documents of one shard add up to; one that was not judged to its end is as old as it was before. */
async function sumOf(
  deps: Dependencies,
  { of }: ScannedStore,
  scan: string,
  { label, oldest }: Label,
): Promise<Sum> {
  const parts = pMapIterable(
    deps.vault.list(vaultPaths.scanPartsOf(of.scope, scan, of.store, label)),
    (path) => needDocument(deps.vault, path, scanPartDocument),
    { concurrency: documentsAtOnce },
  );
  let [sum, isJudged] = [nothing, false];
  for await (const part of parts) {
    sum = both(sum, sumOfPart(part));
    isJudged ||= part.judged !== undefined && part.judged.next === undefined;
  }
  return isJudged || oldest === undefined ? sum : both(sum, { ...nothing, oldest });
}

const sumOfPart = ({ findings, unread = [], judged }: ScanPartDocument): Sum => ({
  findings: worstOf(findings),
  unread,
  ...(judged?.oldest === undefined ? {} : { oldest: judged.oldest }),
});

function both(a: Sum, b: Sum): Sum {
  const times = [a.oldest, b.oldest].filter((time) => time !== undefined);
  return {
    findings: b.findings.length === 0 ? a.findings : worstOf([...a.findings, ...b.findings]),
    unread: [...new Set([...a.unread, ...b.unread])].slice(0, unreadNamed),
    ...(times.length === 0 ? {} : { oldest: Math.min(...times) }),
  };
}

const worstFirst: readonly ScanVerdict[] = [
  'missing',
  'digest-mismatch',
  'wrong-size',
  'unsigned',
  'unreadable',
  'unstable',
  'not-an-address',
  'unreferenced',
  'ok',
];

/** The worst findings, as many as a result holds. */
export function worstOf(findings: readonly ScanFinding[]): ScanFinding[] {
  const rank = ({ verdict }: ScanFinding): number => worstFirst.indexOf(verdict);
  return findings.toSorted((a, b) => rank(a) - rank(b)).slice(0, findingsInResult);
}
