/** The routes that start or change something, but for restores. */
import { z } from 'zod';
import {
  startCycleRequest,
  startDrillRequest,
  startedResponse,
  startPruneRequest,
  startRepairRequest,
  startScanRequest,
  startSnapshotRequest,
} from '../api/runs.ts';
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
