/** The restore drill: its orchestrations' inputs and results, and the activities they are made of. */
import { z } from 'zod';
import { defineActivity, scopeFields } from './activity.ts';
import { pointId } from './documents.ts';
import { isolationFacts, isolationProbe, networkSettings } from './isolation.ts';
import { operationStart } from './operations.ts';
import { checkResult, drillReport, timelineStep, walkTry } from './report.ts';
import { drillScenarios, harmScenarios, playedScenarios } from '../policy/drill-scenarios.ts';
import { documentDigest, instant, serverId, shortId, stamp } from './values.ts';

/** What a drill restores: the newest recorded point, one drawn at random, one by name, or any instant. */
export const drillPoint = z.union([z.enum(['latest', 'random']), pointId, instant], {
  error:
    'must be latest, random, an instant such as 2026-03-01T01:30:00.000Z, or a recovery point such as on-demand-20260301T013000Z',
});
/** What a random point is drawn by. */
export const drillSeed = z.int().nonnegative();

/** A disaster that is played, or the one that is due by what the drills before have covered. */
export const askedScenario = z.enum(['rotate', ...playedScenarios]);

/** What is asked for of a drill, beside the system and the region. */
export const drillOrder = {
  point: drillPoint.optional(),
  seed: drillSeed.optional(),
  /** A disaster that is played first; which point is restored follows from it. */
  scenario: askedScenario.optional(),
};

/** What does not go together in an order; undefined if everything does. */
export function problemOfDrillOrder(order: {
  readonly point?: string | undefined;
  readonly seed?: number | undefined;
  readonly scenario?: string | undefined;
  readonly cleanUpDelaySeconds?: number | undefined;
}): string | undefined {
  if (order.scenario === 'ransomware' && (order.cleanUpDelaySeconds ?? 0) > 0)
    return 'cleanUpDelaySeconds: does not go with the scenario "ransomware", which makes one server after the other';
  if (order.scenario !== undefined && order.point !== undefined)
    return `point: does not go with the scenario "${order.scenario}", which decides what is restored`;
  if (order.seed !== undefined && order.point !== 'random')
    return 'seed: goes with the point "random" alone, which is drawn by it';
  return undefined;
}

export const drillInput = z.object({
  ...scopeFields,
  slot: stamp,
  trigger: z.enum(['schedule', 'person', 'cycle']),
  point: drillPoint.default('latest'),
  /** The slot decides where none is given. */
  seed: drillSeed.optional(),
  scenario: drillOrder.scenario,
  /** When the disaster is declared to have struck; RPO and RTO count from here. */
  declaredAt: instant.optional(),
  cleanUpDelaySeconds: z.int().min(0).max(86_400).default(0),
});
export type DrillInput = z.input<typeof drillInput>;

/** What a drill comes to, short enough for an orchestration's output; the report holds the rest. */
export const drillResult = z.object({
  result: z.enum(['PASS', 'FAIL', 'INCONCLUSIVE']),
  drill: z.string(),
  /** Results of older versions do not say what was played. */
  scenario: z.enum(drillScenarios).optional(),
  report: z.string().optional(),
  reasons: z.array(z.string()),
  /** Why the report is not signed; left out where it is. */
  unsigned: z.string().optional(),
  rpoSeconds: z.number().optional(),
  rtoSeconds: z.number().optional(),
  timeline: z.array(timelineStep),
});
export type DrillResult = z.infer<typeof drillResult>;

/** One restored database's part of the plan, as the workflow needs it. */
export const drillTarget = z.object({ database: shortId, target: serverId, checks: z.array(z.string()) });

/** What a rotation chose: a disaster that is played, or a point. */
const chosenScenario = z.object({
  /** The field of the coverage map that is to be filled. */
  cell: z.enum(drillScenarios),
  scenario: z.enum(playedScenarios).optional(),
  point: drillPoint.optional(),
});
export type ChosenScenario = z.infer<typeof chosenScenario>;

/** Chooses what is due by what the drills before have covered. */
export const chooseScenario = defineActivity(
  'chooseScenario',
  z.object({ ...scopeFields, slot: stamp }),
  chosenScenario,
);

/** A plan as the workflow goes by it. */
export const plannedDrill = z.object({
  plan: documentDigest,
  drill: z.string(),
  point: pointId,
  instant: instant.optional(),
  targets: z.array(drillTarget),
  /** What is checked of databases of which none is restored: the blobs that they refer to. */
  blobs: z.array(drillTarget.omit({ target: true })).optional(),
  deadlines: z.object({ restoreSeconds: z.number(), removalSeconds: z.number() }),
});
export type PlannedDrill = z.infer<typeof plannedDrill>;

/** Chooses the point and writes the plan, before anything is done. */
export const planDrill = defineActivity(
  'planDrill',
  z.object({
    ...scopeFields,
    slot: stamp,
    trigger: z.string(),
    point: z.string(),
    seed: drillSeed.optional(),
    /** Why a rotation could not tell what is due: the point is played instead. */
    notDue: z.string().optional(),
    /** What was played, where something was: the point follows from it. */
    played: z.object({ scenario: z.enum(harmScenarios), exercise: documentDigest }).optional(),
    /** What is played that does not decide the point: a loss, or what could not be played. */
    scenario: z.enum(playedScenarios).optional(),
    /** A server that was lost: the plan that made it, what was written into it, and when it was dropped. */
    lost: z.object({ plan: documentDigest, exercise: documentDigest, droppedAt: instant }).optional(),
    /** Of several points that are tried: which this is, what it is older than, and when it is begun with. */
    attempt: z.int().positive().optional(),
    before: instant.optional(),
    beganAt: instant.optional(),
    declaredAt: instant,
    cleanUpDelaySeconds: z.int(),
  }),
  plannedDrill,
);
export type PlanDrillOrder = z.infer<typeof planDrill.input>;

export const onTarget = z.object({ ...scopeFields, plan: documentDigest, database: shortId });
export type OnTarget = z.infer<typeof onTarget>;

/** Starts the restore, or adopts the target that an earlier attempt began. */
export const beginRestore = defineActivity('beginRestore', onTarget, operationStart);

/** Makes the target reachable for the checks, one rule at a time; `done` when nothing is missing. */
export const openServer = defineActivity('openServer', onTarget, operationStart);

/** Waits until the provider holds a backup of the target, without which a dropped server cannot be revived. */
export const awaitFirstBackup = defineActivity('awaitFirstBackup', onTarget, operationStart);

/** Reads the target's network settings back. */
export const readIsolation = defineActivity('readIsolation', onTarget, networkSettings);

/** Tries a connection that must be refused, before the target is opened. */
export const probeIsolation = defineActivity('probeIsolation', onTarget, isolationProbe);

/** A check's result, and the newest heartbeat that it found. */
export const finishedCheck = checkResult.extend({ newestHeartbeat: instant.optional() });
export type FinishedCheck = z.infer<typeof finishedCheck>;

/** How a run of a check ended: with its result, or with the portion that goes on. */
export const checkRun = z.union([z.object({ goesOn: z.int().positive() }), finishedCheck]);
export type CheckRun = z.infer<typeof checkRun>;

/** Runs one check on one restored database, a portion of it at a time, and keeps its evidence. */
export const runCheck = defineActivity(
  'runCheck',
  onTarget.extend({ check: z.string(), portion: z.int().nonnegative() }),
  checkRun,
);

/** How far a check came in one portion, and what the next one begins with; written once. */
export const checkPortion = z.object({
  schema: z.literal('lifeboat/check-portion/v1'),
  drill: z.string(),
  startedAt: instant,
  elapsedMilliseconds: z.number().nonnegative(),
  next: z.unknown(),
});
export type CheckPortionDocument = z.infer<typeof checkPortion>;

/** Input of the orchestration that goes on with a check, portion by portion. */
export const longCheckInput = onTarget.extend({
  check: z.string(),
  portion: z.int().positive(),
  startedAt: instant,
  /** How often earlier generations tried something again. */
  retries: z.int().positive().optional(),
});
export type LongCheckInput = z.infer<typeof longCheckInput>;

/** Input of the orchestration that runs one check after the other: those to come, and what came of those before. */
export const checkSeriesInput = z.object({
  todo: z.array(z.object({ on: onTarget, check: z.string() })),
  ran: z.array(finishedCheck),
  retries: z.int().positive().optional(),
});
export type CheckSeriesInput = z.infer<typeof checkSeriesInput>;
export type CheckToRun = CheckSeriesInput['todo'][number];
export const checkSeriesOutcome = z.object({ ran: z.array(finishedCheck) });
export type CheckSeriesOutcome = z.infer<typeof checkSeriesOutcome>;

/** How it ended: with the check's result, or with why there is none. */
export const longCheckOutcome = z.union([z.object({ noAnswer: z.string() }), finishedCheck]);
export type LongCheckOutcome = z.infer<typeof longCheckOutcome>;

/** Removes the target through the guarded deleter; `done` when it is confirmed absent. */
export const beginRemoval = defineActivity('beginRemoval', onTarget, operationStart);

/** How the removal of a scratch container ended. */
export const scratchEnd = z.object({
  container: z.string(),
  outcome: z.enum(['absent', 'left-over']),
  detail: z.string(),
});
export type ScratchEnd = z.infer<typeof scratchEnd>;

/** Removes a drill's scratch container through the guarded deleter. */
export const removeScratch = defineActivity(
  'removeScratch',
  z.object({ ...scopeFields, plan: documentDigest }),
  scratchEnd,
);

/** Everything that happened, as the workflow saw it: what the report is built from. */
export const drillFacts = z.object({
  ...scopeFields,
  plan: documentDigest,
  drill: z.string(),
  endedAt: instant,
  restore: drillReport.shape.statuses.shape.restore,
  /** Why it is not done; older facts tell it in the timeline alone. */
  restoreDetail: z.string().optional(),
  /** Why what was to be played could not be. */
  notPlayed: z.string().optional(),
  cleanUp: z.array(
    z.object({
      target: serverId,
      outcome: z.enum(['removed', 'never-made', 'left-over']),
      detail: z.string(),
      seconds: z.number(),
      /** From the beginning of its restore to the end of its removal. */
      stoodSeconds: z.number().default(0),
    }),
  ),
  /** Of a drill that has a scratch container. */
  scratch: scratchEnd.optional(),
  timeline: z.array(timelineStep),
  /** Of a walk back: every point that was tried, the last of them being the one that the rest is about. */
  tries: z.array(walkTry.extend({ plan: documentDigest })).optional(),
  walkEnded: z.string().optional(),
  checks: z.array(checkResult),
  heartbeats: z.array(z.object({ database: shortId, newestWrittenAt: instant.optional() })),
  isolation: z.array(isolationFacts),
  breakdownSeconds: z.object({
    decide: z.number(),
    restore: z.number(),
    reconfigure: z.number(),
    validate: z.number(),
  }),
});
export type DrillFacts = z.infer<typeof drillFacts>;

/** One point that is played by its plan, and what came of it. */
export const pointToPlay = z.object({
  ...scopeFields,
  planned: plannedDrill,
  cleanUpDelaySeconds: z.int().min(0),
});
export type PointToPlay = z.infer<typeof pointToPlay>;
export const playedPoint = drillFacts
  .pick({ restore: true, cleanUp: true, checks: true, heartbeats: true, isolation: true })
  .extend({
    restoreDetail: z.string(),
    breakdownSeconds: drillFacts.shape.breakdownSeconds.omit({ decide: true }),
  });
export type Played = z.infer<typeof playedPoint>;

/** Writes the report once (JSON, signature and Markdown) and says on the point what came of it. */
export const finalizeReport = defineActivity(
  'finalizeReport',
  drillFacts,
  z.object({
    report: z.string(),
    result: drillResult.shape.result,
    reasons: z.array(z.string()),
    unsigned: drillResult.shape.unsigned,
    scenario: drillResult.shape.scenario,
    rpoSeconds: z.number().optional(),
    rtoSeconds: z.number().optional(),
  }),
);

/** Records a drill that could not even be planned, as an alert. */
export const raiseAlert = defineActivity(
  'raiseAlert',
  z.object({
    ...scopeFields,
    key: z.string(),
    severity: z.enum(['critical', 'warning']),
    title: z.string(),
    detail: z.string(),
    runbook: z.string(),
    /** The alert that this one takes the place of. */
    insteadOf: z.string().optional(),
  }),
  z.object({ count: z.int() }),
);

/** The key of the alert for a server that was left behind, by its resource id. */
export const leftBehindKey = (server: string): string =>
  `server-left-behind-${server.split('/').at(-1) ?? ''}`;

/** What such an alert says: which server, and why it stands where that is known. */
export const leftBehindDetail = (server: string, why?: string): string =>
  why === undefined ? server : `${server} ${why}`;
/** The server that such an alert names. */
export const serverInDetail = (detail: string): string => detail.split(' ')[0] ?? detail;

/** How the restore of one target ended. */
export const restoreOutcome = z.object({
  state: z.enum(['ready', 'failed', 'timed-out']),
  detail: z.string(),
  restoreSeconds: z.number(),
  reconfigureSeconds: z.number(),
  isolation: isolationFacts.optional(),
});
export type RestoreOutcome = z.infer<typeof restoreOutcome>;

/** How the removal of one target ended. */
export const removalOutcome = z.object({
  state: z.enum(['removed', 'never-made', 'left-over']),
  detail: z.string(),
  seconds: z.number(),
});
export type RemovalOutcome = z.infer<typeof removalOutcome>;

/** An operation on one target, by the activity that starts it, and how it ended. */
export const targetOperationInput = z.object({
  activity: z.string(),
  on: onTarget,
  deadlineSeconds: z.number().positive(),
});
export type TargetOperationInput = z.infer<typeof targetOperationInput>;
export const targetOperationOutcome = z.object({
  state: z.enum(['done', 'failed', 'timed-out']),
  detail: z.string(),
});
export type TargetOperationOutcome = z.infer<typeof targetOperationOutcome>;

/** Input of the orchestrations that restore and remove one target. */
export const onTargetInput = onTarget.extend({ deadlineSeconds: z.number().positive() });
export type OnTargetInput = z.infer<typeof onTargetInput>;
