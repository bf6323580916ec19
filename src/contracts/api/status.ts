/** Every system of a region at a glance. */
import { z } from 'zod';
import { alertDocument, pointId } from '../documents.ts';
import { holdsSummary } from '../holds.ts';
import { instant, regionName, shortId } from '../values.ts';
import { drillSummary } from './drills.ts';
import { notCountedPoint } from './not-counted.ts';
import { pruneSummary } from './retention.ts';
import { scanSummary } from './scans.ts';

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
  notCounted: z.array(notCountedPoint),
  /** What could not be found out; the exposure may be larger then. */
  doubts: z.array(z.string()),
});
export type ExposureView = z.infer<typeof exposureView>;

/** A restore that has not ended, or that made something in the last day which stands. */
export const restoreNow = z.object({
  id: z.string(),
  operation: z.string(),
  /** `waiting`: for another person. */
  state: z.enum(['waiting', 'at-work', 'ready', 'doubtful']),
  since: instant,
  /** Where what was restored is reached: addresses of servers, or the schema. */
  where: z.array(z.string()),
});

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
  /** Restores that people must know of now, the newest first, where there are any. */
  restores: z.array(restoreNow).optional(),
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
