/**
 * The answer to `lifeboat status`: what somebody must act on first, alerts before all, then exposure and the tables of
 * every system, then what runs now and next. A region without an answer is told on top.
 */
import { DateTime } from 'luxon';
import type { StatusResponse, SystemStatus } from '../contracts/api/status.ts';
import { exposureLines } from './exposure-view.ts';
import { instantText, paragraph } from './format.ts';
import { palette, type Palette } from './palette.ts';
import { restoresNow } from './restores-now-view.ts';
import { keptByPrune, openAlerts } from './summary-details.ts';
import { entriesOf, joined, noSystem, systemSections, type SummaryOptions } from './summary.ts';
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
  const entries = entriesOf(statuses);
  const systems = entries.map(({ system }) => system);
  return joined([
    regions,
    unprotected(statuses, width, paint),
    openAlerts(entries, width, paint),
    restoresNow(systems, width, paint),
    lateRuns(systems, width, paint),
    exposureLines(systems, width, paint),
    ...(entries.length === 0 ? [[noSystem]] : systemSections(entries, width, paint)),
    held(systems, width, paint),
    keptByPrune(entries, width, paint),
    runningNow(systems, width, paint),
    nextRuns(systems, width, paint),
  ]);
}

function unprotected(statuses: readonly StatusResponse[], width: number, paint: Palette): string[] {
  const lines = statuses.flatMap((status) =>
    (status.unprotected ?? []).flatMap(({ system, since, detail }) => {
      const when = since === undefined ? '' : ` since ${instantText(since)}`;
      return paragraph('  ', `${system} in ${status.region}${when}: ${detail}`, width);
    }),
  );
  return lines.length === 0
    ? []
    : [paint.bad('Gone from the estate (runbooks/estate-weakened.md)'), ...lines];
}

function lateRuns(systems: readonly SystemStatus[], width: number, paint: Palette): string[] {
  const lines = systems.flatMap(({ system, region, freshness }) =>
    freshness
      .filter(({ state }) => state === 'late')
      .flatMap(({ kind, slot, because }) => {
        const when = slot === undefined ? '' : ` of ${instantText(slot)}`;
        return paragraph('  ', `${kind}${when}, ${system} in ${region}: ${because ?? 'late'}`, width);
      }),
  );
  return lines.length === 0 ? [] : [paint.bad('Late'), ...lines];
}

function held(systems: readonly SystemStatus[], width: number, paint: Palette): string[] {
  const lines = systems.flatMap(({ system, region, holds }) => {
    if (holds === undefined) return [];
    const since =
      holds.oldestSetAt === undefined ? '' : `, the oldest since ${instantText(holds.oldestSetAt)}`;
    const words = [`${holds.active} hold(s)${since}`, ...holds.damaged];
    const painted = holds.damaged.length > 0 ? paint.bad : (text: string): string => text;
    return paragraph('  ', `${system} in ${region}: ${words.join('; ')}`, width).map(painted);
  });
  return lines.length === 0 ? [] : [paint.strong('Held from deletion (lifeboat hold list)'), ...lines];
}

function runningNow(systems: readonly SystemStatus[], width: number, paint: Palette): string[] {
  const lines = systems.flatMap(({ running }) => running.flatMap(({ id }) => paragraph('  ', id, width)));
  return lines.length === 0 ? [] : [paint.strong('Running now (lifeboat operation ID --wait)'), ...lines];
}

/** A slot's time without its year and seconds, which a next run does not need. */
const slotText = (at: string | undefined): string =>
  at === undefined ? '-' : DateTime.fromISO(at, { zone: 'utc' }).toFormat("MM-dd HH:mm'Z'");

function nextRuns(systems: readonly SystemStatus[], width: number, paint: Palette): string[] {
  const columns = [
    { header: 'SYSTEM', shrink: true },
    { header: 'REGION', shrink: true },
    { header: 'POINTS', align: 'right' as const },
    ...['NEXT SNAPSHOT', 'NEXT SCAN', 'NEXT PRUNE', 'NEXT DRILL'].map((header) => ({ header })),
  ];
  const rows = systems.map(({ system, region, points, next }) => [
    ...[system, region, String(points.count)],
    ...[next.snapshot, next.scan, next.prune, next.drill].map(slotText),
  ]);
  return rows.length === 0 ? [] : table(columns, rows, { width, paintHeader: paint.faint });
}
