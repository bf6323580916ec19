/**
 * Makes the plan of a person's restore and keeps it: the instant, servers that can be restored to it and names that are
 * free, the newest heartbeats that will be there, how long it took before. Nothing is restored and nothing is kept from
 * being deleted by it; whoever asks for the restore does so by the digest of the plan.
 */
import type { RecoveryPoint } from '../../contracts/documents.ts';
import { restorePlan, type RestorePlan } from '../../contracts/restore-plan.ts';
import type { PlannedTables } from '../../contracts/restore-tables.ts';
import type { RestoreTo } from '../../contracts/restore.ts';
import { instantOf, isoOf } from '../../contracts/values.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { digestOf } from '../../policy/canonical-json.ts';
import { Failure } from '../../policy/failure.ts';
import { serverNameOf, stampOf } from '../../policy/identifiers.ts';
import { secondsOf } from '../../policy/objectives.ts';
import { decideRestorePlan, type DatabaseToRestore, type RestoreFacts } from '../../policy/restore-plan.ts';
import { chooseRestore } from '../../policy/restore-target.ts';
import type { DateTime } from 'luxon';
import { approvedScope } from '../approved-scope.ts';
import { checksFor } from '../checks/registry.ts';
import type { Dependencies } from '../dependencies.ts';
import { readCatalogue, usablePoints } from '../points.ts';
import { databaseOf, scoped, storesOf, type Scoped } from '../scope.ts';
import { chooseTables } from '../side-schema/choose.ts';
import { createDocument } from '../vault-documents.ts';
import { readPastRestores } from './history.ts';
import { heartbeatInSource, heartbeatOfPoint, silentSince } from './last-heartbeat.ts';
import { instantOrPoint } from './sources.ts';
import { findTargets, restoresOf, type FoundTarget } from './targets.ts';

/** What a plan is asked for. */
export interface RestoreWish {
  readonly to: RestoreTo;
  /** Of the new server; left out with chosen tables. */
  readonly name?: string | undefined;
  /** One database alone. */
  readonly database?: string | undefined;
  /** Of that database these tables alone. */
  readonly tables?: readonly string[] | undefined;
}

/** Makes the plan and writes it into the vault, under its digest. */
export async function proposeRestore(
  deps: Dependencies,
  scope: Scope,
  wish: RestoreWish,
): Promise<{ readonly digest: string; readonly plan: RestorePlan }> {
  const here = scoped(deps, scope);
  const { to, name, database: only } = fittingWish(here, wish);
  const plannedAt = deps.clock.now();
  const points = usablePoints(await readCatalogue(deps, scope), plannedAt);
  const known = points.map((one) => ({ id: one.id, instant: instantOf(one.instant) }));
  const silent = await silentSince(deps, scope);
  const order = to === 'latest' || to === 'archived' ? to : instantOrPoint(to);
  const choice = chooseRestore(order, plannedAt, known, silent);
  const point = choice.kind === 'point' ? points.find((one) => one.id === choice.point) : undefined;
  const before = choice.kind === 'instant' ? newestBefore(points, choice.instant) : undefined;
  const restore = `restore-${stampOf(plannedAt)}`;
  const found = await findTargets(deps, here, {
    ...{ choice, point, name, restore, only, to, silentSince: silent },
  });
  const tables = await tablesOf(deps, here, found, { wanted: wish.tables, restore, point, before });
  const checks = checksOf(here, found, point !== undefined);
  const decided = decideRestorePlan({
    ...{ to, plannedAt, choice, checks, points: known, price: deps.estate.price },
    databases: await Promise.all(found.map((one) => databaseFacts(deps, here, one, { point, plannedAt }))),
    ...settingsOf(await approvedScope(deps, scope), found),
    ...(tables === undefined ? {} : { allowedAddresses: here.region.drill.allowedAddresses }),
    past: await readPastRestores(deps, scope),
    tables,
  });
  const { loss } = decided;
  const plan = restorePlan.parse({
    ...{ schema: 'lifeboat/restore-plan/v2', restore, ...here.scope, plannedAt: isoOf(plannedAt), to },
    ...{ ...decided, validUntil: isoOf(decided.validUntil), instant: isoOf(decided.instant) },
    ...{ name: tables?.schema ?? name, tables },
    ...{ point: point?.id, database: only, targets: found.map(({ target }) => target), checks },
    loss: { ...loss, newestHeartbeat: loss.newestHeartbeat && isoOf(loss.newestHeartbeat) },
    ...{ estateDigest: deps.estateDigest, softwareVersion: deps.softwareVersion },
  });
  const digest = digestOf(plan);
  await createDocument(deps.vault, vaultPaths.plan(scope, digest), restorePlan, plan);
  return { digest, plan };
}

/** Throws `bad-input` where what is asked for does not go together; of one database the name need not be said. */
function fittingWish({ region }: Scoped, { to, name, database, tables }: RestoreWish): RestoreWish {
  const [first, second] = region.databases;
  const only = database ?? (tables !== undefined && second === undefined ? first?.id : undefined);
  if ((name === undefined) !== (tables !== undefined))
    throw new Failure(
      'bad-input',
      tables === undefined
        ? 'name: is missing; it is that of the new server'
        : 'name: does not go with "tables": their schema has a name of its own',
      'Nothing was planned.',
    );
  if (tables !== undefined && only === undefined)
    throw new Failure(
      'bad-input',
      `database: is missing; the tables are of one of ${region.databases.map(({ id }) => id).join(', ')}`,
      'Name the database; nothing was planned.',
    );
  return { to, name, database: only, tables };
}

function newestBefore(points: readonly RecoveryPoint[], instant: DateTime): RecoveryPoint | undefined {
  const before = points.filter((one) => instantOf(one.instant) <= instant);
  return before.toSorted((a, b) => (a.instant < b.instant ? 1 : -1))[0];
}

/** What the plan says of chosen tables, where some were chosen. */
async function tablesOf(
  deps: Dependencies,
  here: Scoped,
  [found]: readonly FoundTarget[],
  {
    wanted: tables,
    restore,
    point,
    before,
  }: {
    readonly wanted: readonly string[] | undefined;
    readonly restore: string;
    readonly point: RecoveryPoint | undefined;
    readonly before: RecoveryPoint | undefined;
  },
): Promise<PlannedTables | undefined> {
  if (tables === undefined || found === undefined) return undefined;
  const { database, source } = found;
  const at = { address: source?.address ?? '', name: database.name };
  return chooseTables(deps, here, { restore, tables, database: database.id, point, before, at });
}

function settingsOf(
  here: Scoped,
  found: readonly FoundTarget[],
): Pick<RestoreFacts, 'stores' | 'allowedAddresses' | 'breakGlassAfterSeconds'> {
  const { allowedAddresses, breakGlassAfter } = restoresOf(here);
  return {
    stores: [...new Set(found.flatMap(({ database }) => storesOf(here.region, database.id)))].map(
      ({ id }) => id,
    ),
    allowedAddresses,
    breakGlassAfterSeconds: breakGlassAfter === 'never' ? undefined : secondsOf(breakGlassAfter),
  };
}

function checksOf(here: Scoped, found: readonly FoundTarget[], hasRecord: boolean): string[] {
  const of = (id: string): string[] =>
    checksFor(here.region, databaseOf(here.region, id), { hasRecord, occasion: 'restore', isLast: false });
  return [...new Set(found.flatMap(({ database }) => of(database.id)))];
}

async function databaseFacts(
  deps: Dependencies,
  { region }: Scoped,
  { database, source, target }: FoundTarget,
  { point, plannedAt }: { readonly point: RecoveryPoint | undefined; readonly plannedAt: DateTime },
): Promise<DatabaseToRestore> {
  const instant = instantOf(target.instant);
  const restorable = plannedAt.minus({ seconds: secondsOf(region.drill.restorableAfter) });
  return {
    ...{
      database: database.id,
      source: serverNameOf(target.source),
      target: serverNameOf(target.target),
      instant,
    },
    isGone: source === undefined,
    heartbeat:
      point === undefined
        ? await heartbeatInSource(deps, { database, source }, restorable < instant ? restorable : instant)
        : await heartbeatOfPoint(deps, point, database.id),
  };
}
