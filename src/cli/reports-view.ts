/** The answer to `lifeboat report list`: the newest reports of one system in one region, the newest first. */
import type { ReportsResponse } from '../contracts/api/reports.ts';
import { instantText, paragraph } from './format.ts';
import { palette, verdictPainter } from './palette.ts';
import type { SummaryOptions } from './summary.ts';
import { table, type Cell } from './table.ts';

/** The lines about the reports. */
export function renderReports(
  { reports, older }: ReportsResponse,
  { width = 100, color = false }: SummaryOptions = {},
): string[] {
  if (reports.length === 0) return ['There is no report.'];
  const paint = palette(color);
  const columns = [
    { header: 'REPORT', shrink: true },
    { header: 'NO.', align: 'right' as const },
    { header: 'FINALIZED' },
    { header: 'RESULT' },
    { header: 'RECOVERY POINT', shrink: true },
    { header: 'SIGNATURE' },
  ];
  const rows = reports.map((report): Cell[] => {
    const result = report.result ?? 'unreadable';
    return [
      report.id,
      report.number?.toString() ?? '-',
      report.finalizedAt === undefined ? '-' : instantText(report.finalizedAt),
      { text: result, paint: verdictPainter(paint, result) },
      report.point ?? '-',
      report.signed ? { text: 'signed', paint: paint.good } : { text: 'unsigned', paint: paint.doubtful },
    ];
  });
  return [
    ...table(columns, rows, { width, paintHeader: paint.faint }),
    ...reports.flatMap(({ unreadable }) =>
      unreadable === undefined ? [] : paragraph('  ', unreadable, width).map(paint.bad),
    ),
    ...(older === 0 ? [] : [`and ${older} older one(s) in the vault`]),
  ];
}
