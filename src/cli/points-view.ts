/** The answer to `lifeboat points`: the recovery points of one system in one region, the newest first. */
import type { NotCountedPoint } from '../contracts/api/not-counted.ts';
import type { PointsResponse } from '../contracts/api/retention.ts';
import type { RecoveryPoint } from '../contracts/documents.ts';
import { thousands, instantText, paragraph } from './format.ts';
import { palette, verdictPainter } from './palette.ts';
import type { SummaryOptions } from './summary.ts';
import { table, type Cell } from './table.ts';

/** The lines about the points. */
export function renderPoints(
  { points, held = [], notCounted = [], doubts = [], damaged }: PointsResponse,
  options: SummaryOptions = {},
): string[] {
  const width = options.width ?? 100;
  const paint = palette(options.color ?? false);
  const columns = [
    { header: 'RECOVERY POINT' },
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
        stateOf(point, held.includes(point.id), notCounted.find(({ id }) => id === point.id)?.why),
      ];
    });
  const listed =
    rows.length === 0
      ? ['There is no recovery point.']
      : table(columns, rows, { width, paintHeader: paint.faint });
  const unsure = doubts.flatMap((doubt) => paragraph('  ', doubt, width).map(paint.doubtful));
  if (damaged.length === 0) return [...listed, ...unsure];
  const problems = damaged.flatMap(({ path, problem }) => paragraph('  ', `${path}: ${problem}`, width));
  return [
    ...listed,
    ...unsure,
    '',
    paint.bad('Damaged documents, which are no recovery points until they are mended:'),
    ...problems,
  ];
}

/** What keeps a point from being restored stands in the place of whether it was proven while it could be. */
const lostWords: Readonly<Partial<Record<NotCountedPoint['why'], string>>> = {
  'out-of-reach': 'out of reach',
  'future-dated': 'dated in the future',
  incomplete: 'incomplete',
};

function stateOf(
  { proven, pins, tombstone }: RecoveryPoint,
  isHeld: boolean,
  why: NotCountedPoint['why'] | undefined,
): string {
  const lost = why === undefined ? undefined : lostWords[why];
  const words = [
    ...(tombstone === undefined ? [] : [`given up: ${tombstone.reason}`]),
    lost ?? (proven === undefined ? 'not proven' : 'proven'),
    ...(pins.length === 0 ? [] : ['pinned']),
    ...(isHeld ? ['held'] : []),
  ];
  return words.join(', ');
}
