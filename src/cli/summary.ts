/**
 * The summary after a cycle: what there is to come back to, whether that was proven, how fast it was, what the scan and
 * the prune did; then everything that is not well with its reasons and its runbook; then where the reports are. A pure
 * function of what the regions answered, at most as wide as asked for, and the same text with and without colour.
 *
 * The exit code (`exitCodeFor`): 2 as soon as one system's last drill FAILed or missed an objective, or its last scan
 * found damage; otherwise 1 when one could not be judged (no drill yet, INCONCLUSIVE, report unreadable, scan or prune
 * failed) or there is no system at all; otherwise 3 when a region gave no answer, a guard held a prune back or a report is not signed;
 * otherwise 0. What is certainly wrong is worse than what is not known.
 */
import { deletedInAll } from '../contracts/prune.ts';
import type { DrillSummary } from '../contracts/api/drills.ts';
import type { ScanSummary } from '../contracts/api/scans.ts';
import type { StatusResponse } from '../contracts/api/status.ts';
import { age, duration, secondsBetween, thousands } from './format.ts';
import { exitOfSystem, worstExit, type WorkExit } from './outcome.ts';
import { palette, verdictPainter, type Palette } from './palette.ts';
import { keptByPrune, notWell, openAlerts, reportPlaces, type Entry } from './summary-details.ts';
import { table, type Cell, type Column } from './table.ts';

export interface SummaryOptions {
  /** Columns; default: 100. */
  readonly width?: number;
  readonly color?: boolean;
}

/** What is said where there is nothing to tell of. */
export const noSystem = 'No system is protected here: the estate names none in these regions.';

/** The summary as text; ends with a line feed. */
export function renderSummary(statuses: readonly StatusResponse[], options: SummaryOptions = {}): string {
  const width = options.width ?? 100;
  const paint = palette(options.color ?? false);
  const entries = entriesOf(statuses);
  if (entries.length === 0) return `${noSystem}\n`;
  return joined([
    ...systemSections(entries, width, paint),
    openAlerts(entries, width, paint),
    keptByPrune(entries, width, paint),
    reportPlaces(entries, width, paint),
  ]);
}

/** Proof, speed and integrity of every system as tables, then what is not well, system by system. */
export function systemSections(entries: readonly Entry[], width: number, paint: Palette): string[][] {
  return [
    proofTable(entries, width, paint),
    objectiveTable(entries, width, paint),
    integrityTable(entries, width, paint),
    entries.flatMap((entry) => notWell(entry, width, paint)),
  ];
}

/** Sections as a text, an empty line between two of them; ends with a line feed. */
export function joined(sections: readonly (readonly string[])[]): string {
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** The exit code that says how the systems stand; see the rule at the head of this file. */
export function exitCodeFor(
  statuses: readonly StatusResponse[],
  options: { readonly unansweredRegions?: number } = {},
): WorkExit {
  const exits = entriesOf(statuses).map(({ system }) => exitOfSystem(system));
  if (exits.length === 0) return 1;
  return worstExit([...exits, (options.unansweredRegions ?? 0) > 0 ? 3 : 0]);
}

/** Every system with its region's answer, in the order of their names. */
export function entriesOf(statuses: readonly StatusResponse[]): Entry[] {
  const entries = statuses.flatMap(({ at, vault, systems }) =>
    systems.map((system) => ({ at, vault, system })),
  );
  const key = ({ system }: Entry): string => `${system.system} ${system.region}`;
  return entries.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

const scopeColumns: readonly Column[] = [
  { header: 'SYSTEM', shrink: true },
  { header: 'REGION', shrink: true },
];
const none = '-';

function proofTable(entries: readonly Entry[], width: number, paint: Palette): string[] {
  const columns: Column[] = [
    ...scopeColumns,
    { header: 'NEWEST RECOVERY POINT', shrink: true },
    { header: 'AGE', align: 'right' },
    { header: 'DRILL' },
    { header: 'ENDED', align: 'right' },
    { header: 'CHECKS', align: 'right' },
  ];
  const rows = entries.map(
    ({ at, system: { system, region, newestPoint, exposure, drill, drillUnreadable } }): Cell[] => {
      const isLost = exposure?.notCounted.some(
        ({ id, why }) => id === newestPoint?.id && why === 'out-of-reach',
      );
      const verdict = drillUnreadable === undefined ? (drill?.result ?? 'no drill') : 'unreadable';
      return [
        system,
        region,
        `${newestPoint?.id ?? 'none'}${isLost === true ? ' out of reach' : ''}`,
        newestPoint === undefined ? none : age(newestPoint.ageSeconds),
        { text: verdict, paint: verdictPainter(paint, verdict) },
        drill === undefined ? none : `${age(secondsBetween(drill.finalizedAt, at))} ago`,
        drill === undefined ? none : `${drill.checks.passed}/${drill.checks.total}`,
      ];
    },
  );
  return table(columns, rows, { width, paintHeader: paint.faint });
}

const phases = ['plan', 'restore', 'check', 'clean up'];

function objectiveTable(entries: readonly Entry[], width: number, paint: Palette): string[] {
  const columns: Column[] = [
    ...scopeColumns,
    { header: 'RPO / OBJECTIVE' },
    { header: 'RTO / OBJECTIVE' },
    ...phases.map((phase): Column => ({ header: phase.toUpperCase(), align: 'right' })),
  ];
  const rows = entries.map(({ system: { system, region, objectives, drill } }): Cell[] => [
    system,
    region,
    objectiveCell(drill?.rpo, objectives.rpoSeconds, paint),
    objectiveCell(drill?.rto, objectives.rtoSeconds, paint),
    ...phases.map((phase) => phaseTime(drill, phase)),
  ]);
  return table(columns, rows, { width, paintHeader: paint.faint });
}

function objectiveCell(
  measured: DrillSummary['rpo'] | undefined,
  objectiveSeconds: number,
  paint: Palette,
): Cell {
  if (measured?.achievedSeconds === undefined) {
    return { text: `? / ${duration(objectiveSeconds)}`, paint: paint.doubtful };
  }
  const sign = measured.verdict === 'missed' ? '>' : '≤';
  const text = `${duration(measured.achievedSeconds)} ${sign} ${duration(measured.objectiveSeconds)}`;
  return { text, paint: sign === '>' ? paint.bad : paint.good };
}

function phaseTime(drill: DrillSummary | undefined, phase: string): string {
  const steps = (drill?.timeline ?? []).filter((step) => step.step === phase && step.outcome !== 'not-run');
  return steps.length === 0 ? none : duration(steps.reduce((sum, step) => sum + step.seconds, 0));
}

/** What the last scan verified and the last prune deleted; blobs whose state is not known stand under UNKNOWN. */
function integrityTable(entries: readonly Entry[], width: number, paint: Palette): string[] {
  if (entries.every(({ system }) => system.scan === undefined && system.prune === undefined)) return [];
  const columns: Column[] = [
    ...scopeColumns,
    { header: 'SCAN' },
    ...['VERIFIED', 'DAMAGED', 'MISSING', 'UNKNOWN'].map((header): Column => ({ header, align: 'right' })),
    { header: 'PRUNE' },
    ...['EXPIRED', 'KEPT'].map((header): Column => ({ header, align: 'right' })),
  ];
  const rows = entries.map(({ system: { system, region, scan, prune } }): Cell[] => [
    system,
    region,
    scan === undefined ? none : { text: scan.outcome, paint: outcomePainter(paint, scan.outcome) },
    ...blobCounts(scan).map((value) => (value === undefined ? none : thousands(value))),
    prune === undefined
      ? none
      : { text: prune.dryRun ? 'dry run' : prune.outcome, paint: outcomePainter(paint, prune.outcome) },
    prune === undefined ? none : thousands(deletedInAll(prune.deleted)),
    prune === undefined ? none : thousands(prune.kept.reduce((sum, { count }) => sum + count, 0)),
  ]);
  return table(columns, rows, { width, paintHeader: paint.faint });
}

/** Verified, damaged, missing, unknown. */
function blobCounts(scan: ScanSummary | undefined): (number | undefined)[] {
  if (scan === undefined) return [undefined, undefined, undefined, undefined];
  const { counts } = scan;
  return [
    counts.ok + counts.rested,
    counts['digest-mismatch'] + counts['wrong-size'],
    counts.missing,
    counts.unreadable + counts.unstable + counts['not-an-address'],
  ];
}

function outcomePainter(paint: Palette, outcome: string): (text: string) => string {
  if (outcome === 'clean' || outcome === 'done') return paint.good;
  return outcome === 'damaged' ? paint.bad : paint.doubtful;
}
