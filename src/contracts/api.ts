/**
 * The HTTP API under `/api/v1`, as the app serves it and the CLI reads it. Long work answers 202 with the URL of its
 * operation; errors are problem documents (RFC 9457) with Lifeboat's failure code and a hint.
 */
import { z } from 'zod';
import { alertDocument, approvalDocument, pointId, recoveryPoint } from './documents.ts';
import { progress } from './cycle.ts';
import { drillOrder } from './drill.ts';
import { holdsSummary } from './holds.ts';
import { pruneDocument } from './prune.ts';
import { drillReport, objectiveTrend } from './report.ts';
import { restorePlan } from './restore-plan.ts';
import { breakGlassDocument, reasonGiven, restorePermit, restoreRequest } from './restore-request.ts';
import { restoreDocument, restoreName, restoreTo } from './restore.ts';
import { scanDocument, scanFinding } from './scan-documents.ts';
import { scanOrder } from './scan.ts';
import { scanId } from './scrub.ts';
import { documentDigest, instant, regionName, shortId } from './values.ts';

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
  dryRun: z.boolean().optional(),
});
export const startDrillRequest = z.strictObject({
  system: shortId,
  ...drillOrder,
  cleanUpDelaySeconds: z.int().min(0).max(86_400).optional(),
});

export const planRestoreRequest = z.strictObject({
  system: shortId,
  to: restoreTo,
  name: restoreName,
  /** One database alone; without it all of the system. */
  database: shortId.optional(),
});
/** The plan of a restore, and the digest by which it is asked for and approved. */
export const restorePlanResponse = z.object({ digest: documentDigest, plan: restorePlan });
export type RestorePlanResponse = z.infer<typeof restorePlanResponse>;
export const requestRestoreRequest = z.strictObject({
  system: shortId,
  /** The digest of the plan. */
  plan: documentDigest,
  reason: reasonGiven,
  /** The name of the new server, typed by whoever asks: it costs money and holds what is protected. */
  confirm: z.string(),
});
/** A word on a restore that was asked for: of which plan, and why. */
export const restoreWordRequest = z.strictObject({ digest: documentDigest, reason: reasonGiven });
/** A word that was taken down; the operation goes on by it once it has looked. */
export const restoreWordResponse = z.object({
  restore: z.string(),
  operation: z.string(),
  word: z.enum(['approved', 'rejected', 'break-glass']),
  by: z.string(),
  at: instant,
  /** Until when an approval counts. */
  expiresAt: instant.optional(),
});
export type RestoreWordResponse = z.infer<typeof restoreWordResponse>;
export const cancelRestoreRequest = z.strictObject({ reason: z.string().min(1).max(500) });
/** A cancellation that was taken down; the operation ends once what was made is removed. */
export const cancelRestoreResponse = z.object({ restore: z.string(), operation: z.string() });

/** A restore as it was planned and asked for, what was said to it, and what it came to once it has ended. */
export const restoreView = z.object({
  id: z.string(),
  operation: z.string(),
  request: restoreRequest.optional(),
  plan: restorePlan.optional(),
  decision: approvalDocument.optional(),
  breakGlass: breakGlassDocument.optional(),
  permit: restorePermit.optional(),
  end: restoreDocument.optional(),
});
/** Where the next page begins; left out on the last one. */
const continuation = z.string().optional();
export const restoresResponse = z.object({ restores: z.array(restoreView), continuation });
export type RestoreView = z.infer<typeof restoreView>;
export type RestoresResponse = z.infer<typeof restoresResponse>;

/** Which scenarios were played on which kind of recovery point. */
export const coverageResponse = z.object({
  region: regionName,
  at: instant,
  cells: z.array(
    z.object({
      kind: z.string(),
      scenario: z.string(),
      /** The newest drill that passed. */
      proof: z.object({ drill: z.string(), at: instant, ageSeconds: z.number() }).optional(),
      /** The newest that was played or tried. */
      last: z.object({ drill: z.string(), at: instant, result: drillReport.shape.result }).optional(),
    }),
  ),
  /** What a rotation plays next; left out where nothing can be played. */
  due: z.object({ kind: z.string(), scenario: z.string() }).optional(),
  /** When the schedule plays next, and what: `rotate` is what is due then. */
  scheduled: z.object({ scenario: z.string(), at: instant.optional() }),
});
export type CoverageResponse = z.infer<typeof coverageResponse>;

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
  state: z.enum(['waiting', 'running', 'succeeded', 'failed', 'terminated']),
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

/** What the last drill came to, taken from its report. */
export const drillSummary = drillReport
  .pick({ id: true, finalizedAt: true, result: true, reasons: true, statuses: true, timeline: true })
  .extend({
    point: pointId,
    rpo: drillReport.shape.recovery.shape.rpo,
    rto: drillReport.shape.recovery.shape.rto,
    rtoBreakdownSeconds: drillReport.shape.recovery.shape.rtoBreakdownSeconds,
    checks: z.object({ passed: z.int(), total: z.int() }),
    findings: z.int(),
    /** Whether a signature lies beside the report. */
    signed: z.boolean().optional(),
    /** Paths in the vault. */
    report: z.string(),
    markdown: z.string(),
  });
export type DrillSummary = z.infer<typeof drillSummary>;

/** What the newest scan came to. */
export const scanSummary = scanDocument
  .pick({ id: true, endedAt: true, outcome: true, detail: true, counts: true, stores: true })
  .partial({ stores: true })
  .extend({ worst: z.array(scanFinding) });
export type ScanSummary = z.infer<typeof scanSummary>;

/** Findings of a scan: one page of them. */
export const scanFindingsResponse = z.object({
  scan: scanDocument.omit({ findings: true }),
  findings: z.array(scanFinding),
  continuation,
});
export type ScanFindingsResponse = z.infer<typeof scanFindingsResponse>;

/** Why something is still there, or why it is gone; `unknown` names what is called nearly so. */
export const explanationResponse = z.object({
  id: z.string(),
  state: z.enum(['present', 'deleting', 'gone', 'missing', 'unknown']),
  headline: z.string(),
  /** What was said and done, in the order of time. */
  statements: z.array(z.object({ at: instant, text: z.string() })),
  nearest: z.array(z.string()),
});
export type ExplanationResponse = z.infer<typeof explanationResponse>;

/** What the newest prune came to. */
export const pruneSummary = pruneDocument.pick({
  id: true,
  endedAt: true,
  dryRun: true,
  outcome: true,
  detail: true,
  deleted: true,
  left: true,
  kept: true,
});
export type PruneSummary = z.infer<typeof pruneSummary>;

/** Whether a schedule's newest slot was served in time. */
export const freshnessView = z.object({
  kind: z.string(),
  state: z.enum(['not-yet', 'on-time', 'due', 'late']),
  slot: instant.optional(),
  lateAt: instant.optional(),
  because: z.string().optional(),
});

const pointAge = z.object({ id: pointId, instant, seconds: z.number() });
/** How much would be lost if everything went now; see `policy/exposure.ts`. */
export const exposureView = z.object({
  at: instant,
  /** The RPO that was approved. */
  objectiveSeconds: z.number(),
  verdict: z.enum(['within', 'over', 'nothing-proven', 'unknown']),
  /** The newest proven recovery point that can still be restored; its age is the exposure. */
  proven: pointAge.extend({ provenAt: instant, drill: z.string() }).optional(),
  /** The newest one that can be restored and that no drill has proven. */
  unproven: pointAge.optional(),
  /** Points that count no more, newest first. */
  notCounted: z.array(
    z.object({
      id: pointId,
      why: z.enum(['given-up', 'future-dated', 'refuted', 'incomplete', 'out-of-reach']),
    }),
  ),
  /** What could not be found out; the exposure may be larger then. */
  doubts: z.array(z.string()),
});
export type ExposureView = z.infer<typeof exposureView>;

/** One system in one region at a glance. */
export const systemStatus = z.object({
  system: shortId,
  name: z.string(),
  region: regionName,
  criticality: z.string(),
  objectives: z.object({ rpoSeconds: z.number(), rtoSeconds: z.number() }),
  points: z.object({ count: z.int(), damaged: z.array(z.string()) }),
  newestPoint: z
    .object({ id: pointId, kind: z.string(), instant, ageSeconds: z.number(), provenAt: instant.optional() })
    .optional(),
  /** An app of an earlier version does not tell it. */
  exposure: exposureView.optional(),
  drill: drillSummary.optional(),
  /** Why the last drill's report cannot be shown, if it cannot. */
  drillUnreadable: z.string().optional(),
  scan: scanSummary.optional(),
  prune: pruneSummary.optional(),
  freshness: z.array(freshnessView).default([]),
  /** Legal holds, where there are any. */
  holds: holdsSummary.optional(),
  alerts: z.array(
    alertDocument.pick({
      key: true,
      severity: true,
      title: true,
      detail: true,
      runbook: true,
      firstAt: true,
      count: true,
    }),
  ),
  /** What is wrong with each document that could not be read for this status; what it would show is left out. */
  unreadable: z.array(z.string()).optional(),
  /** Runs that were claimed and have not ended. */
  running: z.array(z.object({ id: z.string(), kind: z.string() })).default([]),
  next: z.object({
    snapshot: instant.optional(),
    scan: instant.optional(),
    prune: instant.optional(),
    drill: instant.optional(),
  }),
});
export type SystemStatus = z.infer<typeof systemStatus>;

export const statusResponse = z.object({
  schema: z.literal('lifeboat/status/v1'),
  region: regionName,
  at: instant,
  softwareVersion: z.string(),
  vault: z.string(),
  systems: z.array(systemStatus),
  /** Systems that are gone from the estate, which nobody has approved. */
  unprotected: z
    .array(z.object({ system: shortId, since: instant.optional(), detail: z.string() }))
    .optional(),
});
export type StatusResponse = z.infer<typeof statusResponse>;

export const pointsResponse = z.object({
  points: z.array(recoveryPoint),
  /** Those that a legal hold keeps from being deleted now. */
  held: z.array(pointId).optional(),
  damaged: z.array(z.object({ path: z.string(), problem: z.string() })),
  continuation,
});
export type PointsResponse = z.infer<typeof pointsResponse>;

/** The newest reports of a system. */
export const reportsResponse = z.object({
  reports: z.array(
    z.object({
      id: z.string(),
      signed: z.boolean(),
      /** Its place in the chain; those of version 1 have none. */
      number: z.int().optional(),
      finalizedAt: instant.optional(),
      result: drillReport.shape.result.optional(),
      point: pointId.optional(),
      unreadable: z.string().optional(),
    }),
  ),
  /** How many more there are. */
  older: z.int().nonnegative(),
  continuation,
});
export type ReportsResponse = z.infer<typeof reportsResponse>;

const achieved = z.object({
  objectiveSeconds: z.number(),
  /** Left out where it could not be measured. */
  seconds: z.number().optional(),
  verdict: drillReport.shape.recovery.shape.rpo.shape.verdict,
});

/** Whether a report is what its signature says; `unknown`: something to verify it with is not there. */
export const signatureStanding = z.object({
  state: z.enum(['verified', 'unsigned', 'not-verified', 'unknown']),
  /** What is wrong with it, or missing. */
  problems: z.array(z.string()),
});

/** One report in the history of a system. */
export const historyReport = z.object({
  number: z.int().positive(),
  drill: z.string(),
  declaredAt: instant,
  scenario: z.string(),
  point: pointId,
  result: drillReport.shape.result,
  rpo: achieved,
  rto: achieved,
  signature: signatureStanding,
});
export type HistoryReport = z.infer<typeof historyReport>;

const figures = z.object({
  measured: z.int().positive(),
  minimum: z.number(),
  median: z.number(),
  worst: z.number(),
  trend: objectiveTrend,
});

/** How many reports a page of the history may have. */
export const historyLimit = z.int().min(1).max(100);
/** The number that a page of the history ends before. */
export const historyBefore = z.int().min(1).max(99_999_999);

/** RPO and RTO of a system over its drills: one page of its chain of reports. */
export const reportHistoryResponse = z.object({
  schema: z.literal('lifeboat/report-history/v1'),
  system: shortId,
  region: regionName,
  /** The newest first. */
  reports: z.array(historyReport),
  /** Reports of the page that cannot be read; nothing of them is in the figures. */
  unreadable: z.array(z.object({ number: z.int().positive(), problem: z.string() })),
  /**
   * Over the page, for each scenario. A report that does not verify counts for nothing here.
   */
  figures: z.array(
    z.object({ scenario: z.string(), drills: z.int(), rpo: figures.optional(), rto: figures.optional() }),
  ),
  /** The number to ask for with `before` for the page before this one; left out where there is none. */
  next: z.int().positive().optional(),
});
export type ReportHistoryResponse = z.infer<typeof reportHistoryResponse>;

/** RFC 9457 with members of our own. */
export const problemDocument = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  hint: z.string(),
  /** What is wrong with the request, part by part: `cleanUpDelaySeconds`, `query.limit`, `path.system`. */
  errors: z.array(z.object({ at: z.string(), detail: z.string() })).optional(),
});
export type ProblemDocument = z.infer<typeof problemDocument>;
