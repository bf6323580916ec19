/**
 * The plan of a cutover to what was restored: every hook of the estate as it will be sent, and what is lost: what was
 * written to the source after what was restored. Nothing is started, and nothing but the plan is written.
 */
import { cutoverPlan, type CutoverPlan } from '../../contracts/cutover-plan.ts';
import type { EstateDatabase } from '../../contracts/estate.ts';
import { restoreDocument, type RestoreDocument } from '../../contracts/restore.ts';
import { restorePlan, type RestorePlan } from '../../contracts/restore-plan.ts';
import { instantOf, isoOf } from '../../contracts/values.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { digestOf } from '../../policy/canonical-json.ts';
import { cutoverSteps } from '../../policy/cutover.ts';
import { Failure } from '../../policy/failure.ts';
import { serverNameOf, stampOf } from '../../policy/identifiers.ts';
import { secondsOf } from '../../policy/objectives.ts';
import { safetyMargins } from '../../policy/safety-margins.ts';
import { readPlan } from '../approvals.ts';
import { approvedScope } from '../approved-scope.ts';
import type { Dependencies } from '../dependencies.ts';
import { heartbeatInSource } from '../restore/last-heartbeat.ts';
import { restoresOf } from '../restore/targets.ts';
import { databaseOf, scoped, type Scoped } from '../scope.ts';
import { createDocument, readDocument } from '../vault-documents.ts';
import { callWords, plannedHooks, type Place } from './hooks.ts';

import { mustHold } from './stale.ts';

export interface ProposedCutover {
  readonly digest: string;
  readonly plan: CutoverPlan;
}

/** Makes the plan and writes it into the vault, under its digest. */
export async function proposeCutover(
  deps: Dependencies,
  scope: Scope,
  { restore, without }: { readonly restore: string; readonly without: readonly string[] },
): Promise<ProposedCutover> {
  const here = scoped(deps, scope);
  const { end, plan: restored } = await readyRestore(deps, here.scope, restore);
  const plannedAt = deps.clock.now();
  const cutover = `cutover-${stampOf(plannedAt)}`;
  const places = await Promise.all(restored.targets.map((target) => placeOf(deps, target)));
  const hooks = plannedHooks(here, places, { restore, cutover, without });
  const { breakGlassAfter } = restoresOf(await approvedScope(deps, here.scope));
  const alone = breakGlassAfter === 'never' ? undefined : secondsOf(breakGlassAfter);
  const { loss, silent } = await lossOf(deps, here, places, end);
  return keepPlan(deps, {
    ...{ schema: 'lifeboat/cutover-plan/v1', cutover, direction: 'over', restore, ...here.scope },
    ...timesOf(deps),
    ...{
      name: restored.name,
      databases: places.map(({ source, server, database, address }) => ({
        database,
        source,
        server,
        address,
      })),
    },
    ...{ hooks, without: [...without] },
    steps: cutoverSteps({
      direction: 'over',
      databases: places.map((place) => ({
        ...{ ...shortNames(place), isGone: place.sourceAddress === undefined },
      })),
      hooks: hooks.map(({ hook, call, undo }) => ({
        ...{
          hook,
          what: callWords(call),
          back: undo === undefined ? 'none, the source is gone' : callWords(undo),
        },
        isUnanswered: call.kind === 'sql' && silent.has(call.server),
      })),
      ...{ without, breakGlassAfterSeconds: alone, isApproved: false },
    }),
    loss,
    approval: { by: 'another-person', ...(alone === undefined ? {} : { breakGlassAfterSeconds: alone }) },
    ...{ estateDigest: deps.estateDigest, softwareVersion: deps.softwareVersion },
  });
}

/** When a plan is made, and until when it counts. */
export function timesOf({ clock }: Dependencies): Pick<CutoverPlan, 'plannedAt' | 'validUntil'> {
  const now = clock.now();
  return {
    plannedAt: isoOf(now),
    validUntil: isoOf(now.plus({ hours: safetyMargins.restorePlanHours })),
  };
}

/** Writes a plan that holds; throws where it could not be carried out as it stands. */
export async function keepPlan(deps: Dependencies, made: CutoverPlan): Promise<ProposedCutover> {
  const plan = cutoverPlan.parse(made);
  await mustHold(deps, plan);
  const digest = digestOf(plan);
  await createDocument(deps.vault, vaultPaths.plan(plan, digest), cutoverPlan, plan);
  return { digest, plan };
}

export const shortNames = ({
  database,
  source,
  server,
}: Pick<Place, 'database' | 'source' | 'server'>): { database: string; source: string; server: string } => ({
  ...{ database, source: serverNameOf(source), server: serverNameOf(server) },
});

/** A restore that ended ready: every server stands and every check passed. Nothing else is cut over to. */
async function readyRestore(
  deps: Dependencies,
  scope: Scope,
  restore: string,
): Promise<{ readonly end: RestoreDocument; readonly plan: RestorePlan }> {
  const end = await readDocument(deps.vault, vaultPaths.restore(scope, restore), restoreDocument);
  if (end?.outcome === 'ready' && end.plan !== undefined) {
    const plan = await readPlan(deps, scope, end.plan, restorePlan);
    if (plan.tables === undefined) return { end, plan };
    throw new Failure(
      'refused',
      `${restore} brought back chosen tables: no server of it stands`,
      'Only a restore of whole databases is cut over to.',
    );
  }
  if (end === undefined)
    throw new Failure(
      'not-found',
      `${restore} of ${scope.system} in ${scope.region} has not ended, or never was`,
      'List them with: lifeboat restore list --system … --region …',
    );
  throw new Failure(
    'refused',
    `${restore} is ${end.outcome}: ${end.detail}`,
    'Only a restore that is ready is cut over to: every server restored and every check passed.',
  );
}

async function placeOf(
  deps: Dependencies,
  { database, name, source, target }: RestorePlan['targets'][number],
): Promise<Place> {
  const [from, to] = await Promise.all([deps.servers.get(source), deps.servers.get(target)]);
  if (to?.address !== undefined)
    return {
      ...{ database, name, source, server: target, address: to.address },
      sourceAddress: from?.address,
    };
  throw new Failure(
    'refused',
    `${target} ${to === undefined ? 'does not stand any more' : 'has no address'}`,
    'Restore again with: lifeboat restore plan',
  );
}

/** The newest heartbeat of a source now, or that it does not stand or does not answer. */
export async function beatOf(
  deps: Dependencies,
  { database, source }: { readonly database: EstateDatabase; readonly source: string },
): ReturnType<typeof heartbeatInSource> {
  const facts = await deps.servers.get(source);
  return facts === undefined
    ? { problem: 'the source does not stand any more', isSilent: true }
    : heartbeatInSource(deps, { database, source: facts }, deps.clock.now());
}

/** From the newest heartbeat that was found in the restored data to the newest one of the source now; which sources do not answer. */
async function lossOf(
  deps: Dependencies,
  { region }: Scoped,
  places: readonly Place[],
  { newestHeartbeat: from }: RestoreDocument,
): Promise<{ readonly loss: CutoverPlan['loss']; readonly silent: ReadonlySet<string> }> {
  const unknown: CutoverPlan['loss']['unknown'] = [];
  const silent = new Set<string>();
  const newest: string[] = [];
  for (const { database, source } of places) {
    const beat = await beatOf(deps, { database: databaseOf(region, database), source });
    if ('problem' in beat) {
      unknown.push({ database, problem: beat.problem });
      if (beat.isSilent === true) silent.add(source);
    } else newest.push(isoOf(beat.newest));
    if (from === undefined)
      unknown.push({ database, problem: 'no heartbeat was found in the restored data' });
  }
  const until = newest.toSorted().at(-1);
  const known = {
    ...(from === undefined ? {} : { from }),
    ...(until === undefined ? {} : { until }),
    unknown,
  };
  if (from === undefined || until === undefined || unknown.length > 0) return { loss: known, silent };
  const seconds = Math.max(0, instantOf(until).diff(instantOf(from)).as('seconds'));
  return { loss: { ...known, seconds }, silent };
}
