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

const fallbackRunbook = 'runbooks/drill-failed.md';

/** Everything that keeps one system from being well, drill and recovery points; nothing for a system that is. */
export function notWell({ system: status }: Entry, width: number, paint: Palette): string[] {
  const { system, region, drill, drillUnreadable, points } = status;
  const reasons = [
    ...(drillUnreadable === undefined ? [] : [`The last drill's report cannot be shown: ${drillUnreadable}`]),
    ...(drill === undefined && drillUnreadable === undefined
      ? ['No drill has ended yet: nothing is proven.']
      : []),
    ...(drill === undefined || exitOfSystem(status) === 0 ? [] : reasonsOf(drill)),
    ...(status.newestPoint === undefined ? ['There is no recovery point.'] : []),
    ...points.damaged.map((path) => `The document of a recovery point is damaged: ${path}`),
  ];
  if (reasons.length === 0) return [];
  const verdict = drill === undefined || drillUnreadable !== undefined ? 'not proven' : drill.result;
  const which = drill === undefined ? '' : ` (${drill.id} of ${drill.point})`;
  const painter = verdictPainter(paint, verdict);
  const runbook = status.alerts.find((alert) => alert.key === 'drill-failed')?.runbook ?? fallbackRunbook;
  return [
    ...paragraph('', `${system} in ${region}: ${verdict}${which}`, width).map(painter),
    ...reasons.flatMap((reason) => paragraph('  - ', reason, width)),
    ...(exitOfSystem(status) === 0 ? [] : paragraph('  runbook: ', runbook, width)),
  ];
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
