/**
 * The signed change records of a store, verified once the whole store was listed: a blob that was deleted while the
 * scan ran is then lawfully gone, and one that was made since is there when it is asked for by name. What the log says
 * of each address is written down by shards; a record that does not verify is a finding of its own.
 */
import { verifyChanges } from '../../contracts/scan.ts';
import {
  addCounts,
  changeHeadDocument,
  changeScanDocument,
  noCounts,
  scanPartDocument,
  type ChangeProgressDocument,
  type ScanPartDocument,
} from '../../contracts/scan-documents.ts';
import type { ChangeLogSummary } from '../../contracts/change-records.ts';
import { isoOf } from '../../contracts/values.ts';
import { vaultPaths } from '../../contracts/vault-paths.ts';
import { implement, type Activity } from '../activity.ts';
import type { Dependencies } from '../dependencies.ts';
import { databaseOf, serverHere } from '../scope.ts';
import { changeDocument, createDocument, createOrRead, readDocument } from '../vault-documents.ts';
import { bucketCount } from '../bucketed-documents.ts';
import { summaryOf } from '../change-records/findings.ts';
import type { ChangeLogOrder } from '../change-records/verify-log.ts';
import { divideChanges } from './change-division.ts';
import { judgeChanges, type JudgementBudget } from './change-judgement.ts';
import {
  readChangePortion,
  writeChangePortion,
  writeEvents,
  type ChangePortion,
  type ChangeState,
} from './change-portions.ts';
import { scannedStore, type ScannedStore } from './stores.ts';

const partName = 'changes';

/** How much of a log is read in one portion, its events being held in memory, and how long one activity goes on. */
export interface ChangeBudget {
  readonly milliseconds: number;
  readonly records: number;
}
const changeBudget: ChangeBudget = { milliseconds: 30_000, records: 200_000 };

export function changeActivities(deps: Dependencies, budget: ChangeBudget = changeBudget): Activity[] {
  return [
    implement(verifyChanges, async ({ scan, portion, ...input }) => {
      const scanned = scannedStore(deps, input);
      const { of, store } = scanned;
      if (store.changeRecords === undefined) return { counts: noCounts };
      const path = vaultPaths.scanPart(of.scope, scan, store.id, partName, partName);
      const until = deps.clock.monotonicMilliseconds() + budget.milliseconds;
      const isOver = (): boolean => deps.clock.monotonicMilliseconds() >= until;
      for (let next = portion; ; next += 1) {
        const standing = await readDocument(deps.vault, path, scanPartDocument);
        if (standing !== undefined) return { counts: standing.counts };
        if (next > portion && isOver()) return { next };
        const summary = await verify(deps, scanned, { of, scan, portion: next }, { ...budget, isOver });
        if (summary === undefined) continue;
        await keep(deps, scanned, scan, summary);
        await createOrRead(deps.vault, path, scanPartDocument, partOf(scan, store.id, summary));
      }
    }),
  ];
}

/** Goes on with a portion of the verification; what all of it came to, undefined while more is to be done. */
async function verify(
  deps: Dependencies,
  scanned: ScannedStore,
  at: ChangePortion,
  budget: JudgementBudget,
): Promise<ChangeLogSummary | undefined> {
  if ((await readChangePortion(deps, at)) !== undefined) return undefined;
  const before =
    at.portion === 0 ? undefined : await readChangePortion(deps, { ...at, portion: at.portion - 1 });
  if (before?.progress.isRead !== true)
    await writeChangePortion(deps, at, await readChanges(deps, scanned, at, before, budget));
  else if ((before.judged ?? 0) < bucketCount)
    await writeChangePortion(deps, at, await judgeChanges(deps, at, before, budget));
  else {
    const { isDone, divided } = await divideChanges(deps, scanned.of, at, before, budget);
    if (isDone) return summaryOf(before.progress, divided.addresses);
    const { progress, firstPortion, judged } = before;
    await writeChangePortion(deps, at, { ...{ progress, firstPortion, judged, divided }, statements: [] });
  }
  return undefined;
}

/** Reads the next records of the log; how far the verification is then. */
async function readChanges(
  deps: Dependencies,
  { of, store, here }: ScannedStore,
  at: ChangePortion,
  before: ChangeProgressDocument | undefined,
  budget: JudgementBudget,
): Promise<ChangeState> {
  const { changeRecords } = store;
  if (changeRecords === undefined) throw new RangeError(`${store.id} has no change records`);
  const earlierHead =
    before === undefined
      ? (await readDocument(deps.vault, vaultPaths.changeHead(of.scope, store.id), changeHeadDocument))?.head
      : before.earlierHead;
  // Certificates and their libraries are loaded where a store has change records: few have.
  const { beginLog, readLogPortion } = await import('../change-records/verify-log.ts');
  const database = databaseOf(here.region, changeRecords.database);
  const { address } = await serverHere(deps, database.server);
  const isOver = (records: number): boolean => records >= budget.records || budget.isOver();
  return deps.databases.withSession({ address: address ?? '', name: database.name }, async (session) => {
    await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const order: ChangeLogOrder = {
      ...{ session, store: { algorithm: store.algorithm, changeRecords }, at: deps.clock.now() },
      ...{ earlierHead, signatures: 'new' },
    };
    const read = await readLogPortion(order, before?.progress ?? beginLog(order), isOver);
    const { progress, events } = read.isAnew ? await readLogPortion(order, read.progress, isOver) : read;
    const named = await writeEvents(deps, at, events);
    return {
      ...{ progress, statements: [] },
      firstPortion: read.isAnew || before === undefined ? at.portion : before.firstPortion,
      ...(earlierHead === undefined ? {} : { earlierHead }),
      ...(named === undefined ? {} : { events: named }),
    };
  });
}

function partOf(scan: string, store: string, summary: ChangeLogSummary): ScanPartDocument {
  return {
    schema: 'lifeboat/scan-part/v2',
    ...{ scan, store, shard: partName },
    counts: addCounts(noCounts, {
      unsigned: Object.values(summary.counts).reduce((sum, count) => sum + (count ?? 0), 0),
    }),
    findings: summary.findings.map(({ sequence, kind, what }) => ({
      ...{ store, verdict: 'unsigned' as const },
      ...{ name: `change record ${sequence}`, detail: `${kind}: ${what}` },
    })),
  };
}

/** Keeps the summary with the scan, and how far the log reached for the next one. */
async function keep(
  deps: Dependencies,
  { of }: ScannedStore,
  scan: string,
  summary: ChangeLogSummary,
): Promise<void> {
  const path = vaultPaths.changeScan(of.scope, scan, of.store);
  await createDocument(deps.vault, path, changeScanDocument, {
    schema: 'lifeboat/change-scan/v1',
    ...{ scan, store: of.store, at: isoOf(deps.clock.now()), summary },
  });
  // A log that was cut or rewritten does not move the head by which that is seen.
  const isCut = (summary.counts.truncated ?? 0) + (summary.counts.rewritten ?? 0) > 0;
  if (summary.head === undefined || isCut) return;
  const document = {
    schema: 'lifeboat/change-head/v1' as const,
    ...{ scan, store: of.store, head: summary.head },
  };
  const headPath = vaultPaths.changeHead(of.scope, of.store);
  if (await createDocument(deps.vault, headPath, changeHeadDocument, document)) return;
  await changeDocument(deps.vault, headPath, changeHeadDocument, (standing) =>
    standing.scan > scan ? standing : document,
  );
}
