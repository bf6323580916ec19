/** Every orchestration by the name under which functions/ registers it. */
import type { OrchestrationContext } from 'durable-functions';
import { cycle, cycleContract } from '../../src/workflows/cycle.ts';
import {
  integrityScan,
  scanContract,
  scanShard,
  scanShardContract,
} from '../../src/workflows/integrity-scan.ts';
import { prune, pruneContract } from '../../src/workflows/prune.ts';
import { removeServer, removeServerContract } from '../../src/workflows/remove-server.ts';
import { restoreDrill, restoreDrillContract } from '../../src/workflows/restore-drill.ts';
import { restoreServer, restoreServerContract } from '../../src/workflows/restore-server.ts';
import { snapshot, snapshotContract } from '../../src/workflows/snapshot.ts';
import type { Step } from '../../src/workflows/step.ts';
import { waitForOperation, waitForOperationContract } from '../../src/workflows/wait-for-operation.ts';

export const workflows: Readonly<Record<string, (ctx: OrchestrationContext) => Step<unknown>>> = {
  [cycleContract.name]: cycle,
  [scanContract.name]: integrityScan,
  [scanShardContract.name]: scanShard,
  [pruneContract.name]: prune,
  [removeServerContract.name]: removeServer,
  [restoreDrillContract.name]: restoreDrill,
  [restoreServerContract.name]: restoreServer,
  [snapshotContract.name]: snapshot,
  [waitForOperationContract.name]: waitForOperation,
};
