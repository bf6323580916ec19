/**
 * What applies while an estate that is weaker in one thing waits for its approval: of the approved protection and the
 * one that is asked for, whatever protects more, fact by fact. So neither the weakening applies before its time, nor is
 * something deleted meanwhile that the newer estate would have kept.
 */
import { ladderRungs, type Ladder } from './ladder.ts';
import type { BrakeLimit, RetentionPolicy } from './policy.ts';
import {
  usualSamples,
  waitOf,
  type DatabaseProtection,
  type DrillCheck,
  type DrillSamples,
  type ScheduleFacts,
  type StoreProtection,
  type SystemProtection,
} from './protection.ts';

/**
 * The protection that is not weaker than either of two of the same system and region: what was approved, and what is
 * asked for. Where both protect alike, what is asked for stands.
 */
export function strongestOf(one: SystemProtection, other: SystemProtection): SystemProtection {
  const most = (fact: (of: SystemProtection) => number): number => Math.max(fact(one), fact(other));
  return {
    system: one.system,
    region: one.region,
    windowHours: most((of) => of.windowHours),
    ladder: highestLadder(one.ladder, other.ladder),
    minimumProven: most((of) => of.minimumProven),
    brake: tightest(one.brake, other.brake),
    contentBrake: tightest(one.contentBrake, other.contentBrake),
    marksApartHours: most((of) => of.marksApartHours),
    graceHours: most((of) => of.graceHours),
    historyDays: most((of) => of.historyDays),
    reportDays: most((of) => of.reportDays),
    schedules: densest(one.schedules, other.schedules),
    ...largerSamples(one.drillSamples, other.drillSamples),
    databases: merged(one.databases, other.databases, strongestDatabase),
    stores: merged(one.stores, other.stores, strongestStore),
    ...inBoth(one.dumps, other.dumps),
    ...latestAlone(one.aloneAfterSeconds, other.aloneAfterSeconds),
  };
}

/** The retention policy among the facts that protect a system. */
export function policyFrom(protection: SystemProtection): RetentionPolicy {
  const { windowHours, minimumProven, ladder, brake, contentBrake } = protection;
  const { marksApartHours, graceHours, historyDays, reportDays } = protection;
  return {
    ...{ windowHours, minimumProven, ladder, brake, contentBrake },
    ...{ marksApartHours, graceHours, historyDays, reportDays },
  };
}

function latestAlone(
  one: SystemProtection['aloneAfterSeconds'],
  other: SystemProtection['aloneAfterSeconds'],
): Pick<SystemProtection, 'aloneAfterSeconds'> {
  const later = one !== undefined && (other === undefined || waitOf(one) > waitOf(other)) ? one : other;
  return later === undefined ? {} : { aloneAfterSeconds: later };
}

/** Only places that both know are deleted from. */
function inBoth(
  one: SystemProtection['dumps'],
  other: SystemProtection['dumps'],
): Pick<SystemProtection, 'dumps'> {
  const dumps = (one ?? []).filter(({ id, at }) => other?.some((two) => two.id === id && two.at === at));
  return dumps.length === 0 ? {} : { dumps };
}

function highestLadder(one: Ladder | undefined, other: Ladder | undefined): Ladder | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const rungs = ladderRungs.map((rung) => [rung, Math.max(one[rung] ?? 0, other[rung] ?? 0)] as const);
  return Object.fromEntries(rungs.filter(([, many]) => many > 0));
}

const tightest = (one: BrakeLimit, other: BrakeLimit): BrakeLimit => ({
  maxDeleteFraction: Math.min(one.maxDeleteFraction, other.maxDeleteFraction),
  maxDeleteCount: Math.min(one.maxDeleteCount, other.maxDeleteCount),
});

function largerSamples(
  one: DrillSamples | undefined,
  other: DrillSamples | undefined,
): Pick<SystemProtection, 'drillSamples'> {
  if (one === undefined && other === undefined) return {};
  const [a, b] = [one ?? usualSamples, other ?? usualSamples];
  return {
    drillSamples: {
      references: Math.max(a.references, b.references),
      changeRecords: Math.max(a.changeRecords, b.changeRecords),
    },
  };
}

function densest(
  one: SystemProtection['schedules'],
  other: SystemProtection['schedules'],
): SystemProtection['schedules'] {
  const names = union(Object.keys(one), Object.keys(other));
  return Object.fromEntries(names.map((name) => [name, denser(one[name], other[name])]));
}

const neverRuns: ScheduleFacts = { lateAfterSeconds: Infinity, everySeconds: undefined };

function denser(one: ScheduleFacts = neverRuns, other: ScheduleFacts = neverRuns): ScheduleFacts {
  const isDenser = (one.everySeconds ?? Infinity) < (other.everySeconds ?? Infinity);
  const { everySeconds, slots } = isDenser ? one : other;
  return {
    lateAfterSeconds: Math.min(one.lateAfterSeconds, other.lateAfterSeconds),
    everySeconds,
    ...(slots === undefined ? {} : { slots }),
  };
}

/** Both lists by id: what stands in both becomes one. */
function merged<T extends { readonly id: string }>(
  ones: readonly T[],
  others: readonly T[],
  strongest: (one: T, other: T) => T,
): T[] {
  const added = others.filter((other) => ones.every((one) => one.id !== other.id));
  const both = ones.map((one) => {
    const other = others.find((candidate) => candidate.id === one.id);
    return other === undefined ? one : strongest(one, other);
  });
  return [...both, ...added];
}

function strongestDatabase(one: DatabaseProtection, other: DatabaseProtection): DatabaseProtection {
  const checks = [...(one.checks ?? []), ...(other.checks ?? [])];
  return {
    id: one.id,
    drillChecks: union(one.drillChecks, other.drillChecks),
    // Of two that have one name the other's stands.
    ...(checks.length === 0 ? {} : { checks: byName(checks) }),
  };
}

const byName = (checks: readonly DrillCheck[]): DrillCheck[] => [
  ...new Map(checks.map((check) => [check.name, check])).values(),
];

const strongestStore = (one: StoreProtection, other: StoreProtection): StoreProtection => ({
  id: one.id,
  deletesUnreferenced: one.deletesUnreferenced && other.deletesUnreferenced,
  checksChangeRecords: one.checksChangeRecords || other.checksChangeRecords,
  references: union(one.references, other.references),
});

const union = (one: readonly string[], other: readonly string[]): string[] => [
  ...new Set([...one, ...other]),
];
