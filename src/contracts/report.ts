/**
 * The BC/DR test report of one drill, as JSON (schema `lifeboat/drill-report/v1`). Built once from facts; a finalized
 * report is never changed.
 */
import { z } from 'zod';
import { drillPlan, pointId } from './documents.ts';
import { documentDigest, instant, regionName, serverId, shortId } from './values.ts';

/** One check: what was expected, what was found, and where the evidence lies. */
export const checkResult = z.object({
  id: z.string(),
  title: z.string(),
  database: shortId.optional(),
  status: z.enum(['passed', 'failed', 'inconclusive', 'not-run']),
  expected: z.string(),
  actual: z.string(),
  /** At most twenty lines; `findingCount` says how many there are. */
  findings: z.array(z.string()).max(20),
  findingCount: z.int().nonnegative(),
  measured: z.record(z.string(), z.union([z.number(), z.string()])),
  startedAt: instant,
  endedAt: instant,
  elapsedMilliseconds: z.number().nonnegative(),
  evidence: z.object({ path: z.string(), digest: documentDigest }).optional(),
});
export type CheckResult = z.infer<typeof checkResult>;

/** The whole answer of a check, kept beside the report; written once. */
export const evidenceDocument = z.object({
  schema: z.literal('lifeboat/check-evidence/v1'),
  drill: z.string(),
  result: checkResult,
  newestHeartbeat: instant.optional(),
  findings: z.array(z.string()),
  detail: z.unknown(),
});
export type EvidenceDocument = z.infer<typeof evidenceDocument>;

/** One step of the exercise in UTC. */
export const timelineStep = z.object({
  step: z.string(),
  startedAt: instant,
  endedAt: instant,
  seconds: z.number(),
  outcome: z.enum(['done', 'failed', 'not-run']),
  detail: z.string(),
});
export type TimelineStep = z.infer<typeof timelineStep>;

const achievement = z.object({
  objectiveSeconds: z.number(),
  achievedSeconds: z.number().optional(),
  verdict: z.enum(['met', 'missed', 'inconclusive']),
  reason: z.string(),
});

export const finding = z.object({
  severity: z.enum(['critical', 'major', 'minor']),
  owner: z.string(),
  text: z.string(),
});
export type Finding = z.infer<typeof finding>;

export const drillReport = z.object({
  schema: z.literal('lifeboat/drill-report/v1'),
  id: z.string(),
  finalizedAt: instant,
  plan: drillPlan,
  planDigest: documentDigest,
  system: z.object({
    id: shortId,
    name: z.string(),
    owner: z.string(),
    criticality: z.string(),
    region: regionName,
  }),
  exercise: z.object({ type: z.literal('automated'), simulated: z.literal(false), trigger: z.string() }),
  scope: z.object({ included: z.array(z.string()), excluded: z.array(z.string()) }),
  recoveryPoint: z.object({
    id: pointId,
    kind: z.string(),
    instant,
    chosenBecause: z.string(),
    blobAddresses: z.int(),
  }),
  statuses: z.object({
    restore: z.enum(['done', 'failed', 'timed-out']),
    validation: z.enum(['passed', 'failed', 'inconclusive', 'not-run']),
    cleanUp: z.enum(['done', 'failed', 'not-needed']),
  }),
  result: z.enum(['PASS', 'FAIL', 'INCONCLUSIVE']),
  reasons: z.array(z.string()),
  recovery: z.object({
    formulaVersion: z.literal(1),
    declaredAt: instant,
    disruptionAt: instant,
    validatedAt: instant.optional(),
    heartbeats: z.array(z.object({ database: shortId, newestWrittenAt: instant.optional() })),
    rpo: achievement,
    rto: achievement,
    rtoBreakdownSeconds: z.object({
      decide: z.number(),
      restore: z.number(),
      reconfigure: z.number(),
      validate: z.number(),
    }),
  }),
  timeline: z.array(timelineStep),
  checks: z.array(checkResult),
  isolation: z.array(
    z.object({ target: serverId, firewallRules: z.array(z.string()), publicNetworkAccess: z.string() }),
  ),
  cleanUp: z.object({
    created: z.array(serverId),
    deleted: z.array(serverId),
    leftOver: z.array(serverId),
    serverHours: z.number(),
    cost: z.object({ amount: z.number(), currency: z.string() }).optional(),
  }),
  findings: z.array(finding),
  limitations: z.array(z.string()),
  evidence: z.array(z.object({ path: z.string(), digest: documentDigest })),
  softwareVersion: z.string(),
});
export type DrillReport = z.infer<typeof drillReport>;
export type ReportResult = DrillReport['result'];
