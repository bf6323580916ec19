/** What starts a run, and how a run goes. Long work answers 202 with the URL of its operation. */
import { z } from 'zod';
import { drillOrder } from '../drill.ts';
import { repairScope } from '../repair.ts';
import { scanOrder } from '../scan.ts';
import { progress } from '../cycle.ts';
import { scanId } from '../scrub.ts';
import { documentDigest, instant, regionName, shortId } from '../values.ts';

export const startCycleRequest = z.strictObject({
  system: shortId.optional(),
  cleanUpDelaySeconds: z.int().min(0).max(86_400).optional(),
});
export const startSnapshotRequest = z.strictObject({ system: shortId });
export const startScanRequest = z.strictObject({ system: shortId, ...scanOrder });
export const startPruneRequest = z.strictObject({
  system: shortId,
  dryRun: z.boolean().optional(),
  /** The digest of a plan that was held and is approved now. */
  plan: documentDigest.optional(),
});
export const startRepairRequest = z.strictObject({
  system: shortId,
  /** The scan whose findings are repaired; the newest one if none is named. */
  scan: scanId.optional(),
  ...repairScope,
  dryRun: z.boolean().optional(),
});
export const startDrillRequest = z.strictObject({
  system: shortId,
  ...drillOrder,
  cleanUpDelaySeconds: z.int().min(0).max(86_400).optional(),
});

/** A started run: where to ask how it goes. */
export const startedOperation = z.object({
  id: z.string(),
  kind: z.string(),
  system: shortId,
  region: regionName,
  statusUrl: z.string(),
});
export const startedResponse = z.object({ operations: z.array(startedOperation) });
export type StartedResponse = z.infer<typeof startedResponse>;

/** How a run goes. `progress` is the run's own word; `inner` that of the child at work now. */
export const operationView = z.object({
  id: z.string(),
  kind: z.string(),
  system: z.string(),
  region: z.string(),
  /** `suspended`: halted by the task hub's own API, until it is resumed there. */
  state: z.enum(['waiting', 'running', 'suspended', 'succeeded', 'failed', 'terminated']),
  startedAt: instant,
  updatedAt: instant,
  progress: progress.optional(),
  inner: progress.optional(),
  result: z.unknown().optional(),
  failure: z.string().optional(),
});
export type OperationView = z.infer<typeof operationView>;

/** How runs of an operation's kind usually go; `runs` is 0 where nothing is known. */
export const usualCourseResponse = z.object({
  runs: z.int().nonnegative(),
  seconds: z.number(),
  steps: z.array(z.object({ step: z.string(), seconds: z.number() })),
  /** Steps in which a person is waited for. */
  waits: z.array(z.string()).optional(),
});
export type UsualCourseResponse = z.infer<typeof usualCourseResponse>;
