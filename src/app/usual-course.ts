/** How runs of an operation's kind usually go, from what the task hub still has of the newest that ended well. */
import type { Dependencies } from '../activities/dependencies.ts';
import { scoped } from '../activities/scope.ts';
import { readDocument } from '../activities/vault-documents.ts';
import type { UsualCourseResponse } from '../contracts/api.ts';
import { progress } from '../contracts/cycle.ts';
import { dryRunOutcome, partialOutcome, runKinds, slotClaim } from '../contracts/documents.ts';
import { vaultPaths } from '../contracts/vault-paths.ts';
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
