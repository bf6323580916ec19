/** Every orchestration by the name under which functions/ registers it. */
import type { OrchestrationContext } from 'durable-functions';
import { copyTables, copyTablesContract } from '../../src/workflows/copy-tables.ts';
import { cutOver, cutOverContract } from '../../src/workflows/cut-over.ts';
import { cycle, cycleContract } from '../../src/workflows/cycle.ts';
import { integrityScan, scanContract } from '../../src/workflows/integrity-scan.ts';
import { scanShard, scanShardContract } from '../../src/workflows/scan-shard.ts';
import { scanStore, scanStoreContract } from '../../src/workflows/scan-store.ts';
import { scanStores, scanStoresContract } from '../../src/workflows/scan-stores.ts';
import { playPointAlone, playPointContract } from '../../src/workflows/play-point.ts';
import { prune, pruneContract } from '../../src/workflows/prune.ts';
import { checkSeries, checkSeriesContract } from '../../src/workflows/check-series.ts';
import { childGroup, childGroupContract } from '../../src/workflows/child-group.ts';
import { takeManyParts, takePartsContract } from '../../src/workflows/take-parts.ts';
import { targetOperation, targetOperationContract } from '../../src/workflows/target-operation.ts';
import { startWhenFree, startWhenFreeContract } from '../../src/workflows/start-when-free.ts';
import { longCheck, longCheckContract } from '../../src/workflows/long-check.ts';
import { configureServer, configureServerContract } from '../../src/workflows/configure-server.ts';
import { removeServer, removeServerContract } from '../../src/workflows/remove-server.ts';
import { repair, repairContract } from '../../src/workflows/repair.ts';
import { waitForApproval, waitForApprovalContract } from '../../src/workflows/wait-for-approval.ts';
import { restore, restoreContract } from '../../src/workflows/restore.ts';
import { restoreDrill, restoreDrillContract } from '../../src/workflows/restore-drill.ts';
import { restoreServer, restoreServerContract } from '../../src/workflows/restore-server.ts';
import { snapshot, snapshotContract } from '../../src/workflows/snapshot.ts';
import type { Step } from '../../src/workflows/step.ts';
import { waitForCancel, waitForCancelContract } from '../../src/workflows/wait-for-cancel.ts';
import { waitForCutoverGo, waitForCutoverGoContract } from '../../src/workflows/wait-for-cutover-go.ts';
import { waitForGo, waitForGoContract } from '../../src/workflows/wait-for-go.ts';
import { waitForOperation, waitForOperationContract } from '../../src/workflows/wait-for-operation.ts';

export const workflows: Readonly<Record<string, (ctx: OrchestrationContext) => Step<unknown>>> = {
  [copyTablesContract.name]: copyTables,
  [cycleContract.name]: cycle,
  [scanContract.name]: integrityScan,
  [scanStoresContract.name]: scanStores,
  [scanStoreContract.name]: scanStore,
  [scanShardContract.name]: scanShard,
  [pruneContract.name]: prune,
  [repairContract.name]: repair,
  [waitForApprovalContract.name]: waitForApproval,
  [removeServerContract.name]: removeServer,
  [configureServerContract.name]: configureServer,
  [longCheckContract.name]: longCheck,
  [startWhenFreeContract.name]: startWhenFree,
  [targetOperationContract.name]: targetOperation,
  [takePartsContract.name]: takeManyParts,
  [checkSeriesContract.name]: checkSeries,
  [childGroupContract.name]: childGroup,
  [restoreContract.name]: restore,
  [waitForCancelContract.name]: waitForCancel,
  [waitForGoContract.name]: waitForGo,
  [cutOverContract.name]: cutOver,
  [waitForCutoverGoContract.name]: waitForCutoverGo,
  [restoreDrillContract.name]: restoreDrill,
  [playPointContract.name]: playPointAlone,
  [restoreServerContract.name]: restoreServer,
  [snapshotContract.name]: snapshot,
  [waitForOperationContract.name]: waitForOperation,
};
