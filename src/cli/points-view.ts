/** The answer to `lifeboat points`: the recovery points of one system in one region, the newest first. */
import type { PointsResponse } from '../contracts/api/retention.ts';
import type { RecoveryPoint } from '../contracts/documents.ts';
import { thousands, instantText, paragraph } from './format.ts';
import { palette, verdictPainter } from './palette.ts';
import type { SummaryOptions } from './summary.ts';
import { table, type Cell } from './table.ts';

/** The lines about the points. */
export function renderPoints(
  { points, held = [], damaged }: PointsResponse,
  options: SummaryOptions = {},
): string[] {
  const width = options.width ?? 100;
  const paint = palette(options.color ?? false);
  const columns = [
    { header: 'RECOVERY POINT', shrink: true },
    { header: 'INSTANT' },
    { header: 'ROWS', align: 'right' as const },
    { header: 'BLOBS', align: 'right' as const },
    { header: 'LAST DRILL' },
    { header: 'STATE', shrink: true },
  ];
  const rows = points
    .toSorted((a, b) => (a.instant < b.instant ? 1 : -1))
    .map((point): Cell[] => {
      const drilled = point.lastDrill?.result ?? '-';
      const blobs = point.stores.reduce((sum, store) => sum + store.inventory.addresses, 0);
      const rowCount = point.databases.reduce((sum, one) => sum + one.fingerprint.rows, 0);
      const isPartial = point.databases.some(({ fingerprint }) => fingerprint.isPartial === true);
      return [
        point.id,
        instantText(point.instant),
        `${thousands(rowCount)}${isPartial ? '+' : ''}`,
        thousands(blobs),
        { text: drilled, paint: verdictPainter(paint, drilled) },
        stateOf(point, held.includes(point.id)),
      ];
    });
  const listed =
    rows.length === 0
      ? ['There is no recovery point.']
      : table(columns, rows, { width, paintHeader: paint.faint });
  if (damaged.length === 0) return listed;
  const problems = damaged.flatMap(({ path, problem }) => paragraph('  ', `${path}: ${problem}`, width));
  return [
    ...listed,
    '',
    paint.bad('Damaged documents, which are no recovery points until they are mended:'),
    ...problems,
  ];
}

function stateOf({ proven, pins, tombstone }: RecoveryPoint, isHeld: boolean): string {
  const words = [
    ...(tombstone === undefined ? [] : [`given up: ${tombstone.reason}`]),
    proven === undefined ? 'not proven' : 'proven',
    ...(pins.length === 0 ? [] : ['pinned']),
    ...(isHeld ? ['held'] : []),
  ];
  return words.join(', ');
}
