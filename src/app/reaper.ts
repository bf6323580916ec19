/** The reaper over every system of this region, and what it sees as the API shows it. */
import { actingAs } from '../activities/acting.ts';
import type { Dependencies } from '../activities/dependencies.ts';
import { serversOfGroup } from '../activities/leaked-servers.ts';
import { judgeServers, reapScope, type ReaperRun } from '../activities/reaper.ts';
import { scoped } from '../activities/scope.ts';
import { readDocument } from '../activities/vault-documents.ts';
import { reapedDocument, type DrillServersResponse, type ReapedDocument } from '../contracts/reaper.ts';
import { vaultPaths } from '../contracts/vault-paths.ts';
import { failureFrom } from '../policy/failure.ts';
import { costOf } from '../policy/leaked-servers.ts';
import { sentenceOf } from '../policy/retention/sentences.ts';
import type { App } from './compose.ts';

/** What one run did, in words. */
export interface ReaperLog {
  readonly done: readonly string[];
  readonly troubles: readonly string[];
}

/** Reaps in every system; one that fails does not keep the others from being looked at. */
export async function reapAll({ deps, systems }: Pick<App, 'deps' | 'systems'>): Promise<ReaperLog> {
  const done: string[] = [];
  const troubles: string[] = [];
  for (const system of systems)
    try {
      const run = await reapOne(deps, system);
      done.push(
        ...run.begun.map((server) => `${server} has leaked: its removal is begun`),
        ...run.gone.map((server) => `${server} is confirmed absent`),
      );
      troubles.push(...run.troubles);
    } catch (thrown) {
      troubles.push(`${system}: ${failureFrom(thrown).message}`);
    }
  return { done, troubles };
}

/** One run for one system: one of the timer's, or because somebody does not want to wait for it. */
export function reapOne(deps: Dependencies, system: string): Promise<ReaperRun> {
  const here = scoped(deps, { system, region: deps.region });
  return actingAs({ function: 'reaper' }, () => reapScope(deps, here));
}

/** How many removals are shown. */
const shownAtMost = 20;

/** What stands in the group for a system's drills, with what is decided of it, and what was removed lately. */
export async function viewDrillServers(deps: Dependencies, system: string): Promise<DrillServersResponse> {
  const here = scoped(deps, { system, region: deps.region });
  const found = await serversOfGroup(deps, here);
  const now = deps.clock.now();
  const own = (await judgeServers(deps, here, found)).map(({ facts, origin, decision }) => ({
    ...{ server: facts.id, drill: origin.drill, decision: decision.decision, sentence: sentenceOf(decision) },
    ...(facts.createdAt === undefined ? {} : costOf(facts.createdAt, now, deps.estate.price)),
  }));
  const unknown = found
    .filter(({ origin }) => origin === undefined)
    .map(({ facts }) => ({
      ...{ server: facts.id, decision: 'blocked' as const },
      sentence: 'not deleted: no drill of this estate could have made it',
    }));
  return { servers: [...own, ...unknown], reaped: await reapedLately(deps, here.scope) };
}

async function reapedLately(
  deps: Dependencies,
  scope: Parameters<typeof vaultPaths.reaped>[0],
): Promise<ReapedDocument[]> {
  const reaped: ReapedDocument[] = [];
  for await (const path of deps.vault.list(vaultPaths.reaped(scope))) {
    const one = await readDocument(deps.vault, path, reapedDocument);
    if (one !== undefined) reaped.push(one);
  }
  return reaped.toSorted((a, b) => (a.begunAt < b.begunAt ? 1 : -1)).slice(0, shownAtMost);
}
