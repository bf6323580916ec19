/**
 * Is an estate weaker than the one that was approved before it? Only what protects is compared, as plain facts of each
 * system in each region. Anything shorter, fewer, later, or gone is a weakening and is named; what is not there to be
 * compared counts as weaker, never as equal. Whether the two files differ at all is not asked here.
 */
import { defaultSamples } from '../sampling.ts';
import type { BrakeLimit } from './policy.ts';
import { compareText, ladderRungs, type Ladder } from './ladder.ts';

/** What names the slots of a schedule. */
export interface SlotNaming {
  readonly cron: string;
  readonly timeZone: string;
}

/** When something runs: its latest, and how often; undefined where the schedule names no two slots. */
export interface ScheduleFacts {
  readonly lateAfterSeconds: number;
  readonly everySeconds: number | undefined;
  /** By what the schedule can go on being served; not compared. Older approvals do not have it. */
  readonly slots?: SlotNaming | undefined;
}

export interface StoreProtection {
  readonly id: string;
  readonly deletesUnreferenced: boolean;
  readonly checksChangeRecords: boolean;
  /** Columns that say what must be there, as `database.table.column`. */
  readonly references: readonly string[];
}

/** A query of the operator's that every drill runs, and the one value that it must return. */
export interface DrillCheck {
  readonly name: string;
  readonly sql: string;
  readonly expect: string;
}

export interface DatabaseProtection {
  readonly id: string;
  /** Names of the checks that every drill runs. */
  readonly drillChecks: readonly string[];
  /** By what they can go on being run; not compared. Older approvals do not have it. */
  readonly checks?: readonly DrillCheck[] | undefined;
}

/** Blobs that a drill re-hashes and signatures that it computes, at most. */
export interface DrillSamples {
  readonly references: number;
  readonly changeRecords: number;
}

/** Where dumps lie that are deleted once they are past the window. */
export interface DumpPlace {
  readonly id: string;
  /** Account, container and prefix as one text. */
  readonly at: string;
}

/** What protects one system in one region. */
export interface SystemProtection {
  readonly system: string;
  readonly region: string;
  readonly windowHours: number;
  readonly ladder: Ladder | undefined;
  readonly minimumProven: number;
  readonly brake: BrakeLimit;
  readonly contentBrake: BrakeLimit;
  readonly marksApartHours: number;
  readonly graceHours: number;
  readonly historyDays: number;
  readonly reportDays: number;
  readonly schedules: Readonly<Record<string, ScheduleFacts>>;
  /** How many a drill looks at one by one, at most; not said: as many as by default. */
  readonly drillSamples?: DrillSamples | undefined;
  readonly databases: readonly DatabaseProtection[];
  readonly stores: readonly StoreProtection[];
  /** Not said: none. */
  readonly dumps?: readonly DumpPlace[] | undefined;
  /** For how long nobody has decided on a restore before one person may go on alone. Not said: not compared. */
  readonly aloneAfterSeconds?: AloneAfter | undefined;
}

/** Seconds, or that nobody may. */
export type AloneAfter = number | 'never';

/** As a number that can be compared. */
export const waitOf = (after: AloneAfter): number => (after === 'never' ? Infinity : after);

/** One way in which an estate is weaker: where, what it was, what it is, and that in a sentence. */
export interface Weakening {
  readonly path: string;
  readonly from: string;
  readonly to: string;
  readonly sentence: string;
  /** Whether what was approved goes on to hold while the weakening waits; what is not known any more cannot be kept. */
  readonly isKept: boolean;
  /** The blob store that protects less. */
  readonly store?: string;
}

/** Every weakening of `after` against `before`, in the order of `before`; empty when it is not weaker. */
export function weakerThan(
  before: readonly SystemProtection[],
  after: readonly SystemProtection[],
): Weakening[] {
  return before.flatMap((was) => {
    const is = after.find((one) => one.system === was.system && one.region === was.region);
    const path = `systems.${was.system}.${was.region}`;
    if (is === undefined) return [gone(path, `${was.system} in ${was.region} is not protected any more`, {})];
    return [
      ...weakerNumbers(path, was, is),
      ...weakerLadder(path, was.ladder, is.ladder),
      ...weakerSchedules(path, was.schedules, is.schedules),
      ...weakerSamples(path, was.drillSamples ?? usualSamples, is.drillSamples ?? usualSamples),
      ...weakerDatabases(path, was.databases, is.databases),
      ...weakerStores(path, was.stores, is.stores),
      ...moreDumps(path, was.dumps ?? [], is.dumps ?? []),
      ...soonerAlone(path, was.aloneAfterSeconds, is.aloneAfterSeconds),
    ];
  });
}

/** Numbers of which less is weaker, and numbers of which more is. */
function weakerNumbers(path: string, was: SystemProtection, is: SystemProtection): Weakening[] {
  return [
    ...lower(path, 'windowHours', 'the retention window is shorter', was.windowHours, is.windowHours),
    ...lower(path, 'minimumProven', 'fewer proven points must stay', was.minimumProven, is.minimumProven),
    ...weakerBrake(`${path}.brake`, was.brake, is.brake),
    ...weakerBrake(`${path}.contentBrake`, was.contentBrake, is.contentBrake),
    ...lower(path, 'marksApartHours', 'looks lie closer', was.marksApartHours, is.marksApartHours),
    ...lower(path, 'graceHours', 'the grace is shorter', was.graceHours, is.graceHours),
    ...lower(path, 'historyDays', 'histories are kept shorter', was.historyDays, is.historyDays),
    ...lower(path, 'reportDays', 'reports are kept shorter', was.reportDays, is.reportDays),
  ];
}

function weakerBrake(path: string, was: BrakeLimit, is: BrakeLimit): Weakening[] {
  const says = 'more may be deleted without asking';
  return [
    ...higher(path, 'maxDeleteFraction', says, was.maxDeleteFraction, is.maxDeleteFraction),
    ...higher(path, 'maxDeleteCount', says, was.maxDeleteCount, is.maxDeleteCount),
  ];
}

function weakerLadder(path: string, was: Ladder | undefined, is: Ladder | undefined): Weakening[] {
  return ladderRungs.flatMap((rung) =>
    lower(`${path}.ladder`, rung, 'the longer retention keeps fewer', was?.[rung] ?? 0, is?.[rung] ?? 0),
  );
}

function weakerSchedules(
  path: string,
  was: SystemProtection['schedules'],
  is: SystemProtection['schedules'],
): Weakening[] {
  return Object.keys(was)
    .toSorted(compareText)
    .flatMap((name) => {
      const at = `${path}.schedules.${name}`;
      const [before, after] = [was[name], is[name]];
      if (before === undefined) return [];
      const isKept = before.slots !== undefined;
      if (after === undefined) return [gone(at, `the ${name} is not scheduled any more`, { isKept })];
      const late = `a missed ${name} is noticed later`;
      return [
        ...higher(at, 'lateAfterSeconds', late, before.lateAfterSeconds, after.lateAfterSeconds),
        ...higher(
          at,
          'everySeconds',
          `the ${name} runs less often`,
          before.everySeconds ?? Infinity,
          after.everySeconds ?? Infinity,
        ).map((one) => ({ ...one, isKept })),
      ];
    });
}

function weakerDatabases(
  path: string,
  was: readonly DatabaseProtection[],
  is: readonly DatabaseProtection[],
): Weakening[] {
  return was.flatMap((before) => {
    const at = `${path}.databases.${before.id}`;
    const after = is.find((one) => one.id === before.id);
    if (after === undefined) return [gone(at, `the database ${before.id} is not protected any more`, {})];
    return missing(before.drillChecks, after.drillChecks).map((check) =>
      gone(`${at}.checks`, `drills of ${before.id} do not check any more that "${check}"`, {
        from: check,
        isKept: before.checks?.some(({ name }) => name === check) === true,
      }),
    );
  });
}

/** What holds for an approval that does not name them. */
export const usualSamples: DrillSamples = {
  references: defaultSamples.atMost,
  changeRecords: defaultSamples.atMost,
};

function weakerSamples(path: string, was: DrillSamples, is: DrillSamples): Weakening[] {
  const at = `${path}.drillSamples`;
  return [
    ...lower(at, 'references', 'drills re-hash fewer blobs', was.references, is.references),
    ...lower(at, 'changeRecords', 'drills compute fewer signatures', was.changeRecords, is.changeRecords),
  ];
}

function weakerStores(
  path: string,
  was: readonly StoreProtection[],
  is: readonly StoreProtection[],
): Weakening[] {
  return was.flatMap((before) => {
    const at = `${path}.stores.${before.id}`;
    const after = is.find((one) => one.id === before.id);
    const store = before.id;
    if (after === undefined)
      return [gone(at, `the blob store ${store} is not protected any more`, { store })];
    const found = missing(before.references, after.references).map((column) =>
      gone(`${at}.references`, `what ${column} refers to in ${store} is not protected any more`, {
        ...{ from: column, store },
      }),
    );
    if (!before.deletesUnreferenced && after.deletesUnreferenced)
      found.push({
        ...{ path: `${at}.deletesUnreferenced`, from: 'off', to: 'on' },
        sentence: `blobs of ${before.id} that nothing refers to are deleted, and were reported only`,
        ...{ isKept: true, store },
      });
    if (before.checksChangeRecords && !after.checksChangeRecords)
      found.push(
        gone(`${at}.changeRecords`, `the change records of ${store} are not checked any more`, { store }),
      );
    return found;
  });
}

/** Every place that was not approved is one more of which something is deleted. */
function moreDumps(path: string, was: readonly DumpPlace[], is: readonly DumpPlace[]): Weakening[] {
  return is
    .filter(({ id, at }) => !was.some((one) => one.id === id && one.at === at))
    .map(({ id, at }) => ({
      ...{ path: `${path}.dumps.${id}`, from: 'off', to: at, isKept: true },
      sentence: `what lies at ${at} is deleted as dumps once it is past the window, and was left alone`,
    }));
}

/** Where nobody can be restored for, or an older approval does not tell it, nothing is sooner. */
function soonerAlone(path: string, was: AloneAfter | undefined, is: AloneAfter | undefined): Weakening[] {
  if (was === undefined || is === undefined) return [];
  const says = 'one person may go on with a restore alone sooner';
  return lower(path, 'aloneAfterSeconds', says, waitOf(was), waitOf(is));
}

const missing = (was: readonly string[], is: readonly string[]): string[] =>
  was.filter((one) => !is.includes(one));

const gone = (
  path: string,
  sentence: string,
  more: { readonly from?: string; readonly isKept?: boolean; readonly store?: string },
): Weakening => ({ ...{ path, from: 'present', to: 'absent', sentence, isKept: false }, ...more });

function lower(path: string, name: string, says: string, was: number, is: number): Weakening[] {
  // What is no number is not at least as high.
  return is >= was ? [] : [changed(`${path}.${name}`, says, was, is)];
}

function higher(path: string, name: string, says: string, was: number, is: number): Weakening[] {
  return is <= was ? [] : [changed(`${path}.${name}`, says, was, is)];
}

function changed(path: string, says: string, was: number, is: number): Weakening {
  const [from, to] = [numberWord(was), numberWord(is)];
  return { path, from, to, sentence: `${says}: ${to} instead of ${from}`, isKept: true };
}

const numberWord = (value: number): string => (value === Infinity ? 'never' : String(value));
