/** How runs of an operation's kind usually go, from what the task hub still has of the newest that ended well. */
import type { Dependencies } from '../activities/dependencies.ts';
import { scoped } from '../activities/scope.ts';
import { readDocument } from '../activities/vault-documents.ts';
import type { UsualCourseResponse } from '../contracts/api/runs.ts';
import { progress } from '../contracts/cycle.ts';
import { dryRunOutcome, partialOutcome, runKinds, slotClaim } from '../contracts/documents.ts';
import { restorePlan } from '../contracts/restore-plan.ts';
import { restoreRequest } from '../contracts/restore-request.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { Failure } from '../policy/failure.ts';
import { parseInstanceId } from '../policy/identifiers.ts';
import { usualCourse, type PastRun } from '../policy/time-left.ts';
import type { TaskHub } from '../ports/task-hub.ts';

const runsAtMost = 5;
/** Those say nothing of how long a whole run takes. */
const shortened: readonly string[] = ['failed', dryRunOutcome, partialOutcome];

/** The usual course of runs of the same kind, system and region; of no run where none is known. */
export async function viewUsualCourse(
  deps: Dependencies,
  hub: TaskHub,
  id: string,
): Promise<UsualCourseResponse> {
  const run = parseInstanceId(id);
  const kind = runKinds.find((one) => one === run?.kind);
  if (run === undefined || kind === undefined)
    throw new Failure('not-found', `there is no operation "${id}"`, 'See what runs with: lifeboat status');
  const { scope } = scoped(deps, { system: run.system, region: run.region });
  if (kind === 'restore') return usualRestore(deps, scope, `restore-${run.stamp}`);
  const paths: string[] = [];
  for await (const path of deps.vault.list(vaultPaths.slots(scope, kind))) paths.push(path);
  const past: PastRun[] = [];
  for (const path of paths.toReversed().slice(0, 2 * runsAtMost)) {
    if (past.length === runsAtMost) break;
    const ended = await pastRun(deps, hub, path, id);
    if (ended !== undefined) past.push(ended);
  }
  const { runs, seconds, steps } = usualCourse(past);
  return { runs, seconds, steps: [...steps] };
}

/** What its plan expects: the drills and the restores before, whose parts are known however long ago they were. */
async function usualRestore(deps: Dependencies, scope: Scope, restore: string): Promise<UsualCourseResponse> {
  const request = await readDocument(deps.vault, vaultPaths.restoreRequest(scope, restore), restoreRequest);
  const plan = request && (await readDocument(deps.vault, vaultPaths.plan(scope, request.plan), restorePlan));
  const { overall, restore: making, reconfigure, validate } = plan?.expected ?? {};
  const steps = [
    { step: 'restore', seconds: (making?.median ?? 0) + (reconfigure?.median ?? 0) },
    { step: 'check', seconds: validate?.median ?? 0 },
  ];
  if (overall === undefined) return { runs: 0, seconds: 0, steps: [], waits: ['approve'] };
  return { runs: overall.samples, seconds: overall.median, steps, waits: ['approve'] };
}

/** The run of a claim as it went; undefined if it says nothing: at work, cut short, or forgotten by the hub. */
async function pastRun(
  deps: Dependencies,
  hub: TaskHub,
  path: string,
  asked: string,
): Promise<PastRun | undefined> {
  const claim = await readDocument(deps.vault, path, slotClaim);
  if (claim?.finished === undefined || claim.instanceId === asked) return undefined;
  if (shortened.includes(claim.finished.outcome)) return undefined;
  const instance = await hub.find(claim.instanceId);
  if (instance?.state !== 'succeeded') return undefined;
  const seconds = instance.updatedAt.diff(instance.startedAt).as('seconds');
  const steps = progress.safeParse(instance.customStatus).data?.done ?? [];
  return { seconds, steps: steps.map(({ step, seconds: took }) => ({ step, seconds: took })) };
}
