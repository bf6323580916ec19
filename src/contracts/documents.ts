/**
 * The documents in the vault, apart from the report. Each names its schema with its version in the member `schema`,
 * so that it explains itself to a reader without this program. Changing a shape means a new version beside the old one.
 */
import { z } from 'zod';
import { drillScenarios } from '../policy/drill-scenarios.ts';
import { fingerprintModes } from '../policy/fingerprint.ts';
import { removableKinds } from '../policy/vault-removal.ts';
import { byName } from './actor.ts';
import { eventLogEnds } from './event-log.ts';
import { documentDigest, instant, regionName, serverId, shortId, stamp } from './values.ts';

const scope = { system: shortId, region: regionName };

export const pointKinds = ['automatic', 'on-demand', 'instant', 'export'] as const;
/** `{kind}-{stamp}`: the name of a recovery point within its system and region. */
export const pointId = z.string().regex(/^(automatic|on-demand|instant|export)-\d{8}T\d{6}Z$/, {
  error: 'must be a recovery point id such as on-demand-20260301T013000Z',
});

export const tableFingerprint = z.object({
  table: z.string(),
  /** Of a large table: which of its blocks; to the end of it, where no end is named. */
  blocks: z.object({ first: z.int().nonnegative(), end: z.int().positive().optional() }).optional(),
  rows: z.int().nonnegative(),
  checksum: z.string(),
  method: z.enum(['record', 'text']),
});

/** The part of a recovery point that one blob store is: which of its addresses the rows of a database refer to. */
export const pointStore = z.object({
  store: shortId,
  database: shortId,
  inventory: z.object({ path: z.string(), digest: documentDigest, addresses: z.int().nonnegative() }),
});

/** The description of a schema that is kept with a point; `isSteady`: nothing was altered while the point was taken. */
export const recordedSchema = z.object({
  path: z.string(),
  digest: documentDigest,
  objects: z.int().nonnegative(),
  isSteady: z.boolean(),
});
export type RecordedSchema = z.infer<typeof recordedSchema>;

/** What one database held at one instant. */
export const fingerprintDocument = z.object({
  schema: z.literal('lifeboat/fingerprint/v1'),
  ...scope,
  point: pointId,
  database: shortId,
  mode: z.enum(fingerprintModes),
  /** Why a lock could not be had, where the estate asked for `exact` and got `bracketed`. */
  modeReason: z.string().optional(),
  instant,
  marker: z.string(),
  newestHeartbeat: instant.optional(),
  before: z.array(tableFingerprint),
  after: z.array(tableFingerprint).optional(),
  /** Tables that were counted in parts, and tables that the time did not suffice for: of these none was counted. */
  divided: z
    .array(
      z.object({
        ...{ table: z.string(), parts: z.int().positive(), counted: z.int().nonnegative() },
        seed: z.string(),
      }),
    )
    .optional(),
  /** What the schema was; older points do not have it. */
  catalogue: recordedSchema.optional(),
  /** Why the schema could not be described. */
  catalogueProblem: z.string().optional(),
  /** Where the event log began and ended, where the estate names one. */
  eventLog: eventLogEnds.optional(),
  /** How far the signed change records of each store reached. */
  changeLogs: z.array(z.object({ store: shortId, sequence: z.int(), hash: z.string() })).optional(),
  stores: z.array(pointStore),
});
export type FingerprintDocument = z.infer<typeof fingerprintDocument>;

/** The part of a recovery point that one database is. */
export const pointDatabase = z.object({
  database: shortId,
  server: serverId,
  name: z.string(),
  backup: z.string(),
  completedAt: instant,
  /** The instant to restore to: the fingerprint's. */
  instant,
  fingerprint: z.object({
    path: z.string(),
    digest: documentDigest,
    mode: z.enum(fingerprintModes),
    tables: z.int(),
    /** Those that were counted; not all of them, where the time did not suffice. */
    rows: z.int(),
    isPartial: z.literal(true).optional(),
  }),
});

/** What was recorded of a server's configuration, or why it could not be. */
export const pointServer = z.object({
  server: serverId,
  configuration: z.object({ path: z.string(), digest: documentDigest }).optional(),
  problem: z.string().optional(),
});
export type PointServer = z.infer<typeof pointServer>;

/** A moment that a system can be brought back to. Only a drill that passed sets `proven`. */
export const recoveryPoint = z.object({
  schema: z.literal('lifeboat/recovery-point/v1'),
  id: pointId,
  ...scope,
  kind: z.enum(pointKinds),
  slot: stamp,
  createdAt: instant,
  /** The earliest of the databases' instants. */
  instant,
  databases: z.array(pointDatabase).min(1),
  stores: z.array(pointStore),
  /** Older points do not have it. */
  servers: z.array(pointServer).optional(),
  proven: z.object({ at: instant, drill: z.string() }).optional(),
  lastDrill: z
    .object({ at: instant, drill: z.string(), result: z.enum(['PASS', 'FAIL', 'INCONCLUSIVE']) })
    .optional(),
  /** What keeps the point from being deleted; a pin without `until` stays until it is taken away. */
  pins: z
    .array(z.object({ by: z.string(), at: instant, reason: z.string(), until: instant.optional() }))
    .default([]),
  tombstone: z.object({ at: instant, reason: z.string(), confirmedAbsentAt: instant.optional() }).optional(),
});
export type RecoveryPoint = z.infer<typeof recoveryPoint>;

/** Everything that runs as an orchestration of its own. */
export const runKinds = [
  'cycle',
  'snapshot',
  'scan',
  'prune',
  'drill',
  'repair',
  'restore',
  'cutover',
] as const;
export type RunKind = (typeof runKinds)[number];

/** How a prune that was only tried out ends: it serves no slot of the schedule. */
export const dryRunOutcome = 'dry-run';
/** How a scan of some blobs or some stores ends: it serves no slot either. */
export const partialOutcome = 'partial';

/** How the run of a slot ended: a word, and its whole result, for whoever asks when the task hub has forgotten it. */
export const slotEnd = z.object({ at: instant, outcome: z.string(), result: z.unknown().optional() });

/** A schedule slot, or a person's start, claimed before its orchestration begins. */
export const slotClaim = z.object({
  schema: z.literal('lifeboat/slot/v1'),
  ...scope,
  kind: z.enum(runKinds),
  slot: stamp,
  instanceId: z.string().max(100),
  claimedAt: instant,
  trigger: z.enum(['schedule', 'person', 'cycle']),
  /** Who began it, where somebody did; and what people call them. */
  by: z.string().min(1).optional(),
  byName,
  /** The request that began it, where that had a name of its own. */
  request: z.string().optional(),
  finished: slotEnd.optional(),
});
export type SlotClaim = z.infer<typeof slotClaim>;

/** One database's way into a new server: from which server, to which instant, and who may reach the new one. */
export const restoreTarget = z.object({
  database: shortId,
  source: serverId,
  target: serverId,
  location: regionName,
  /** The database's name on the server. */
  name: z.string(),
  instant,
  /** `revive`: from what is kept of a dropped server. `geo`: in the paired region, as far as it was replicated there. */
  mode: z.enum(['revive', 'geo']).optional(),
  allowedAddresses: z.array(z.object({ start: z.string(), end: z.string() })),
});
export type RestoreTarget = z.infer<typeof restoreTarget>;

/** What a drill is going to do, written before it does anything. */
export const drillPlan = z.object({
  schema: z.literal('lifeboat/drill-plan/v1'),
  drill: z.string(),
  ...scope,
  trigger: z.enum(['schedule', 'person', 'cycle']),
  declaredAt: instant,
  scenario: z.enum(drillScenarios),
  /** An instant of which nothing was recorded is a recovery point too: `instant-…`. */
  point: pointId,
  pointInstant: instant,
  choice: z.string(),
  /** What a random point was drawn by and from: the same seed over the same points draws it again. */
  draw: z.object({ seed: z.int(), among: z.array(pointId).min(1) }).optional(),
  /** When the disaster struck that is played; where it is left out, when it was declared. */
  disruptionAt: instant.optional(),
  /** The digest of what was played in the source before; only scenarios that play something have it. */
  exercise: documentDigest.optional(),
  /** Of a server that was lost: the plan that made it, when it was dropped, and what could not be revived of the source. */
  lost: z.object({ plan: documentDigest, droppedAt: instant, notRevivable: z.array(z.string()) }).optional(),
  /** Of a lost region or store: the stores whose secondaries are read, and until when each had everything when it was declared. */
  replicas: z.array(z.object({ store: shortId, lastSyncAt: instant.optional() })).optional(),
  /** Which of several points that one drill tries this is, from 2 on; and when it began with it. */
  attempt: z.int().min(2).optional(),
  beganAt: instant.optional(),
  /** Points that are kept meanwhile; older plans pinned theirs without naming it here. */
  pinned: z.array(pointId).optional(),
  objectives: z.object({
    rpoSeconds: z.number(),
    rtoSeconds: z.number(),
    approvedBy: z.string(),
    approvedAt: instant,
  }),
  /** None where a blob store is taken for lost: no database is restored then. */
  targets: z.array(restoreTarget),
  /** The container of Lifeboat's own that blobs are written into; only scenarios that need one have it. */
  scratch: z.string().optional(),
  checks: z.array(z.string()),
  cleanUpDelaySeconds: z.int().min(0).max(86_400),
  estateDigest: documentDigest,
  softwareVersion: z.string(),
});
export type DrillPlan = z.infer<typeof drillPlan>;

/** A condition that a person must look at; one document per key, counted up while it lasts, resolved when over. */
export const alertDocument = z.object({
  schema: z.literal('lifeboat/alert/v1'),
  key: z.string(),
  ...scope,
  severity: z.enum(['critical', 'warning']),
  title: z.string(),
  detail: z.string(),
  runbook: z.string(),
  /** What waits for a decision, by its digest. */
  plan: documentDigest.optional(),
  firstAt: instant,
  lastAt: instant,
  count: z.int().positive(),
  resolvedAt: instant.optional(),
});
export type AlertDocument = z.infer<typeof alertDocument>;

/** One line of the audit log as it was written before its entries were chained. */
export const unchainedAuditEntry = z.object({
  schema: z.literal('lifeboat/audit/v1'),
  at: instant,
  actor: z.string(),
  action: z.string(),
  target: z.string(),
  stage: z.enum(['intent', 'outcome']),
  detail: z.record(z.string(), z.unknown()),
});
export type UnchainedAuditEntry = z.infer<typeof unchainedAuditEntry>;

/** What the deletion ledger and tombstones tell of. */
export const ledgerKind = z.enum([
  'on-demand-backup',
  'exported-dump',
  'blob-snapshot',
  'blob-version',
  'unreferenced-blob',
  'drill-server',
  'scratch-container',
  'restored-server',
  'side-schema',
  'history',
  'report',
  ...removableKinds,
]);

/** One line of the deletion ledger: everything that was deleted, or was meant to be, and the reason. */
export const ledgerEntry = z.object({
  schema: z.literal('lifeboat/ledger/v1'),
  at: instant,
  item: z.string(),
  kind: ledgerKind,
  stage: z.enum(['intent', 'deleting', 'confirmed-absent', 'refused', 'failed']),
  reason: z.string(),
  by: z.string(),
});
export type LedgerEntry = z.infer<typeof ledgerEntry>;

/** A second person's decision on a plan, bound to its digest. */
export const approvalDocument = z.object({
  schema: z.literal('lifeboat/approval/v1'),
  digest: documentDigest,
  ...scope,
  decision: z.enum(['approved', 'rejected']),
  by: z.string(),
  byName,
  at: instant,
  reason: z.string(),
  expiresAt: instant,
  /** Of one that was given over the API: the number of the entry of the audit log that tells of it. */
  entry: z.int().positive().optional(),
});
export type ApprovalDocument = z.infer<typeof approvalDocument>;

/** Written before a drill's first removal: from then on nothing of this drill is made any more. */
export const closingDocument = z.object({
  schema: z.literal('lifeboat/drill-closing/v1'),
  drill: z.string(),
  at: instant,
  found: z.array(z.string()),
});
export type ClosingDocument = z.infer<typeof closingDocument>;

/** When Lifeboat began to watch a system: slots before that are nobody's failure. */
export const watchDocument = z.object({ schema: z.literal('lifeboat/watch/v1'), ...scope, since: instant });
