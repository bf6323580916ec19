/**
 * What stands below the tables of the summary: everything that is not well, with its reasons and its runbook, the open
 * alerts, and where the reports are. A system that is well takes no line but those of its report.
 */
import type { DrillSummary, SystemStatus } from '../contracts/api.ts';
import { instantText, paragraph } from './format.ts';
import { exitOfSystem } from './outcome.ts';
import { verdictPainter, type Palette } from './palette.ts';

/** One system with what its region's answer says about the whole region. */
export interface Entry {
  readonly at: string;
  readonly vault: string;
  readonly system: SystemStatus;
}

const drillRunbook = { key: 'drill-failed', path: 'runbooks/drill-failed.md' };

/** Everything that keeps one system from being well, drill and recovery points; nothing for a system that is. */
export function notWell({ system: status }: Entry, width: number, paint: Palette): string[] {
  const { system, region, drill, drillUnreadable } = status;
  const reasons = [...reasonsOfDrill(status), ...reasonsOfPoints(status)];
  if (reasons.length === 0) return [];
  const verdict = drill === undefined || drillUnreadable !== undefined ? 'not proven' : drill.result;
  const which = drill === undefined ? '' : ` (${drill.id} of ${drill.point})`;
  return [
    ...paragraph('', `${system} in ${region}: ${verdict}${which}`, width).map(verdictPainter(paint, verdict)),
    ...reasons.flatMap((reason) => paragraph('  - ', reason, width)),
    ...nextStep(status, width),
  ];
}

function reasonsOfDrill(status: SystemStatus): string[] {
  const { drill, drillUnreadable } = status;
  if (drillUnreadable !== undefined) return [`The last drill's report cannot be shown: ${drillUnreadable}`];
  if (drill === undefined) return ['No drill has ended yet: nothing is proven.'];
  return exitOfSystem(status) === 0 ? [] : reasonsOf(drill);
}

function reasonsOfPoints({ newestPoint, points }: SystemStatus): string[] {
  const damaged = points.damaged.map((path) => `The document of a recovery point is damaged: ${path}`);
  return newestPoint === undefined ? ['There is no recovery point.', ...damaged] : damaged;
}

/** The alert's own runbook where one is open; a system that was only never drilled needs a drill, not a runbook. */
function nextStep(status: SystemStatus, width: number): string[] {
  const { system, region, alerts, drill, drillUnreadable } = status;
  if (exitOfSystem(status) === 0) return [];
  const alert = alerts.find(({ key }) => key === drillRunbook.key);
  if (alert === undefined && drill === undefined && drillUnreadable === undefined) {
    return paragraph('  next: ', `lifeboat cycle --system ${system} --region ${region} --wait`, width);
  }
  return paragraph('  runbook: ', alert?.runbook ?? drillRunbook.path, width);
}

function reasonsOf({ reasons, findings, statuses }: DrillSummary): string[] {
  const steps = Object.entries({
    restore: statuses.restore,
    validation: statuses.validation,
    'clean-up': statuses.cleanUp,
  });
  const states = steps.map(([step, state]) => `${step} ${state}`).join(', ');
  const found =
    findings === 0 ? [] : [`${findings} ${findings === 1 ? 'finding' : 'findings'}, listed in the report`];
  return [...(reasons.length === 0 ? [states] : reasons), ...found];
}

/** Every open alert with its runbook. */
export function openAlerts(entries: readonly Entry[], width: number, paint: Palette): string[] {
  const alerts = entries.flatMap(({ system }) => system.alerts.map((alert) => ({ ...alert, system })));
  if (alerts.length === 0) return [];
  const lines = alerts.flatMap(({ key, severity, title, detail, runbook, firstAt, count, system }) => [
    ...paragraph('  ', `${severity}: ${title}`, width).map(
      severity === 'critical' ? paint.bad : paint.doubtful,
    ),
    ...paragraph(
      '    ',
      `${key}, ${system.system} in ${system.region}, since ${instantText(firstAt)}, raised ${count} ${count === 1 ? 'time' : 'times'}`,
      width,
    ),
    ...(detail === '' ? [] : paragraph('    ', detail, width)),
    ...paragraph('    runbook: ', runbook, width),
  ]);
  return [paint.strong('Open alerts'), ...lines];
}

/** The paths of the reports in each vault. */
export function reportPlaces(entries: readonly Entry[], width: number, paint: Palette): string[] {
  const vaults = [...new Set(entries.map(({ vault }) => vault))];
  const lines = vaults.flatMap((vault) => {
    const paths = entries.flatMap((entry) =>
      entry.vault === vault && entry.system.drill !== undefined ? [entry.system.drill] : [],
    );
    if (paths.length === 0) return [];
    return [
      ...paragraph('  in ', vault, width),
      ...paths.flatMap(({ report, markdown }) =>
        [report, markdown].flatMap((path) => paragraph('    ', path, width)),
      ),
    ];
  });
  return lines.length === 0 ? [] : [paint.strong('Reports (JSON and Markdown)'), ...lines];
}
