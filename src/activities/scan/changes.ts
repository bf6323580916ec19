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
  type ScanPartDocument,
} from '../../contracts/scan-documents.ts';
import type { ChangeLogSummary } from '../../contracts/change-records.ts';
import { isoOf } from '../../contracts/values.ts';
import { vaultPaths } from '../../contracts/vault-paths.ts';
import { implement, type Activity } from '../activity.ts';
import type { Dependencies } from '../dependencies.ts';
import { databaseOf, serverHere } from '../scope.ts';
import { changeDocument, createDocument, createOrRead, readDocument } from '../vault-documents.ts';
import { writeShardChanges } from './shard-changes.ts';
import { scannedStore, type ScannedStore } from './stores.ts';

const partName = 'changes';

export function changeActivities(deps: Dependencies): Activity[] {
  return [
    implement(verifyChanges, async ({ scan, ...input }) => {
      const scanned = scannedStore(deps, input);
      if (scanned.store.changeRecords === undefined) return { counts: noCounts };
      const path = vaultPaths.scanPart(scanned.of.scope, scan, scanned.store.id, partName, partName);
      const document =
        (await readDocument(deps.vault, path, scanPartDocument)) ??
        (await createOrRead(deps.vault, path, scanPartDocument, await verify(deps, scanned, scan)));
      return { counts: document.counts };
    }),
  ];
}

async function verify(deps: Dependencies, scanned: ScannedStore, scan: string): Promise<ScanPartDocument> {
  const { of, store, here } = scanned;
  const { changeRecords } = store;
  if (changeRecords === undefined) throw new RangeError(`${store.id} has no change records`);
  const database = databaseOf(here.region, changeRecords.database);
  const { address } = await serverHere(deps, database.server);
  const earlier = await readDocument(
    deps.vault,
    vaultPaths.changeHead(of.scope, store.id),
    changeHeadDocument,
  );
  // Certificates and their libraries are loaded where a store has change records: few have.
  const { verifyChangeLog } = await import('../change-records/verify-log.ts');
  const summary = await deps.databases.withSession(
    { address: address ?? '', name: database.name },
    async (session) => {
      await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      return verifyChangeLog(
        {
          session,
          store: { algorithm: store.algorithm, changeRecords },
          at: deps.clock.now(),
          earlierHead: earlier?.head,
          signatures: 'new',
        },
        async (log) => {
          await writeShardChanges(deps, scanned, scan, log);
          return log.summary;
        },
      );
    },
  );
  await keep(deps, scanned, scan, summary);
  return {
    schema: 'lifeboat/scan-part/v2',
    ...{ scan, store: store.id, shard: partName },
    counts: addCounts(noCounts, {
      unsigned: Object.values(summary.counts).reduce((sum, count) => sum + (count ?? 0), 0),
    }),
    findings: summary.findings.map(({ sequence, kind, what }) => ({
      ...{ store: store.id, verdict: 'unsigned' as const },
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
