/** The routes that start or change something. */
import { z } from 'zod';
import {
  cancelRestoreRequest,
  cancelRestoreResponse,
  planRestoreRequest,
  restorePlanResponse,
  startCycleRequest,
  startDrillRequest,
  startedResponse,
  startPruneRequest,
  startRepairRequest,
  startRestoreRequest,
  startScanRequest,
  startSnapshotRequest,
} from '../api.ts';
import {
  holdId,
  holdReleasedResponse,
  holdSetResponse,
  releaseHoldRequest,
  setHoldRequest,
} from '../holds.ts';
import { reapResponse } from '../reaper.ts';
import { shortId } from '../values.ts';
import { operators, type Route } from './route.ts';

const none = z.strictObject({});
const restoreId = z
  .string()
  .regex(/^restore-\d{8}T\d{6}Z$/, { error: 'must be a restore such as restore-20260301T013000Z' });

export const actingRoutes = {
  startCycle: {
    method: 'POST',
    path: 'cycles',
    summary: 'Starts the cycle of a system, or of every one in the region',
    roles: operators,
    query: none,
    body: startCycleRequest,
    answers: { 202: startedResponse },
  },
  startSnapshot: {
    method: 'POST',
    path: 'snapshots',
    summary: 'Starts a snapshot',
    roles: operators,
    query: none,
    body: startSnapshotRequest,
    answers: { 202: startedResponse },
  },
  startScan: {
    method: 'POST',
    path: 'scans',
    summary: 'Starts an integrity scan',
    roles: operators,
    query: none,
    body: startScanRequest,
    answers: { 202: startedResponse },
  },
  startPrune: {
    method: 'POST',
    path: 'prunes',
    summary: 'Starts a prune, or its dry run',
    roles: operators,
    query: none,
    body: startPruneRequest,
    answers: { 202: startedResponse },
  },
  startRepair: {
    method: 'POST',
    path: 'repairs',
    summary: 'Starts a repair of what a scan found damaged, or its dry run',
    roles: operators,
    query: none,
    body: startRepairRequest,
    answers: { 202: startedResponse },
  },
  startDrill: {
    method: 'POST',
    path: 'drills',
    summary: 'Starts a restore drill',
    roles: operators,
    query: none,
    body: startDrillRequest,
    answers: { 202: startedResponse },
  },
  reapDrillServers: {
    method: 'POST',
    path: 'drills/{system}/servers/reap',
    summary: 'Has what drills left behind removed now',
    roles: operators,
    params: z.strictObject({ system: shortId }),
    query: none,
    body: none,
    answers: { 200: reapResponse },
  },
  planRestore: {
    method: 'POST',
    path: 'restore-plans',
    summary: 'What a restore would do, lose and take; starts nothing',
    roles: operators,
    query: none,
    body: planRestoreRequest,
    answers: { 200: restorePlanResponse },
  },
  startRestore: {
    method: 'POST',
    path: 'restores',
    summary: 'Starts a restore into a new server',
    roles: operators,
    query: none,
    body: startRestoreRequest,
    answers: { 202: startedResponse },
  },
  cancelRestore: {
    method: 'POST',
    path: 'restores/{system}/{restore}/cancel',
    summary: 'Cancels a restore that has not ended',
    roles: operators,
    params: z.strictObject({ system: shortId, restore: restoreId }),
    query: none,
    body: cancelRestoreRequest,
    answers: { 202: cancelRestoreResponse },
  },
  setHold: {
    method: 'POST',
    path: 'holds',
    summary: 'Sets a legal hold; 200 where the same order set it before',
    roles: ['operator', 'approver'],
    query: none,
    body: setHoldRequest,
    answers: { 200: holdSetResponse, 201: holdSetResponse },
  },
  releaseHold: {
    method: 'POST',
    path: 'holds/{id}/release',
    summary: 'Releases a legal hold: what it kept may be deleted from then on',
    roles: ['approver'],
    params: z.strictObject({ id: holdId }),
    query: none,
    body: releaseHoldRequest,
    answers: { 200: holdReleasedResponse },
  },
} as const satisfies Record<string, Route>;
