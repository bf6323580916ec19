/**
 * What an estate protects, as plain facts that can be compared and approved. The same estate always gives the same facts
 * in the same order, whatever order its file is written in: their digest is what a person approves.
 */
import { digestOf } from '../policy/canonical-json.ts';
import { longestPauseSeconds } from '../policy/longest-pause.ts';
import { secondsOf } from '../policy/objectives.ts';
import { compareText, ladderRungs, type Ladder, type Rung } from '../policy/retention/ladder.ts';
import { defaultRetentionPolicy, type RetentionPolicy } from '../policy/retention/policy.ts';
import type {
  AloneAfter,
  DatabaseProtection,
  DumpPlace,
  ScheduleFacts,
  StoreProtection,
  SystemProtection,
} from '../policy/retention/protection.ts';
import type {
  Estate,
  EstateBlobStore,
  EstateDatabase,
  EstateDump,
  EstateRegion,
  EstateSystem,
} from './estate.ts';
import type { Scope } from './vault-paths.ts';

/** What every system of an estate is protected by, in each of its regions. */
export function protectionsOf({ systems }: Pick<Estate, 'systems'>): SystemProtection[] {
  return systems.flatMap((system) => system.regions.map((region) => protectionOf(system, region)));
}

/** What protects one scope; undefined if the estate does not hold it. */
export function protectionIn(estate: Pick<Estate, 'systems'>, scope: Scope): SystemProtection | undefined {
  const system = estate.systems.find((one) => one.id === scope.system);
  const region = system?.regions.find((one) => one.region === scope.region);
  return system === undefined || region === undefined ? undefined : protectionOf(system, region);
}

/** What a person approves of a scope: the digest of its protection, or of its having none any more. */
export function protectionDigest(scope: Scope, protection: SystemProtection | undefined): string {
  const { system, region } = scope;
  return digestOf(protection ?? { system, region, protected: false });
}

/** The retention policy of a system, as its estate says it; whether it may be used is the policy's own check. */
export function retentionPolicyOf({ retention }: Pick<EstateSystem, 'retention'>): RetentionPolicy {
  const { brake, ladder } = retention;
  return {
    windowHours: hoursOf(retention.window),
    minimumProven: retention.minimumProven,
    ladder: ladder === undefined ? undefined : ladderOf(ladder),
    brake: { maxDeleteFraction: brake.fraction, maxDeleteCount: brake.count },
    contentBrake: { maxDeleteFraction: brake.contentFraction, maxDeleteCount: brake.contentCount },
    marksApartHours: defaultRetentionPolicy.marksApartHours,
    graceHours: defaultRetentionPolicy.graceHours,
    historyDays: daysOf(retention.history),
    reportDays: daysOf(retention.reports),
  };
}

const hoursOf = (duration: string): number => secondsOf(duration) / 3_600;
const daysOf = (duration: string): number => secondsOf(duration) / 86_400;

/** A ladder without the rungs that are left out. */
export const ladderOf = (ladder: { readonly [R in Rung]?: number | undefined }): Ladder =>
  Object.fromEntries(
    ladderRungs.flatMap((rung) => (ladder[rung] === undefined ? [] : [[rung, ladder[rung]]])),
  );

/** What protects a system in one of its regions. */
export function protectionOf(system: EstateSystem, region: EstateRegion): SystemProtection {
  return {
    ...{ system: system.id, region: region.region },
    ...retentionPolicyOf(system),
    schedules: Object.fromEntries(
      Object.entries(system.schedules).map(([kind, schedule]) => [kind, scheduleFacts(schedule)]),
    ),
    drillSamples: {
      references: region.drill.references.atMost,
      changeRecords: region.drill.changeRecords.atMost,
    },
    databases: region.databases
      .map((database) => databaseProtection(database, drillChecksOf(region, database)))
      .toSorted(byId),
    stores: region.blobStores.map(storeProtection).toSorted(byId),
    ...(region.dumps.length === 0 ? {} : { dumps: region.dumps.map(dumpPlace).toSorted(byId) }),
    ...(region.restore === undefined ? {} : { aloneAfterSeconds: aloneAfter(region.restore) }),
  };
}

const aloneAfter = ({ breakGlassAfter }: NonNullable<EstateRegion['restore']>): AloneAfter =>
  breakGlassAfter === 'never' ? breakGlassAfter : secondsOf(breakGlassAfter);

/** Where dumps lie: another account, container or prefix is another place. */
export const dumpPlace = ({ id, account, container, prefix }: EstateDump): DumpPlace => ({
  ...{ id, at: `${account}/${container}/${prefix}` },
});

type EstateSchedule = EstateSystem['schedules']['snapshot'];

const scheduleFacts = ({ cron, timeZone, lateAfter }: EstateSchedule): ScheduleFacts => ({
  lateAfterSeconds: secondsOf(lateAfter),
  everySeconds: longestPauseSeconds(cron),
  slots: { cron, timeZone },
});

const databaseProtection = (
  database: EstateDatabase,
  drillChecks: readonly string[],
): DatabaseProtection => ({
  id: database.id,
  drillChecks,
  checks: database.checks
    .map(({ name, sql, expect }) => ({ name, sql, expect }))
    .toSorted((a, b) => compareText(a.name, b.name)),
});

/** What every drill checks because the estate says so, by name. */
const drillChecksOf = (region: EstateRegion, database: EstateDatabase): string[] => {
  const { checks, eventLog } = database;
  return inOrder([
    // It concerns all databases together: whichever come and go, the others lose nothing.
    ...(region.drill.smoke?.requests ?? []).map(({ name }) => `the application answers: ${name}`),
    ...checks.map((check) => check.name),
    ...(eventLog === undefined ? [] : [`the event log ${eventLog.table} has no break`]),
  ]);
};

const storeProtection = ({
  id,
  references,
  changeRecords,
  unreferenced,
}: EstateBlobStore): StoreProtection => ({
  id,
  deletesUnreferenced: unreferenced === 'delete',
  checksChangeRecords: changeRecords !== undefined,
  references: inOrder(references.map(({ database, table, column }) => `${database}.${table}.${column}`)),
});

const inOrder = (texts: readonly string[]): string[] => [...new Set(texts)].toSorted(compareText);
const byId = (a: { readonly id: string }, b: { readonly id: string }): number => compareText(a.id, b.id);
