/**
 * The answer to `lifeboat report history`: for each scenario a line of RPO and one of RTO from the oldest drill to the
 * newest, with the figures, then every drill of the page, the newest first. Colour and plot repeat what the text says.
 */
import { DateTime } from 'luxon';
import type { HistoryReport, ReportHistoryResponse } from '../contracts/api/reports.ts';
import { duration, paragraph } from './format.ts';
import { palette, verdictPainter, type Palette } from './palette.ts';
import { sparkline } from './sparkline.ts';
import type { SummaryOptions } from './summary.ts';
import { table, type Cell } from './table.ts';

export interface HistoryOptions extends SummaryOptions {
  /** Whether the output is a terminal, which can show the plot in blocks. */
  readonly isTerminal?: boolean;
}

/** The lines about the history. */
export function renderHistory(
  history: ReportHistoryResponse,
  { width = 100, color = false, isTerminal = false }: HistoryOptions = {},
): string[] {
  const paint = palette(color);
  const { reports, system, region, unreadable, continuation } = history;
  if (reports.length + unreadable.length === 0)
    return [`There is no report of ${system} in ${region}${continuation === undefined ? '' : ' here'}.`];
  const sections = [
    paragraph('', headline(history), width).map(paint.strong),
    ...history.figures.map((of) => plotOf(of, history, { width, paint, isTerminal })),
    drillTable(reports, width, paint),
    problems(history, width, paint),
    remarks(history, width),
  ];
  return sections.flatMap((lines, index) => (lines.length === 0 || index === 0 ? lines : ['', ...lines]));
}

function headline({ system, region, reports }: ReportHistoryResponse): string {
  const [newest, oldest] = [reports[0], reports.at(-1)];
  const drills = `${reports.length} ${reports.length === 1 ? 'drill' : 'drills'}`;
  const days =
    newest === undefined || oldest === undefined
      ? ''
      : `, ${oldest.declaredAt.slice(0, 10)} to ${newest.declaredAt.slice(0, 10)}`;
  return `RPO and RTO of ${system} in ${region}: ${drills}${days}`;
}

type ScenarioFigures = ReportHistoryResponse['figures'][number];

interface PlotOptions {
  readonly width: number;
  readonly paint: Palette;
  readonly isTerminal: boolean;
}

/** The two lines of a scenario, oldest drill on the left; a report that does not verify is not in them. */
function plotOf(
  figures: ScenarioFigures,
  { reports }: ReportHistoryResponse,
  { width, paint, isTerminal }: PlotOptions,
): string[] {
  const played = reports
    .filter(({ scenario, signature }) => scenario === figures.scenario && signature.state !== 'not-verified')
    .toReversed();
  const title = `${figures.scenario}, ${figures.drills} ${figures.drills === 1 ? 'drill' : 'drills'}`;
  const lines = (['rpo', 'rto'] as const).flatMap((name) => {
    const missed = played.filter((one) => one[name].verdict === 'missed').length;
    const lead = `  ${name.toUpperCase()}  `;
    const line = sparkline(
      // Of more drills than there are columns the newest ones.
      played.slice(-(width - lead.length)).map((one) => one[name].seconds),
      isTerminal,
    );
    const words = figureWords(figures[name], missed);
    // A line that leaves no room for its figures has them below it.
    const isLong = line.length > width / 2;
    const text = isLong
      ? [`${lead}${line}`, ...paragraph(' '.repeat(lead.length), words, width)]
      : paragraph(`${lead}${line}  `, words, width);
    return missed > 0 ? text.map(paint.bad) : text;
  });
  return [paint.strong(title), ...lines];
}

function figureWords(figures: ScenarioFigures['rpo'], missed: number): string {
  if (figures === undefined) return 'not measured';
  const { minimum, median, worst, trend } = figures;
  const words = [
    `best ${duration(minimum)}, median ${duration(median)}, worst ${duration(worst)}`,
    trendWords(trend),
    ...(missed === 0 ? [] : [`objective missed ${missed} ${missed === 1 ? 'time' : 'times'}`]),
  ];
  return words.join('; ');
}

function trendWords({ direction, secondsPerDrill }: NonNullable<ScenarioFigures['rpo']>['trend']): string {
  if (direction === 'too-few') return 'too few drills for a trend';
  return direction === 'steady'
    ? 'steady'
    : `${direction} by ${duration(Math.abs(secondsPerDrill))} from drill to drill`;
}

function drillTable(reports: readonly HistoryReport[], width: number, paint: Palette): string[] {
  if (reports.length === 0) return [];
  const columns = [
    { header: 'NO.', align: 'right' as const },
    { header: 'DECLARED (UTC)' },
    { header: 'SCENARIO', shrink: true },
    { header: 'RESULT' },
    { header: 'RPO' },
    { header: 'RTO' },
    { header: 'SIGNATURE' },
  ];
  const rows = reports.map((report): Cell[] => [
    String(report.number),
    DateTime.fromISO(report.declaredAt, { zone: 'utc' }).toFormat('yyyy-MM-dd HH:mm'),
    report.scenario,
    { text: report.result, paint: verdictPainter(paint, report.result) },
    achievedCell(report.rpo, paint),
    achievedCell(report.rto, paint),
    signatureCell(report.signature.state, paint),
  ]);
  return table(columns, rows, { width, paintHeader: paint.faint });
}

function achievedCell({ seconds, objectiveSeconds, verdict }: HistoryReport['rpo'], paint: Palette): Cell {
  const objective = duration(objectiveSeconds);
  if (seconds === undefined) return { text: `? / ${objective}`, paint: paint.doubtful };
  return verdict === 'missed'
    ? { text: `${duration(seconds)} > ${objective}`, paint: paint.bad }
    : { text: `${duration(seconds)} ≤ ${objective}`, paint: paint.good };
}

function signatureCell(state: HistoryReport['signature']['state'], paint: Palette): Cell {
  if (state === 'verified') return { text: state, paint: paint.good };
  return state === 'not-verified'
    ? { text: 'WRONG', paint: paint.bad }
    : { text: state, paint: paint.doubtful };
}

function problems({ reports, unreadable }: ReportHistoryResponse, width: number, paint: Palette): string[] {
  const wrong = reports.flatMap(({ number, signature: { state, problems: said } }) => {
    if (state === 'verified') return [];
    const painter = state === 'not-verified' ? paint.bad : paint.doubtful;
    const words = state === 'not-verified' ? 'does not verify, and is in no figure' : state;
    return paragraph(`  report ${number} `, `${words}: ${said.join('; ')}`, width).map(painter);
  });
  const lost = unreadable.flatMap(({ number, problem }) =>
    paragraph(`  report ${number} `, `cannot be read: ${problem}`, width).map(paint.bad),
  );
  return [...wrong, ...lost];
}

function remarks({ reports, system, region, continuation }: ReportHistoryResponse, width: number): string[] {
  const isVerified = reports.some(({ signature }) => signature.state === 'verified');
  return [
    ...(isVerified
      ? paragraph(
          '',
          'Verified by the keys that stand beside the reports in the vault. By keys of your own: lifeboat report verify.',
          width,
        )
      : []),
    ...(continuation === undefined
      ? []
      : paragraph(
          '',
          `Older ones: lifeboat report history --system ${system} --region ${region} --continuation ${continuation}`,
          width,
        )),
  ];
}
