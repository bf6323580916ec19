/**
 * The prune of one system in one region: plan (written down before anything is deleted) → backups, oldest first, each
 * confirmed absent before the next → everything else in portions, kind by kind → result. A dry run ends with the plan; so does a plan
 * that the brake holds, which is carried out by a prune that names it once it is approved.
 */
import type { OrchestrationContext } from 'durable-functions';
import { dryRunOutcome } from '../contracts/documents.ts';
import { raiseAlert } from '../contracts/drill.ts';
import {
  finalizePrune,
  planPrune,
  pruneBackup,
  pruneInput,
  pruneItems,
  pruneResult,
  type PortionEnd,
  type PortionKind,
  type PruneInput,
  type PruneResult,
} from '../contracts/prune.ts';
import { isoOf } from '../contracts/values.ts';
import type { Failure } from '../policy/failure.ts';
import { runOperation } from './run-operation.ts';
import { serveSlot } from './serve-slot.ts';
import { attempt, call, now, ProgressNote, secondsSince, type Step, type WorkflowContract } from './step.ts';

export const pruneContract: WorkflowContract<PruneInput, PruneResult> = {
  name: 'prune',
  input: pruneInput,
  output: pruneResult,
};

type Parsed = ReturnType<typeof pruneInput.parse>;
interface Effects {
  readonly backups: { item: string; outcome: 'deleted' | 'refused' | 'failed'; detail: string }[];
  readonly portions: PortionEnd[];
}

/** Refusals of a kind that a history can bear. */
const refusalsTold = 20;
/** What the portions of a kind are called in the progress. */
const notes: Readonly<Record<PortionKind, string>> = {
  'blob-snapshot': 'delete snapshots',
  'blob-version': 'delete versions',
  'unreferenced-blob': 'delete blobs',
  'drill-server': 'remove leaked servers',
  report: 'remove old reports',
  'exported-dump': 'delete dumps',
  'own-document': 'remove old records',
};

export function* prune(ctx: OrchestrationContext): Step<PruneResult> {
  const input = pruneInput.parse(ctx.df.getInput());
  return yield* serveSlot(ctx, {
    ...{ kind: 'prune', contract: pruneContract, input },
    work: (unclear) => pruneAndTell(ctx, input, unclear),
    outcomeOf: (result) => (input.dryRun ? dryRunOutcome : result.outcome),
  });
}

function* pruneAndTell(
  ctx: OrchestrationContext,
  input: Parsed,
  unclear: Failure | undefined,
): Step<PruneResult> {
  const { system, region } = input;
  const startedAt = now(ctx);
  const pruned = yield* attempt(planAndApply(ctx, input, unclear));
  const none = { deleted: 0, kept: 0, blocked: 0 };
  const result: PruneResult =
    'value' in pruned
      ? { ...pruned.value, seconds: secondsSince(ctx, startedAt) }
      : { outcome: 'failed', detail: pruned.failure.message, ...none, seconds: secondsSince(ctx, startedAt) };
  if ('failure' in pruned && !input.dryRun) {
    const alert = {
      key: 'prune-failed',
      severity: 'warning' as const,
      title: `The prune of ${system} in ${region} failed`,
      detail: result.detail,
      runbook: 'runbooks/prune-blocked.md',
    };
    yield* attempt(call(ctx, raiseAlert, { system, region, ...alert }));
  }
  return result;
}

function* planAndApply(
  ctx: OrchestrationContext,
  { system, region, slot, dryRun, plan: asked }: Parsed,
  unclear: Failure | undefined,
): Step<Omit<PruneResult, 'seconds'>> {
  if (unclear !== undefined) throw unclear;
  const startedAt = isoOf(now(ctx));
  const note = new ProgressNote(ctx);
  note.begin('plan');
  const order = { system, region, slot, dryRun };
  const planned = yield* call(ctx, planPrune, asked === undefined ? order : { ...order, plan: asked });
  const onPlan = { system, region, plan: planned.plan };
  const effects: Effects = { backups: [], portions: [] };
  if (!dryRun && planned.held === undefined) {
    note.begin('delete backups');
    for (const backup of planned.backups) {
      const { item } = backup;
      const ended = yield* attempt(
        runOperation(ctx, pruneBackup, { ...onPlan, ...backup }, planned.deadlineSeconds),
      );
      if ('failure' in ended)
        effects.backups.push({ item, outcome: 'failed', detail: ended.failure.message });
      else effects.backups.push({ item, outcome: outcomeOf(ended.value), detail: ended.value.detail });
    }
    for (const { kind } of planned.portions) {
      note.begin(notes[kind]);
      effects.portions.push(yield* deleteKind(ctx, onPlan, kind));
    }
  }
  note.begin('report');
  const result = yield* call(ctx, finalizePrune, {
    ...onPlan,
    ...{ slot, startedAt, endedAt: isoOf(now(ctx)), dryRun },
    ...(planned.held === undefined || dryRun ? {} : { held: planned.held }),
    ...effects,
  });
  return { ...result, plan: planned.plan };
}

function outcomeOf(end: {
  readonly state: string;
  readonly detail: string;
}): 'deleted' | 'refused' | 'failed' {
  if (end.state === 'done') return 'deleted';
  return end.detail.startsWith('DeletionRefused') ? 'refused' : 'failed';
}

/** Deletes everything of a kind; a portion that failed is told, and what is behind it waits for the next prune. */
function* deleteKind(
  ctx: OrchestrationContext,
  onPlan: { system: string; region: string; plan: string },
  kind: PortionKind,
): Step<PortionEnd> {
  const refused: string[] = [];
  let deleted = 0;
  let from: number | undefined = 0;
  while (from !== undefined) {
    const portion:
      | { value: { deleted: number; refused: string[]; next?: number | undefined } }
      | { failure: { message: string } } = yield* attempt(call(ctx, pruneItems, { ...onPlan, kind, from }));
    if ('failure' in portion) {
      refused.push(portion.failure.message);
      break;
    }
    deleted += portion.value.deleted;
    refused.push(...portion.value.refused.slice(0, Math.max(0, refusalsTold - refused.length)));
    from = portion.value.next;
  }
  return { kind, deleted, refused };
}
