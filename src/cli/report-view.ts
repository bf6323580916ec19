/**
 * A drill's report for a terminal: the verdict and its reasons first, then what it rests on. It shows what a person
 * needs at once; the Markdown and the JSON in the vault have everything.
 */
import type { CheckResult, StoredReport } from '../contracts/report.ts';
import type { SigningKeyFile } from '../contracts/signing.ts';
import { stepWords } from '../policy/step-words.ts';
import { thousands, duration, instantText, paragraph } from './format.ts';
import { palette, verdictPainter, type Palette } from './palette.ts';
import type { SummaryOptions } from './summary.ts';
import { table, type Cell } from './table.ts';

/** What is known of the signature of a report: the key that it names, or why there is none. */
export type SignatureFacts = { readonly key: SigningKeyFile } | { readonly unsigned: string };

/** The lines of the report. */
export function renderReport(
  report: StoredReport,
  signature: SignatureFacts,
  options: SummaryOptions = {},
): string[] {
  const width = options.width ?? 100;
  const paint = palette(options.color ?? false);
  const sections: [string, string[]][] = [
    ['', heading(report, width, paint)],
    ['Objectives', objectives(report, width, paint)],
    [
      `Scenario: ${report.scenario?.name ?? ''}`,
      [
        ...(report.scenario?.told ?? []),
        ...(report.scenario?.walk ?? []).map((one) => `${one.point}: ${one.verdict}: ${one.reason}`),
      ].flatMap((one) => paragraph('  - ', one, width)),
    ],
    ['Recovery point', recoveryPoint(report, width)],
    ['Timeline (UTC)', timeline(report, width, paint)],
    ['Checks', checks(report.checks, width, paint)],
    [
      'Findings',
      report.findings.flatMap((one) =>
        paragraph(`  ${one.severity}: `, `${one.text} (owner: ${one.owner})`, width),
      ),
    ],
    ['Clean-up', cleanUp(report, width, paint)],
    ['Signature', signatureLines(report, signature, width, paint)],
    ['Limitations', report.limitations.flatMap((one) => paragraph('  - ', one, width))],
  ];
  const filled = sections.filter(([, lines]) => lines.length > 0);
  return filled.flatMap(([title, lines]) => (title === '' ? lines : ['', paint.strong(title), ...lines]));
}

function heading(report: StoredReport, width: number, paint: Palette): string[] {
  const { result, system, id, finalizedAt, plan, reasons } = report;
  const why =
    reasons.length === 0
      ? ['Restored, every check passed, both objectives met, nothing left behind.']
      : reasons;
  return [
    ...paragraph('', `${result}: restore drill of ${system.name} in ${system.region}`, width).map(
      verdictPainter(paint, result),
    ),
    ...paragraph(
      '',
      `${id}, ended ${instantText(finalizedAt)}, started by ${plan.trigger}; owner: ${system.owner}, criticality: ${system.criticality}`,
      width,
    ),
    ...why.flatMap((reason) => paragraph('  - ', reason, width)),
  ];
}

function objectives({ recovery, plan }: StoredReport, width: number, paint: Palette): string[] {
  const named = [['RPO', recovery.rpo] as const, ['RTO', recovery.rto] as const];
  const rows = named.map(([name, one]): Cell[] => {
    const achieved = one.achievedSeconds === undefined ? 'not measured' : duration(one.achievedSeconds);
    const painter =
      one.verdict === 'met' ? paint.good : one.verdict === 'missed' ? paint.bad : paint.doubtful;
    return [
      name,
      duration(one.objectiveSeconds),
      achieved,
      { text: one.verdict, paint: painter },
      one.reason,
    ];
  });
  const columns = [
    { header: '' },
    { header: 'OBJECTIVE' },
    { header: 'ACHIEVED' },
    { header: 'VERDICT' },
    { header: 'BECAUSE', shrink: true },
  ];
  const { decide, restore, reconfigure, validate } = recovery.rtoBreakdownSeconds;
  const parts = `decide ${duration(decide)}, restore ${duration(restore)}, reconfigure ${duration(reconfigure)}, validate ${duration(validate)}`;
  return [
    ...table(columns, rows, { width, indent: 2, paintHeader: paint.faint }),
    ...paragraph(
      '  ',
      `RTO is made of: ${parts}. Approved by ${plan.objectives.approvedBy} on ${instantText(plan.objectives.approvedAt)}.`,
      width,
    ),
  ];
}

function recoveryPoint({ recoveryPoint: point }: StoredReport, width: number): string[] {
  const { blobAddresses } = point;
  const blobs = blobAddresses === undefined ? '' : `; its rows refer to ${thousands(blobAddresses)} blobs`;
  return paragraph(
    '  ',
    `${point.id} of ${instantText(point.instant)}, chosen as ${point.chosenBecause}${blobs}`,
    width,
  );
}

function timeline(report: StoredReport, width: number, paint: Palette): string[] {
  const columns = [
    { header: 'STEP' },
    { header: 'FROM' },
    { header: 'TIME', align: 'right' as const },
    { header: 'OUTCOME' },
    { header: 'DETAIL', shrink: true },
  ];
  const rows = report.timeline.map((step): Cell[] => [
    ...[step.step, instantText(step.startedAt), duration(step.seconds)],
    { text: step.outcome, paint: step.outcome === 'done' ? paint.good : paint.bad },
    stepWords(step),
  ]);
  return table(columns, rows, { width, indent: 2, paintHeader: paint.faint });
}

function checks(all: readonly CheckResult[], width: number, paint: Palette): string[] {
  const columns = [
    { header: 'CHECK', shrink: true },
    { header: 'DATABASE', shrink: true },
    { header: 'STATUS' },
    { header: 'EXPECTED', shrink: true },
    { header: 'FOUND', shrink: true },
    { header: 'TIME', align: 'right' as const },
  ];
  const rows = all.map((check): Cell[] => {
    const painter =
      check.status === 'passed' ? paint.good : check.status === 'failed' ? paint.bad : paint.doubtful;
    const status = { text: check.status, paint: painter };
    return [
      check.title,
      check.database ?? '-',
      status,
      check.expected,
      check.actual,
      duration(check.elapsedMilliseconds / 1000),
    ];
  });
  return rows.length === 0
    ? ['  No check was run.']
    : table(columns, rows, { width, indent: 2, paintHeader: paint.faint });
}

function cleanUp(
  { cleanUp: { created, deleted, leftOver, serverHours, cost } }: StoredReport,
  width: number,
  paint: Palette,
): string[] {
  const price = cost === undefined ? '' : `, ${cost.amount} ${cost.currency}`;
  const sums = `created ${created.length}, deleted ${deleted.length}, left over ${leftOver.length}; ${serverHours} server hours${price}`;
  return [
    ...paragraph('  ', sums, width),
    ...leftOver.flatMap((server) => paragraph('  left over: ', server, width).map(paint.bad)),
  ];
}

function signatureLines(
  report: StoredReport,
  signature: SignatureFacts,
  width: number,
  paint: Palette,
): string[] {
  if ('unsigned' in signature)
    return paragraph('  ', `NOT SIGNED: ${signature.unsigned}`, width).map(paint.bad);
  const { keyId, source, withdrawn } = signature.key;
  const chain =
    report.schema === 'lifeboat/drill-report/v2'
      ? `report ${report.number} of its chain, after ${report.previous?.drill ?? 'none'}`
      : 'in no chain';
  return [
    ...paragraph('  ', `signed, not verified here; key ${keyId} (${source}); ${chain}`, width),
    ...(withdrawn === undefined
      ? []
      : paragraph(
          '  ',
          `the key was withdrawn on ${instantText(withdrawn.at)}: ${withdrawn.because}`,
          width,
        ).map(paint.doubtful)),
  ];
}
