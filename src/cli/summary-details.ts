/**
 * What stands below the tables of the summary: everything that is not well, with its reasons and its runbook, what the
 * prune kept and why, the open alerts, and where the reports are. A system that is well takes few lines.
 */
import type { DrillSummary } from '../contracts/api/drills.ts';
import type { SystemStatus } from '../contracts/api/status.ts';
import { compareText } from '../policy/retention/ladder.ts';
import { instantText, paragraph, thousands, withShortNames } from './format.ts';
import { exitOfDrill, exitOfSystem } from './outcome.ts';
import type { Palette } from './palette.ts';

/** One system with what its region's answer says about the whole region. */
export interface Entry {
  readonly at: string;
  readonly vault: string;
  readonly system: SystemStatus;
}

const drillRunbook = { key: 'drill-failed', path: 'runbooks/drill-failed.md' };

/** Everything that keeps one system from being well; nothing for a system that is. */
export function notWell({ system: status }: Entry, width: number, paint: Palette): string[] {
  const reasons = [
    ...reasonsOfDrill(status),
    ...reasonsOfScan(status),
    ...reasonsOfPrune(status),
    ...reasonsOfPoints(status),
  ];
  if (reasons.length === 0) return [];
  const painter = exitOfSystem(status) === 2 ? paint.bad : paint.doubtful;
  return [
    ...paragraph('', `${status.system} in ${status.region}: ${wordsOf(status)}`, width).map(painter),
    ...reasons.flatMap((reason) => paragraph('  - ', withShortNames(reason), width)),
    ...nextStep(status, width),
  ];
}

function wordsOf({ drill, drillUnreadable, scan, prune }: SystemStatus): string {
  const verdict =
    drill === undefined || drillUnreadable !== undefined ? 'not proven' : `drill ${drill.result}`;
  const words = [
    drill === undefined ? verdict : `${verdict} (${drill.id} of ${drill.point})`,
    ...(scan === undefined || scan.outcome === 'clean' ? [] : [`integrity scan ${scan.outcome}`]),
    ...(prune === undefined || prune.outcome === 'done' ? [] : [`prune ${prune.outcome}`]),
  ];
  return words.join(', ');
}

function reasonsOfDrill(status: SystemStatus): string[] {
  const { drill, drillUnreadable } = status;
  if (drillUnreadable !== undefined) return [`The last drill's report cannot be shown: ${drillUnreadable}`];
  if (drill === undefined) return ['No drill has ended yet: nothing is proven.'];
  const unsigned = drill.signed === false ? [`The report of ${drill.id} is not signed.`] : [];
  return [...(exitOfDrill(status) === 0 ? [] : reasonsOfReport(drill)), ...unsigned];
}

function reasonsOfReport({ reasons, findings, statuses }: DrillSummary): string[] {
  const { restore, validation, cleanUp } = statuses;
  const states = `restore ${restore}, validation ${validation}, clean-up ${cleanUp}`;
  const found =
    findings === 0 ? [] : [`${findings} ${findings === 1 ? 'finding' : 'findings'}, listed in the report`];
  return [...(reasons.length === 0 ? [states] : reasons), ...found];
}

function reasonsOfScan({ scan }: SystemStatus): string[] {
  if (scan === undefined || scan.outcome === 'clean') return [];
  const worst = scan.worst.map(
    ({ verdict, store, name, detail }) =>
      `${verdict}: ${store} ${name}${detail === '' ? '' : ` (${detail})`}`,
  );
  return [`integrity scan ${scan.outcome}: ${scan.detail}`, ...worst];
}

const reasonsOfPrune = ({ prune }: SystemStatus): string[] =>
  prune === undefined || prune.outcome === 'done' ? [] : [`prune ${prune.outcome}: ${prune.detail}`];

function reasonsOfPoints({ newestPoint, points, unreadable = [] }: SystemStatus): string[] {
  const damaged = [
    ...points.damaged.map((problem) => `The document of a recovery point is damaged: ${problem}`),
    ...unreadable.map((problem) => `What it says is left out here: ${problem}`),
  ];
  return newestPoint === undefined ? ['There is no recovery point.', ...damaged] : damaged;
}

/** The open alerts' runbooks; a system that was only never drilled needs a cycle, not a runbook. */
function nextStep(status: SystemStatus, width: number): string[] {
  const { system, region, alerts, drill, drillUnreadable } = status;
  if (exitOfSystem(status) === 0) return [];
  const open = [...new Set(alerts.map(({ runbook }) => runbook))];
  const isDrillAlertMissing =
    exitOfDrill(status) !== 0 && !alerts.some(({ key }) => key === drillRunbook.key);
  if (isDrillAlertMissing && drill === undefined && drillUnreadable === undefined) {
    return paragraph('  next: ', `lifeboat cycle --system ${system} --region ${region} --wait`, width);
  }
  const runbooks = isDrillAlertMissing ? [...new Set([drillRunbook.path, ...open])] : open;
  return runbooks.flatMap((runbook) => paragraph('  runbook: ', runbook, width));
}

/** How many things each prune kept for which reason, and an example of what a guard held back. */
export function keptByPrune(entries: readonly Entry[], width: number, paint: Palette): string[] {
  const lines = entries.flatMap(({ system: { system, region, prune } }) => {
    if (prune === undefined || prune.kept.length + prune.left.length === 0) return [];
    const alike = Map.groupBy(
      prune.kept,
      ({ reason, decision }) => `${reason}${decision === 'blocked' ? ' (held back)' : ''}`,
    );
    const reasons = [...alike].map(
      ([words, kept]) => `${thousands(kept.reduce((sum, { count }) => sum + count, 0))} ${words}`,
    );
    const left = prune.left.reduce((sum, { count }) => sum + count, 0);
    if (left > 0) reasons.push(`${thousands(left)} left for the next prune`);
    const held = prune.kept.filter(({ decision }) => decision === 'blocked');
    return [
      ...paragraph(`  ${system} in ${region}: `, reasons.join(', '), width),
      ...held.flatMap(({ example }) => paragraph('    ', example, width)),
    ];
  });
  return lines.length === 0 ? [] : [paint.strong('Kept by the retention, and why'), ...lines];
}

/** Every open alert with its runbook: the critical ones first, of those the one that is open longest. */
export function openAlerts(entries: readonly Entry[], width: number, paint: Palette): string[] {
  const alerts = entries
    .flatMap(({ system }) => system.alerts.map((alert) => ({ ...alert, system })))
    .toSorted((a, b) => urgency(a.severity) - urgency(b.severity) || compareText(a.firstAt, b.firstAt));
  if (alerts.length === 0) return [];
  const lines = alerts.flatMap(({ key, severity, title, detail, runbook, firstAt, count, system }) => {
    const times = `${count} ${count === 1 ? 'time' : 'times'}`;
    const where = `${key}, ${system.system} in ${system.region}, since ${instantText(firstAt)}, raised ${times}`;
    return [
      ...paragraph('  ', `${severity}: ${withShortNames(title)}`, width).map(
        severity === 'critical' ? paint.bad : paint.doubtful,
      ),
      ...paragraph('    ', where, width),
      ...(detail === '' ? [] : paragraph('    ', withShortNames(detail), width)),
      ...paragraph('    runbook: ', runbook, width),
    ];
  });
  return [paint.strong('Open alerts'), ...lines];
}

const urgency = (severity: SystemStatus['alerts'][number]['severity']): number =>
  severity === 'critical' ? 0 : 1;

/** The paths of the reports in each vault. */
export function reportPlaces(entries: readonly Entry[], width: number, paint: Palette): string[] {
  const vaults = [...new Set(entries.map(({ vault }) => vault))];
  const lines = vaults.flatMap((vault) => {
    const drills = entries.flatMap((entry) =>
      entry.vault === vault && entry.system.drill !== undefined ? [entry.system.drill] : [],
    );
    const paths = drills.flatMap(({ report, markdown }) => [report, markdown]);
    return paths.length === 0
      ? []
      : [...paragraph('  in ', vault, width), ...paths.flatMap((path) => paragraph('    ', path, width))];
  });
  return lines.length === 0 ? [] : [paint.strong('Reports (JSON and Markdown)'), ...lines];
}
