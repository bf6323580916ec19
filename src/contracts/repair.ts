/** The repair: its orchestrations' inputs and results, its activities, and its stored plan, items and result. */
import { z } from 'zod';
import { copyKinds, repairModes } from '../policy/repair.ts';
import { defineActivity, scopeFields } from './activity.ts';
import { pointId } from './documents.ts';
import { documentDigest, instant, regionName, shortId, stamp } from './values.ts';
import { vaultRoot, type Scope } from './vault-paths.ts';

/** The findings of a scan that a repair is for. */
export const repairableVerdicts = ['digest-mismatch', 'wrong-size', 'missing'] as const;

/** The most blobs that one plan is made for; what is left over is said in it, and is for the next one. */
export const itemsInPlan = 1_000;

const root = vaultRoot;
const etagInName = (version: string): string => version.replaceAll(/[^0-9A-Za-z.-]/g, '');

/** Where the repair's documents lie in the vault; plans and approvals lie with all others. */
export const repairPaths = {
  repairs: (scope: Scope): string => `${root(scope)}/repairs/`,
  result: (scope: Scope, repair: string): string => `${root(scope)}/repairs/${repair}.json`,
  part: (scope: Scope, repair: string, part: number): string =>
    `${root(scope)}/repair-parts/${repair}/${String(part).padStart(6, '0')}.json`,
  parts: (scope: Scope, repair: string): string => `${root(scope)}/repair-parts/${repair}/`,
  /** Written right before the write; what is found right afterwards was put right by this repair. */
  begun: (scope: Scope, plan: string, item: string): string =>
    `${root(scope)}/repair-items/${plan}/${item}.begun.json`,
  item: (scope: Scope, plan: string, item: string): string =>
    `${root(scope)}/repair-items/${plan}/${item}.json`,
  /** A copy that was put into the vault by a person or another tool, by its address. */
  copy: (scope: Scope, store: string, hex: string): string => `${root(scope)}/copies/${store}/${hex}`,
  /** The damaged bytes of one version of a blob. */
  quarantine: (scope: Scope, store: string, hex: string, version: string): string =>
    `${root(scope)}/quarantine/${store}/${hex}-${etagInName(version)}`,
} as const;

/** What a repair is narrowed to: blobs that a recovery point refers to, those of one store. */
export const repairScope = { point: pointId.optional(), store: shortId.optional() };

export const repairInput = z.object({
  ...scopeFields,
  slot: stamp,
  trigger: z.enum(['schedule', 'person', 'cycle']),
  /** The scan whose findings are repaired; the newest one if none is named. */
  scan: z.string().optional(),
  ...repairScope,
  dryRun: z.boolean().default(false),
  /** What needs a person's approval is left for a repair that a person starts. */
  isByPolicyOnly: z.boolean().default(false),
  /** How long a plan waits for its approval. */
  approvalSeconds: z
    .number()
    .positive()
    .max(30 * 86_400)
    .default(3 * 86_400),
});
export type RepairInput = z.input<typeof repairInput>;

/** A copy that was looked at. */
export const repairCopy = z.object({
  kind: z.enum(copyKinds),
  id: z.string(),
  size: z.number(),
  at: instant.optional(),
  verdict: z.enum(['good', 'bad', 'gone', 'unreadable', 'unseen']),
  detail: z.string(),
});
export type RepairCopy = z.infer<typeof repairCopy>;

const decision = z.enum(['repairable', 'no-good-copy', 'not-damaged-any-more', 'refused']);

/** One damaged blob: what the scan found, what it is now, what copies there are, what is to be done. */
export const repairItem = z.object({
  id: z.string(),
  store: shortId,
  name: z.string(),
  /** `<algorithm>-<hex>`: what its content must hash to. */
  address: z.string(),
  finding: z.enum(repairableVerdicts),
  /** The damaged content that stands there; left out if none does. */
  damaged: z.object({ version: z.string(), size: z.number(), digest: z.string() }).optional(),
  decision,
  sentence: z.string(),
  mode: z.enum(repairModes),
  copies: z.array(repairCopy),
  /** The copy to repair from. */
  from: repairCopy.optional(),
});
export type RepairItem = z.infer<typeof repairItem>;

/** The items of one portion of the findings, written once. */
export const repairPart = z.object({
  schema: z.literal('lifeboat/repair-part/v1'),
  repair: z.string(),
  part: z.int(),
  scan: z.string(),
  at: instant,
  items: z.array(repairItem),
  /** The first finding of the next portion. */
  next: z.int().optional(),
  /** Findings beyond what one plan is made for. */
  left: z.int(),
});
export type RepairPart = z.infer<typeof repairPart>;

/** Everything that was looked at and what would be done, written before anything is; its digest is what is approved. */
export const repairPlan = z.object({
  schema: z.literal('lifeboat/repair-plan/v1'),
  repair: z.string(),
  system: shortId,
  region: regionName,
  scan: z.string(),
  ...repairScope,
  at: instant,
  items: z.array(repairItem),
  left: z.int(),
  estateDigest: documentDigest,
  softwareVersion: z.string(),
});
export type RepairPlan = z.infer<typeof repairPlan>;

const portion = z.object({ part: z.int(), from: z.int() });

/** Looks at the next findings of a scan and at every copy of their blobs; writes nothing but its part. */
export const examineRepair = defineActivity(
  'examineRepair',
  z.object({ ...scopeFields, slot: stamp, scan: z.string().optional(), ...repairScope, position: portion }),
  z.object({ scan: z.string(), items: z.int(), next: portion.optional() }),
);

/** Writes the plan; says on an alert if it waits for a person. */
export const sealRepair = defineActivity(
  'sealRepair',
  z.object({
    ...scopeFields,
    slot: stamp,
    scan: z.string(),
    ...repairScope,
    dryRun: z.boolean(),
    isByPolicyOnly: z.boolean(),
  }),
  z.object({
    plan: documentDigest,
    repair: z.string(),
    /** How many repairable items are done by themselves, and how many wait for an approval. */
    automatic: z.int(),
    manual: z.int(),
  }),
);

const onPlan = z.object({ ...scopeFields, plan: documentDigest });

/** Reads the decision on a plan. */
export const readApproval = defineActivity(
  'readApproval',
  onPlan,
  z.object({ state: z.enum(['waiting', 'approved', 'rejected', 'void']), sentence: z.string() }),
);

/** What became of one item. */
export const repairOutcome = z.enum([
  'repaired',
  'not-damaged-any-more',
  'no-good-copy',
  'refused',
  'failed',
]);
export type RepairOutcome = z.infer<typeof repairOutcome>;

/** Repairs the next items of a plan that may be, as many as fit the time of one activity. */
export const applyRepair = defineActivity(
  'applyRepair',
  onPlan.extend({ mode: z.enum(repairModes), from: z.int() }),
  z.object({
    done: z.int(),
    failures: z.array(z.string()),
    /** Whether any of the failures may pass by itself. */
    mayPass: z.boolean(),
    next: z.int().optional(),
  }),
);

/** Written before a write: which content is to come from which copy. */
export const repairBegun = z.object({
  schema: z.literal('lifeboat/repair-begun/v1'),
  plan: documentDigest,
  item: z.string(),
  at: instant,
  from: repairCopy,
});
export type RepairBegun = z.infer<typeof repairBegun>;

/** What became of one item, written once. */
export const repairItemDocument = z.object({
  schema: z.literal('lifeboat/repair-item/v1'),
  plan: documentDigest,
  item: z.string(),
  store: shortId,
  name: z.string(),
  at: instant,
  outcome: repairOutcome,
  detail: z.string(),
  from: repairCopy.optional(),
  quarantine: z.string().optional(),
  authority: z.string(),
});
export type RepairItemDocument = z.infer<typeof repairItemDocument>;

export const repairOutcomes = ['done', 'nothing', 'incomplete', 'failed', 'dry-run', 'not-approved'] as const;
const counts = z.object({ repaired: z.int(), left: z.int() });

/** How the wait for an approval ended. */
export const approvalWaitInput = onPlan.extend({
  deadlineSeconds: z.number().positive(),
  startedAt: instant.optional(),
});
export type ApprovalWaitInput = z.infer<typeof approvalWaitInput>;
export const approvalWaitResult = z.object({
  state: z.enum(['approved', 'rejected', 'timed-out']),
  sentence: z.string(),
});
export type ApprovalWaitResult = z.infer<typeof approvalWaitResult>;

/** Writes the result of the repair once, raises or resolves its alerts. */
export const finalizeRepair = defineActivity(
  'finalizeRepair',
  onPlan.extend({
    slot: stamp,
    startedAt: instant,
    endedAt: instant,
    dryRun: z.boolean(),
    approval: approvalWaitResult.optional(),
    failures: z.array(z.string()),
  }),
  z.object({ outcome: z.enum(repairOutcomes), detail: z.string(), ...counts.shape }),
);

export const repairResult = z.object({
  outcome: z.enum(repairOutcomes),
  detail: z.string(),
  ...counts.shape,
  plan: documentDigest.optional(),
  seconds: z.number(),
});
export type RepairResult = z.infer<typeof repairResult>;

/** What a repair came to. */
export const repairDocument = z.object({
  schema: z.literal('lifeboat/repair/v1'),
  id: z.string(),
  system: shortId,
  region: regionName,
  scan: z.string(),
  plan: documentDigest,
  dryRun: z.boolean(),
  startedAt: instant,
  endedAt: instant,
  outcome: z.enum(repairOutcomes),
  detail: z.string(),
  approval: approvalWaitResult.optional(),
  ...counts.shape,
  items: z.array(
    z.object({
      item: z.string(),
      store: shortId,
      name: z.string(),
      outcome: z.enum([...repairOutcome.options, 'not-done']),
      detail: z.string(),
    }),
  ),
});
export type RepairDocument = z.infer<typeof repairDocument>;
