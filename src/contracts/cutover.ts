/** A cutover: what is stored of it, its orchestration's input and result, its activities. */
import { z } from 'zod';
import { byName } from './actor.ts';
import { defineActivity, scopeFields } from './activity.ts';
import { cutoverDirection, cutoverId, hookCall } from './cutover-plan.ts';
import { timelineStep } from './report.ts';
import { restoreApproval } from './restore-request.ts';
import { documentDigest, instant, regionName, serverId, shortId, stamp } from './values.ts';

const about = { cutover: cutoverId, system: shortId, region: regionName };
const person = { by: z.string().min(1), byName, at: instant, reason: z.string() };

/** Somebody asks for it. Written once: a plan is asked for by one person. */
export const cutoverRequest = z.object({
  schema: z.literal('lifeboat/cutover-request/v1'),
  ...{ ...about, plan: documentDigest, ...person },
});
export type CutoverRequest = z.infer<typeof cutoverRequest>;

/** Somebody goes on alone, since nobody decided. */
export const cutoverAlone = z.object({
  schema: z.literal('lifeboat/cutover-break-glass/v1'),
  ...{ ...about, plan: documentDigest, ...person },
});

/** Somebody's order not to do what nobody has permitted yet. */
export const cutoverCancel = z.object({
  schema: z.literal('lifeboat/cutover-cancel/v1'),
  ...{ ...about, ...person },
});

/** Written once, after everything was looked at again, and before the first hook. */
export const cutoverPermit = z.object({
  schema: z.literal('lifeboat/cutover-permit/v1'),
  ...{ ...about, plan: documentDigest, at: instant, approval: restoreApproval },
});

/** One hook: what is about to be asked stands here before, and what came of it after. */
export const hookRecord = z.object({
  schema: z.literal('lifeboat/cutover-hook/v1'),
  ...{ ...about, hook: shortId },
  /** By which whoever is asked knows a second asking from a second order. */
  key: z.string(),
  call: hookCall,
  asked: z.array(instant).min(1),
  /** Of those the askings that certainly reached nobody, by their number from 1 on. */
  unreached: z.array(z.object({ attempt: z.int().positive(), detail: z.string() })).optional(),
  outcome: z.object({ state: z.enum(['done', 'refused']), detail: z.string(), at: instant }).optional(),
});
export type HookRecord = z.infer<typeof hookRecord>;

const hookEnd = z.object({
  hook: shortId,
  /** `unknown`: it was asked, and what came of it is not known. */
  state: z.enum(['done', 'refused', 'unknown', 'not-run']),
  detail: z.string(),
  /** How often it was asked. */
  asked: z.int(),
});

const cutoverEnd = z.enum(['done', 'failed', 'cancelled', 'refused']);

/** What it came to, written once. */
export const cutoverDocument = z.object({
  schema: z.literal('lifeboat/cutover/v1'),
  ...{ ...about, plan: documentDigest, direction: cutoverDirection },
  endedAt: instant,
  outcome: cutoverEnd,
  detail: z.string(),
  hooks: z.array(hookEnd),
  approval: restoreApproval.optional(),
  timeline: z.array(timelineStep),
});
export type CutoverDocument = z.infer<typeof cutoverDocument>;

/** Where a system stands: the one cutover that is in force, if there is one. */
export const cutoverState = z.object({
  schema: z.literal('lifeboat/cutover-state/v1'),
  ...{ system: shortId, region: regionName },
  inForce: z
    .object({
      cutover: cutoverId,
      restore: z.string(),
      plan: documentDigest,
      since: instant,
      servers: z.array(serverId).min(1),
      /** The way back that is under way. */
      back: cutoverId.optional(),
      /** The hooks that have to be taken back; left out while it is under way. */
      hooks: z.array(shortId).optional(),
      /** What failed in the middle last: by whose word that was done holds for the way back. */
      broken: cutoverId.optional(),
    })
    .optional(),
});
export type CutoverState = z.infer<typeof cutoverState>;
export type CutoverInForce = NonNullable<CutoverState['inForce']>;

export const cutoverInput = z.object({
  ...scopeFields,
  slot: stamp,
  trigger: z.literal('person'),
  plan: documentDigest,
});
export type CutoverInput = z.input<typeof cutoverInput>;

export const cutoverResult = z.object({
  outcome: cutoverEnd,
  cutover: z.string(),
  direction: cutoverDirection.optional(),
  detail: z.string(),
  hooks: z.array(hookEnd),
  seconds: z.number(),
  timeline: z.array(timelineStep),
});
export type CutoverResult = z.infer<typeof cutoverResult>;

const ofCutover = z.object({ ...scopeFields, cutover: cutoverId, plan: documentDigest });

/** Holds plan and request against each other, tells people that somebody must decide. */
export const openCutover = defineActivity(
  'openCutover',
  ofCutover,
  z.object({ direction: cutoverDirection, hooks: z.array(shortId), approvalSeconds: z.number() }),
);

/** What the documents in the vault say by now: whether to go, to wait, or to leave it. */
export const readCutoverGo = defineActivity(
  'readCutoverGo',
  ofCutover,
  z.object({
    state: z.enum(['waiting', 'approved', 'break-glass', 'rejected', 'cancelled']),
    sentence: z.string(),
  }),
);

/** Judges the decision and every fact of the plan again, takes the system for this cutover, writes the permit. */
export const permitCutover = defineActivity('permitCutover', ofCutover, restoreApproval);

/** Asks one hook, once more where nobody knows what came of it; fails retryably while that is so. */
export const runHook = defineActivity(
  'runHook',
  ofCutover.extend({ hook: shortId }),
  z.object({ state: z.enum(['done', 'refused']), detail: z.string() }),
);

/** Everything that happened, as the workflow saw it; what became of the hooks stands in the vault. */
export const cutoverFacts = ofCutover.extend({
  endedAt: instant,
  refusal: z.string().optional(),
  failure: z.string().optional(),
  cancelledBy: z.string().optional(),
  approval: restoreApproval.optional(),
  timeline: z.array(timelineStep),
});
export type CutoverFacts = z.infer<typeof cutoverFacts>;

/** Writes what it came to, and where the system stands from now on; tells people. */
export const finalizeCutover = defineActivity(
  'finalizeCutover',
  cutoverFacts,
  cutoverResult.pick({ outcome: true, direction: true, detail: true, hooks: true }),
);

/** Input of the orchestration that waits for a decision. */
export const cutoverWaitInput = ofCutover.extend({
  deadlineSeconds: z.number(),
  startedAt: instant.optional(),
});
export type CutoverWaitInput = z.input<typeof cutoverWaitInput>;
