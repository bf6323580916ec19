/** The result of an integrity scan: what its parts add up to, the verdict, the worst findings, and who is told. */
import { finalizeScan, type StoreOutcome } from '../../contracts/scan.ts';
import {
  addCounts,
  noCounts,
  scanDocument,
  scanSummaryDocument,
  type ScanDocument,
  type ScanSummaryDocument,
} from '../../contracts/scan-documents.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { judgeScan } from '../../policy/scan-verdict.ts';
import type { ScanMode } from '../../policy/scrub.ts';
import { implement, type Activity } from '../activity.ts';
import { raise, resolve } from '../alerts.ts';
import { notKept } from '../approved-scope.ts';
import type { Dependencies } from '../dependencies.ts';
import { readCatalogue } from '../points.ts';
import { scoped } from '../scope.ts';
import { retireDamaged } from '../scrub-retirement.ts';
import { createOrRead, readDocument } from '../vault-documents.ts';
import { scannedStore, secondsNow } from './stores.ts';
import { worstOf } from './summary.ts';

export function scanResultActivities(deps: Dependencies): Activity[] {
  return [
    implement(finalizeScan, async (facts) => {
      const path = vaultPaths.scan(facts, facts.scan);
      const summaries = await readSummaries(deps, facts);
      const document =
        (await readDocument(deps.vault, path, scanDocument)) ??
        (await createOrRead(deps.vault, path, scanDocument, await buildScan(deps, facts, summaries)));
      // After the result, which tells of what could not be read.
      if (document.isWhole) await retireWhatIsCovered(deps, facts, summaries);
      await tellPeople(deps, facts, document);
      const { outcome, detail, counts } = document;
      return { outcome, detail, counts, repairsItself: repairsItself(deps, facts, document) };
    }),
  ];
}

/** What a whole scan has looked at anew no longer depends on documents of earlier ones that cannot be read. */
async function retireWhatIsCovered(
  deps: Dependencies,
  facts: ScanFacts,
  summaries: Summaries,
): Promise<void> {
  for (const { store, failed } of facts.stores)
    if (failed === 0 && (summaries.get(store)?.unread ?? []).length > 0)
      await retireDamaged(deps, scannedStore(deps, { ...facts, store }).of, facts.scan);
}

/** Whether there is damage in a store whose estate entry says `repair: automatic`. */
function repairsItself(deps: Dependencies, scope: Scope, { stores }: ScanDocument): boolean {
  const automatic = scoped(deps, scope).region.blobStores.filter((store) => store.repair === 'automatic');
  const isDamaged = ({ counts }: ScanDocument['stores'][number]): boolean =>
    counts['digest-mismatch'] + counts['wrong-size'] + counts.missing > 0;
  return stores.some((one) => isDamaged(one) && automatic.some(({ id }) => id === one.store));
}

interface ScanFacts extends Scope {
  readonly scan: string;
  readonly mode: ScanMode;
  readonly part?: string | undefined;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly points: string[];
  readonly stores: readonly StoreOutcome[];
}

type Summaries = ReadonlyMap<string, ScanSummaryDocument>;

/** What was added up of each store; a store that was not even planned has failed by itself. */
async function readSummaries(deps: Dependencies, facts: ScanFacts): Promise<Summaries> {
  const summaries = new Map<string, ScanSummaryDocument>();
  for (const { store, summary } of facts.stores) {
    if (summary === undefined) continue;
    const path = vaultPaths.scanSummary(facts, facts.scan, store, summary);
    const document = await readDocument(deps.vault, path, scanSummaryDocument);
    if (document !== undefined) summaries.set(store, document);
  }
  return summaries;
}

async function buildScan(deps: Dependencies, facts: ScanFacts, summaries: Summaries): Promise<ScanDocument> {
  const { system, region } = scoped(deps, facts).scope;
  const { scan, mode, part, startedAt, endedAt, points } = facts;
  const counts = facts.stores.reduce((sum, store) => addCounts(sum, store.counts), noCounts);
  const lost = isWhole(deps, facts) ? await lostStores(deps, facts) : [];
  const incomplete = [...facts.stores.flatMap((store) => store.failures), ...lost];
  const { damaged } = await readCatalogue(deps, facts);
  const found = [...summaries.values()];
  const verdict = judgeScan({
    ...{ mode, counts, incomplete, points: points.length },
    unreadStates: found.flatMap(({ unread }) => unread),
    failedShards: facts.stores.reduce((sum, store) => sum + store.failed, lost.length),
    empty: facts.stores
      .filter((store) => part === undefined && store.counts.blobs === 0 && store.failed === 0)
      .map((store) => store.store),
    unreadPoints: damaged.map((one) => one.path),
  });
  return {
    schema: 'lifeboat/scan/v2',
    ...{ id: scan, system, region, mode, ...(part === undefined ? {} : { part }), startedAt, endedAt },
    isWhole: isWhole(deps, facts),
    ...verdict,
    ...{ points, counts },
    stores: facts.stores.map((store) => describeStore(deps, store, summaries.get(store.store))),
    findings: worstOf(found.flatMap(({ findings }) => findings)),
    incomplete,
  };
}

/** What of the approved stores this estate does not name any more: it was not looked at, and nobody approved that. */
async function lostStores(deps: Dependencies, scope: Scope): Promise<ScanDocument['incomplete']> {
  return (await notKept(deps, scope)).flatMap(({ store, sentence }) =>
    store === undefined
      ? []
      : [
          {
            store,
            shard: 'all',
            failure: `${sentence}, and nobody approved that; it cannot be kept meanwhile`,
          },
        ],
  );
}

function describeStore(
  deps: Dependencies,
  { store, counts, shards }: StoreOutcome,
  summary: ScanSummaryDocument | undefined,
): ScanDocument['stores'][number] {
  const oldest = summary?.oldest;
  return {
    ...{ store, counts, shards },
    ...(oldest === undefined ? {} : { debtSeconds: Math.max(0, secondsNow(deps) - oldest) }),
    ...(counts.knownBytes === 0 ? {} : { coverage: counts.cycleBytes / counts.knownBytes }),
  };
}

async function tellPeople(deps: Dependencies, scope: Scope, document: ScanDocument): Promise<void> {
  const where = `${scope.system} in ${scope.region}`;
  const runbook = 'runbooks/scan-damage.md';
  if (document.outcome === 'damaged') {
    const worst = document.findings
      .slice(0, 5)
      .map((one) => `${one.verdict}: ${one.store} ${one.name} (${one.detail})`);
    await raise(deps, scope, {
      key: 'scan-damage',
      severity: 'critical',
      title: `The integrity scan of ${where} found damage`,
      detail: `${document.detail}. ${worst.join('; ')}`,
      runbook,
    });
  }
  if (document.outcome === 'failed')
    await raise(deps, scope, {
      key: 'scan-failed',
      severity: 'warning',
      title: `The integrity scan of ${where} did not verify everything`,
      detail: document.detail,
      runbook,
    });
  if (!document.isWhole) return;
  if (document.outcome === 'clean') await resolve(deps, scope, 'scan-damage');
  if (document.outcome !== 'failed') await resolve(deps, scope, 'scan-failed');
}

/** Whether a scan looked at every blob of every store of its region. */
function isWhole(deps: Dependencies, { mode, part, stores, ...scope }: ScanFacts): boolean {
  const scanned = new Set(stores.map((one) => one.store));
  const isEvery = scoped(deps, scope).region.blobStores.every(({ id }) => scanned.has(id));
  return isEvery && part === undefined && mode !== 'new' && mode !== 'known-bad';
}
