/**
 * Removes what drills left behind, whatever became of the drill. Order for each server: look again and decide → write
 * down what is about to go → the guarded deleter → once the provider no longer has it: confirmed, with what it cost. A
 * removal that takes long is gone on with by the next run; nothing waits.
 */
import { leftBehindDetail, leftBehindKey } from '../contracts/drill.ts';
import { reapedDocument, type ReapedDocument, type ReapResponse } from '../contracts/reaper.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import { vaultPaths } from '../contracts/vault-paths.ts';
import { serverNameOf } from '../policy/identifiers.ts';
import { clockDoubt } from '../policy/clock-trust.ts';
import { failureFrom } from '../policy/failure.ts';
import { holdsOn } from '../policy/holds.ts';
import { costOf, type DrillServerOrigin } from '../policy/leaked-servers.ts';
import { decideRetention } from '../policy/retention/decide.ts';
import { secondsOf } from '../policy/objectives.ts';
import { policyFrom } from '../policy/retention/effective.ts';
import type { RetentionDecision } from '../policy/retention/reasons.ts';
import { sentenceOf } from '../policy/retention/sentences.ts';
import type { ServerFacts } from '../ports/database-servers.ts';
import { raise, resolve } from './alerts.ts';
import { deleteLeakedServer, leakedServerGone } from './deleter/servers.ts';
import type { Dependencies } from './dependencies.ts';
import { effectiveProtection } from './estate-guard.ts';
import { drillServerItem, serversOfGroup, type GroupServerFound } from './leaked-servers.ts';
import type { Scoped } from './scope.ts';
import { reapScratch } from './scratch-removal.ts';
import { standingHolds } from './standing-holds.ts';
import { changeDocument, createDocument, readDocument } from './vault-documents.ts';

/** What became of one server; `refused` says why it still stands. */
export interface Reaped {
  readonly refused?: string;
}

/** What one run of the reaper did in a scope. */
export type ReaperRun = ReapResponse;

/** A server of a drill, and what the retention says of it now. */
export interface JudgedServer {
  readonly facts: ServerFacts;
  readonly origin: DrillServerOrigin;
  readonly decision: RetentionDecision;
}

/** Judges the servers of a scope's drills. */
export async function judgeServers(
  deps: Dependencies,
  here: Scoped,
  found: readonly GroupServerFound[],
): Promise<JudgedServer[]> {
  const own = found.flatMap(({ facts, origin }) =>
    origin?.system === here.scope.system ? [{ facts, origin }] : [],
  );
  if (own.length === 0) return [];
  const now = deps.clock.now();
  const holds = await standingHolds(deps, here.scope);
  const pins = holdsOn(holds, { kind: 'other' }, now);
  const items = [];
  for (const one of own) items.push(await drillServerItem(deps, here, one, pins));
  const doubts = {
    clock: clockDoubt(await deps.referenceClocks.offsets()),
    listing: holds.unreadable.map((one) => `${one.path} cannot be read`),
    provider: [],
  };
  const policy = policyFrom(await effectiveProtection(deps, here.scope));
  const decisions = decideRetention({ items, stores: [] }, policy, now, doubts);
  return own.map((one, index) => ({ ...one, decision: decisions[index] as RetentionDecision }));
}

/** Removes one server if it has leaked; decides anew by what stands now. */
export async function reapServer(deps: Dependencies, here: Scoped, server: string): Promise<Reaped> {
  const found = (await serversOfGroup(deps, here)).filter(({ facts }) => facts.id === server);
  const [judged] = await judgeServers(deps, here, found);
  if (judged === undefined) return {}; // It is gone, or is none of a drill: nothing to do here.
  return reap(deps, here, judged);
}

async function reap(deps: Dependencies, here: Scoped, judged: JudgedServer): Promise<Reaped> {
  const { facts, origin, decision } = judged;
  const { scope } = here;
  const reason = sentenceOf(decision);
  if (decision.decision !== 'expire') return { refused: reason };
  const createdAt = facts.createdAt ?? deps.clock.now();
  await createDocument(deps.vault, vaultPaths.reapedServer(scope, serverNameOf(facts.id)), reapedDocument, {
    ...{ schema: 'lifeboat/reaped-server/v1', system: scope.system, region: scope.region },
    ...{ server: facts.id, drill: origin.drill, createdAt: isoOf(createdAt) },
    ...{ begunAt: isoOf(deps.clock.now()), reason },
  });
  const begun = await deleteLeakedServer(deps, scope, { server: facts.id, drill: origin.drill, reason });
  return begun.state === 'failed' ? { refused: `${begun.code}: ${begun.message}` } : {};
}

/** One run over a scope: confirms what is gone, begins with what has leaked, tells of what cannot be removed. */
export async function reapScope(deps: Dependencies, here: Scoped): Promise<ReaperRun> {
  const found = await serversOfGroup(deps, here);
  const standing = new Set(found.map(({ facts }) => facts.id.toLowerCase()));
  const gone = await confirmGone(deps, here, standing);
  const begun: string[] = [];
  const troubles: string[] = [];
  for (const judged of await judgeServers(deps, here, found)) {
    if (judged.decision.decision === 'keep') continue;
    const { id } = judged.facts;
    const end = await reap(deps, here, judged).catch((thrown: unknown) => ({
      refused: failureFrom(thrown).message,
    }));
    if (end.refused === undefined) begun.push(id);
    const why = end.refused ?? (await tooLong(deps, here, id));
    if (why === undefined) continue;
    troubles.push(`${id}: ${why}`);
    await tellStanding(deps, here, judged, why);
  }
  await tellUnknown(deps, here, found);
  const scratch = await reapScratch(deps, here.scope);
  return {
    begun,
    gone: [...gone, ...scratch.gone],
    troubles: [...troubles, ...scratch.troubles],
  };
}

/** Why a server whose removal was begun should be gone by now; a provider may accept a deletion and fail it later. */
async function tooLong(deps: Dependencies, here: Scoped, server: string): Promise<string | undefined> {
  const path = vaultPaths.reapedServer(here.scope, serverNameOf(server));
  const reaped = await readDocument(deps.vault, path, reapedDocument);
  const deadline = secondsOf(here.system.deadlines.removal);
  const since = reaped === undefined ? 0 : deps.clock.now().diff(instantOf(reaped.begunAt)).as('seconds');
  return since > deadline
    ? `its removal was begun at ${reaped?.begunAt ?? ''}, and it still stands`
    : undefined;
}

/** Closes what earlier runs began and the provider no longer has. */
async function confirmGone(
  deps: Dependencies,
  here: Scoped,
  standing: ReadonlySet<string>,
): Promise<string[]> {
  const gone: string[] = [];
  for await (const path of deps.vault.list(vaultPaths.reaped(here.scope))) {
    const reaped = await readDocument(deps.vault, path, reapedDocument);
    if (reaped === undefined || reaped.confirmedAbsentAt !== undefined) continue;
    if (standing.has(reaped.server.toLowerCase())) continue;
    // A listing may be a moment old: the server itself is asked.
    if ((await deps.servers.get(reaped.server)) !== undefined) continue;
    await close(deps, here, path, reaped);
    gone.push(reaped.server);
  }
  return gone;
}

async function close(
  deps: Dependencies,
  { scope }: Scoped,
  path: string,
  reaped: ReapedDocument,
): Promise<void> {
  const { server, reason } = reaped;
  await leakedServerGone(deps, scope, { server, reason });
  const at = deps.clock.now();
  await changeDocument(deps.vault, path, reapedDocument, (standing) =>
    standing.confirmedAbsentAt === undefined
      ? {
          ...standing,
          confirmedAbsentAt: isoOf(at),
          ...costOf(instantOf(standing.createdAt), at, deps.estate.price),
        }
      : standing,
  );
  await resolve(deps, scope, leftBehindKey(server));
}

/** A server that should be gone and stands has an alert of its own, until it is gone. */
async function tellStanding(
  deps: Dependencies,
  { scope }: Scoped,
  { facts }: JudgedServer,
  why: string,
): Promise<void> {
  await raise(deps, scope, {
    key: leftBehindKey(facts.id),
    severity: 'warning',
    title: `A server of a restore drill of ${scope.system} in ${scope.region} was left behind`,
    detail: leftBehindDetail(facts.id, `cannot be removed: ${why}`),
    runbook: 'runbooks/drill-failed.md',
  });
}

/** What nobody knows is never touched; the first system of the group tells of it. */
async function tellUnknown(
  deps: Dependencies,
  { scope, region }: Scoped,
  found: readonly GroupServerFound[],
): Promise<void> {
  const sharing = deps.estate.systems.filter(({ regions }) =>
    regions.some(
      (one) => one.region === scope.region && one.drill.resourceGroup === region.drill.resourceGroup,
    ),
  );
  if (sharing[0]?.id !== scope.system) return;
  const unknown = found.filter(({ origin }) => origin === undefined).map(({ facts }) => facts.id);
  if (unknown.length === 0) return resolve(deps, scope, 'drill-group-unknown');
  await raise(deps, scope, {
    key: 'drill-group-unknown',
    severity: 'warning',
    title: `Servers of unknown origin stand in the resource group for drills of ${scope.region}`,
    detail: `${unknown.slice(0, 5).join(', ')}: they are not of a drill that this estate could have made, and are not touched`,
    runbook: 'runbooks/drill-failed.md',
  });
}
