/** The checks of the container that the checkpoints of the audit logs go into. Nothing is written there. */
import { chainedSegments, entryIn } from '../../activities/audit-intents.ts';
import { newestCheckpoint } from '../../activities/audit-check.ts';
import type { Dependencies } from '../../activities/dependencies.ts';
import type { Scoped } from '../../activities/scope.ts';
import type { AuditCheckpoint, AuditEntry } from '../../contracts/audit.ts';
import { instantOf } from '../../contracts/values.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import {
  judgeCheckpoint,
  judgeCheckpointWrite,
  judgePlace,
  type SeenCheckpoint,
} from '../../policy/doctor/checkpoints.ts';
import { linesOf } from '../../policy/log-lines.ts';
import { check, type Check } from './run.ts';

/** Where the two containers are. */
export interface Containers {
  readonly vaultUrl: string;
  readonly checkpointsUrl: string;
}

const silent =
  'Look at the account that LIFEBOAT_CHECKPOINTS_URL names; then runbooks/audit-not-verified.md.';

/** What is looked at once for the region. */
export function checkpointChecks(
  deps: Dependencies,
  all: readonly Scoped[],
  { vaultUrl, checkpointsUrl }: Containers,
): Check[] {
  return [
    check(
      'checkpoints place',
      async () => checkpointsUrl,
      (url) => judgePlace(vaultUrl, url),
    ),
    check('checkpoints write', () => tryAppend(deps, all), judgeCheckpointWrite, silent),
  ];
}

/** The newest checkpoint of a system's log. */
export const checkpointOf = (deps: Dependencies, { scope }: Scoped): Check =>
  check('checkpoint', () => lookAt(deps, scope), judgeCheckpoint, silent);

/** An append behind a place that no file ends at is let in or not, and changes nothing. */
async function tryAppend(
  { checkpoints }: Dependencies,
  all: readonly Scoped[],
): Promise<boolean | undefined> {
  for (const { scope } of all)
    for await (const { path, bytes } of checkpoints.listSegments(vaultPaths.auditCheckpoints(scope)))
      return checkpoints.appendAt(path, bytes + 1, Buffer.from('\n'));
  return undefined;
}

async function lookAt(deps: Dependencies, scope: Scope): Promise<SeenCheckpoint> {
  const { checkpoint, problem } = await newestCheckpoint(deps, scope);
  const unsigned = problem === undefined ? await firstBehind(deps, scope, checkpoint) : undefined;
  return {
    problem: problem === undefined ? undefined : `${problem.place}: ${problem.detail}`,
    sequence: checkpoint?.sequence,
    unsignedSeconds: unsigned && deps.clock.now().diff(instantOf(unsigned.at)).as('seconds'),
  };
}

/** The first entry that a checkpoint does not stand for. */
async function firstBehind(
  { segments }: Dependencies,
  scope: Scope,
  checkpoint: AuditCheckpoint | undefined,
): Promise<AuditEntry | undefined> {
  const from = checkpoint && `${vaultPaths.auditSegments(scope)}${checkpoint.segment}`;
  for (const { path, bytes } of await chainedSegments(segments, scope)) {
    const at = path === from ? (checkpoint?.bytes ?? 0) : 0;
    if ((from !== undefined && path < from) || bytes <= at) continue;
    for await (const { lines } of linesOf(await segments.open(path, at)))
      for (const line of lines) {
        const entry = entryIn(line);
        if (entry !== undefined) return entry;
      }
  }
  return undefined;
}
