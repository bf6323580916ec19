/** Removes the servers that a restore made, through the guarded deleter; what cannot be removed is told as left over. */
import type { OrchestrationContext } from 'durable-functions';
import { removeRestored, type RestoreFacts } from '../contracts/restore.ts';
import type { Step } from './step.ts';
import { onEachTarget } from './target-operation.ts';
import type { Timeline } from './timeline.ts';

/** The servers by their databases, in the order of the plan. */
export interface ServersToRemove {
  readonly onTargets: readonly {
    readonly system: string;
    readonly region: string;
    readonly plan: string;
    readonly database: string;
  }[];
  readonly targets: readonly { readonly target: string }[];
}

/** Side by side. */
export function* removeServers(
  ctx: OrchestrationContext,
  { onTargets, targets }: ServersToRemove,
  { timeline, removalSeconds }: { readonly timeline: Timeline; readonly removalSeconds: number },
): Step<RestoreFacts['servers']> {
  timeline.begin('take back');
  const removal = { activity: removeRestored.name, deadlineSeconds: removalSeconds };
  const removed = yield* onEachTarget(
    ctx,
    onTargets.map((on) => ({ ...removal, on })),
  );
  const servers = onTargets.map(({ database }, index): RestoreFacts['servers'][number] => {
    const { state: ended, detail } = removed[index] ?? { state: 'failed', detail: 'no answer' };
    const state = ended !== 'done' ? 'left-over' : detail === 'never made' ? 'never-made' : 'removed';
    return { database, target: targets[index]?.target ?? '', state, detail };
  });
  const left = servers.find(({ state }) => state === 'left-over');
  timeline.end(left === undefined ? 'done' : 'failed', left?.detail ?? `${servers.length} server(s) absent`);
  return servers;
}
