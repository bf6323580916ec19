/**
 * The BC/DR test report of one drill, as JSON (schema `lifeboat/drill-report/v2`). Built once from facts; a finalized
 * report is never changed. Reports of version 1 are still read; they are not signed and in no chain.
 */
import { z } from 'zod';
import { drillScenarios } from '../policy/drill-scenarios.ts';
import { drillPlan, pointId } from './documents.ts';
import { isolationFacts } from './isolation.ts';
import { tryVerdicts } from '../policy/walk-back.ts';
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
  /** How often something in it was tried again; left out: never, or the report is older than this account. */
  retries: z.int().positive().optional(),
});
export type TimelineStep = z.infer<typeof timelineStep>;

/** One state that a walk back to the last clean one tried. */
export const walkTry = z.object({
  point: pointId,
  instant: instant.optional(),
  verdict: z.enum(tryVerdicts),
  reason: z.string(),
  seconds: z.number(),
});

const achievement = z.object({
  objectiveSeconds: z.number(),
  achievedSeconds: z.number().optional(),
  verdict: z.enum(['met', 'missed', 'inconclusive']),
  reason: z.string(),
});

/** Whether an objective's figure goes up or down from drill to drill; see `policy/objective-history.ts`. */
export const objectiveTrend = z.object({
  direction: z.enum(['rising', 'falling', 'steady', 'too-few']),
  secondsPerDrill: z.number(),
});

export const finding = z.object({
  severity: z.enum(['critical', 'major', 'minor']),
  owner: z.string(),
  text: z.string(),
});
export type Finding = z.infer<typeof finding>;

const fields = {
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
  /** What was played in the source before anything was restored, in sentences; left out where nothing was. */
  scenario: z
    .object({ name: z.enum(drillScenarios), told: z.array(z.string()), walk: z.array(walkTry).optional() })
    .optional(),
  scope: z.object({ included: z.array(z.string()), excluded: z.array(z.string()) }),
  recoveryPoint: z.object({
    id: pointId,
    kind: z.string(),
    instant,
    chosenBecause: z.string(),
    /** Left out for an instant of which nothing was recorded. */
    blobAddresses: z.int().optional(),
  }),
  statuses: z.object({
    /** `not-run`: what was to be played before could not be. */
    restore: z.enum(['done', 'failed', 'timed-out', 'not-run']),
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
    /** Of a lost region: until when the secondary of each store had everything; the RPO counts from the oldest of all. */
    replicas: drillPlan.shape.replicas,
    /** Seconds that the RTO has beside what was measured: all of a store instead of a sample of it. */
    extrapolatedSeconds: z.number().optional(),
    rpo: achievement,
    rto: achievement,
    rtoBreakdownSeconds: z.object({
      decide: z.number(),
      restore: z.number(),
      reconfigure: z.number(),
      validate: z.number(),
    }),
    /** Over the drills of the same scenario among `drills`; reports made before there were trends have none. */
    trend: z
      .object({
        /** The newest ones of the chain in the order of time, this one the last. */
        drills: z.array(
          z.object({
            drill: z.string(),
            scenario: z.string(),
            rpoSeconds: z.number().optional(),
            rtoSeconds: z.number().optional(),
          }),
        ),
        rpo: objectiveTrend,
        rto: objectiveTrend,
      })
      .optional(),
  }),
  timeline: z.array(timelineStep),
  checks: z.array(checkResult),
  isolation: z.array(isolationFacts),
  cleanUp: z.object({
    created: z.array(serverId),
    deleted: z.array(serverId),
    leftOver: z.array(serverId),
    /** What became of the container that blobs were written into; left out where there was none. */
    scratch: z
      .object({ container: z.string(), outcome: z.enum(['absent', 'left-over']), detail: z.string() })
      .optional(),
    serverHours: z.number(),
    cost: z.object({ amount: z.number(), currency: z.string() }).optional(),
  }),
  findings: z.array(finding),
  limitations: z.array(z.string()),
  softwareVersion: z.string(),
};

/** A report as it was made before reports were signed. */
export const drillReportV1 = z.object({
  schema: z.literal('lifeboat/drill-report/v1'),
  ...fields,
  evidence: z.array(z.object({ path: z.string(), digest: documentDigest })),
});

/** One thing that the report rests on: where it lies, and the digest by which it is recognised. */
export const evidenceItem = z.object({
  what: z.string(),
  path: z.string(),
  digest: documentDigest,
  /** What the digest is over: the canonical JSON, or the lines of an inventory that name addresses. */
  over: z.enum(['canonical JSON', 'address lines']),
});
export type EvidenceItem = z.infer<typeof evidenceItem>;

export const drillReport = z.object({
  schema: z.literal('lifeboat/drill-report/v2'),
  ...fields,
  /** Its place in the chain of reports of this system and region, the first one being 1. */
  number: z.int().positive(),
  /** The report before it, by the digest over its canonical JSON. */
  previous: z.object({ drill: z.string(), digest: documentDigest }).optional(),
  /** The key that reports are signed with; which version signed stands in the signature's header. */
  signing: z.object({ algorithm: z.literal('ES384'), key: z.string() }),
  due: z.object({
    previous: instant.optional(),
    next: instant.optional(),
    /** What is played then: what the schedule says, or what is due by the rotation. */
    scenario: z.string().optional(),
    /** From then on it is no longer fresh, unless a newer report is there. */
    freshUntil: instant.optional(),
  }),
  people: z.object({
    requester: z.string(),
    /** Left out where nobody has to approve. */
    approver: z.string().optional(),
    operator: z.string(),
    objectivesApprovedBy: z.string(),
    objectivesApprovedAt: instant,
  }),
  successCriteria: z.array(z.string()),
  notExecuted: z.array(z.object({ step: z.string(), reason: z.string() })),
  attestation: z.object({ statement: z.string(), attestedBy: z.string(), at: instant }),
  controls: z.array(
    z.object({
      framework: z.string(),
      control: z.string(),
      title: z.string(),
      extent: z.enum(['supports', 'partly']),
      shows: z.string(),
    }),
  ),
  evidence: z.array(evidenceItem),
  verification: z.array(z.string()),
});
export type DrillReport = z.infer<typeof drillReport>;

/** A report as it may stand in the vault. */
export const storedReport = z.discriminatedUnion('schema', [drillReport, drillReportV1]);
export type StoredReport = z.infer<typeof storedReport>;
export type ReportResult = DrillReport['result'];

/** From where on the chain is searched for the place of a drill's report; written once, before it has one. */
export const reportPlace = z.object({
  schema: z.literal('lifeboat/report-place/v1'),
  drill: z.string(),
  after: z.int().nonnegative(),
});

/** One place of the chain of reports, taken by whoever writes it first: with it a report is final. */
export const reportEntry = z.object({ schema: z.literal('lifeboat/report-entry/v1'), report: drillReport });
