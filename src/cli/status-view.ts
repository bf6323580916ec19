/** The answer to `lifeboat status`: the regions, the summary over all of them, and what runs next. */
import type { StatusResponse } from '../contracts/api.ts';
import { instantText, paragraph } from './format.ts';
import { palette } from './palette.ts';
import { renderSummary, type SummaryOptions } from './summary.ts';
import { table } from './table.ts';

/** A region that gave no answer, and why. */
export interface SilentRegion {
  readonly region: string;
  readonly url: string;
  readonly message: string;
}

/** The status as text; ends with a line feed. */
export function renderStatus(
  statuses: readonly StatusResponse[],
  silent: readonly SilentRegion[],
  options: SummaryOptions = {},
): string {
  const width = options.width ?? 100;
  const paint = palette(options.color ?? false);
  const regions = [
    ...statuses.flatMap(({ region, at, softwareVersion }) =>
      paragraph(`${region}: `, `Lifeboat ${softwareVersion}, at ${instantText(at)}`, width),
    ),
    ...silent.flatMap(({ region, message }) =>
      paragraph(`${region}: NO ANSWER: `, message, width).map(paint.bad),
    ),
  ];
  const next = nextRuns(statuses, width, paint.faint);
  return [
    `${regions.join('\n')}\n`,
    renderSummary(statuses, options),
    ...(next.length === 0 ? [] : [`${next.join('\n')}\n`]),
  ].join('\n');
}

function nextRuns(
  statuses: readonly StatusResponse[],
  width: number,
  paintHeader: (text: string) => string,
): string[] {
  const rows = statuses
    .flatMap(({ systems }) => systems)
    .map(({ system, region, next, points }) => [
      ...[system, region, String(points.count)],
      ...[next.snapshot, next.drill].map((at) => (at === undefined ? '-' : instantText(at))),
    ]);
  if (rows.length === 0) return [];
  const columns = [
    { header: 'SYSTEM', shrink: true },
    { header: 'REGION', shrink: true },
    { header: 'POINTS', align: 'right' as const },
    { header: 'NEXT SNAPSHOT' },
    { header: 'NEXT DRILL' },
  ];
  return table(
    columns,
    rows.toSorted((a, b) => (a.join(' ') < b.join(' ') ? -1 : 1)),
    { width, paintHeader },
  );
}
