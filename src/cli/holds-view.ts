/** The answers to `lifeboat hold`: what is held and why, what a new hold finds, and what became of a released one. */
import type { HoldSetResponse, HoldsResponse, HoldView } from '../contracts/holds.ts';
import { instantText, paragraph } from './format.ts';
import { personIn } from './person.ts';
import { palette } from './palette.ts';
import type { SummaryOptions } from './summary.ts';
import { table, type Cell, type Column } from './table.ts';

/** The holds as a table, the oldest of each system first, and why; then the documents that cannot be read. */
export function renderHolds({ holds, damaged }: HoldsResponse, options: SummaryOptions = {}): string[] {
  const width = options.width ?? 100;
  const paint = palette(options.color ?? false);
  const key = ({ system, region, setAt, id }: HoldView): string => `${system} ${region} ${setAt} ${id}`;
  const sorted = holds.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
  const listed =
    sorted.length === 0
      ? ['Nothing is held.']
      : [
          ...table(columnsFor(sorted), sorted.map(rowOf), { width, paintHeader: paint.faint }),
          '',
          'Why',
          ...sorted.flatMap((hold) => paragraph(`  ${hold.id}: `, reasonText(hold), width)),
        ];
  if (damaged.length === 0) return listed;
  return [
    ...listed,
    '',
    paint.bad('Damaged documents: everything of their system is held until they are mended.'),
    ...damaged.flatMap(({ system, region, problem }) =>
      paragraph('  ', `${system} in ${region}: ${problem}`, width),
    ),
  ];
}

/** A point's name is not wrapped, so that it can be pasted; a time is. */
const columnsFor = (holds: readonly HoldView[]): Column[] => [
  { header: 'HOLD' },
  { header: 'SYSTEM', shrink: true },
  { header: 'REGION', shrink: true },
  { header: 'HOLDS', shrink: holds.some(({ what }) => 'from' in what) },
  { header: 'UNTIL', shrink: true },
];

const rowOf = (hold: HoldView): Cell[] => [
  hold.id,
  hold.system,
  hold.region,
  subjectText(hold),
  endText(hold),
];

/** What a new hold is and finds. */
export function renderSet({ hold, points }: HoldSetResponse, options: SummaryOptions = {}): string[] {
  const width = options.width ?? 100;
  const found = points.standing.length;
  const also = 'from' in hold.what || 'everything' in hold.what ? ', and those that are recorded later' : '';
  const gone = points.gone.length === 0 ? '' : `; ${points.gone.length} of before were deleted already`;
  return [
    ...paragraph('', `${hold.id} holds ${subjectText(hold)} of ${hold.system} in ${hold.region}`, width),
    ...paragraph('  ', `${found} recovery point(s) now${also}${gone}`, width),
    ...paragraph('  ', `until ${endText(hold)}: ${hold.reason}`, width),
  ];
}

/** What the hold came too late for, in a sentence; undefined if there is nothing. */
export function tooLate({ hold, points: { givenUp } }: HoldSetResponse): string | undefined {
  if (givenUp.length === 0) return undefined;
  return `lifeboat: the deletion of ${givenUp.join(', ')} had begun before ${hold.id} was set, and may not be stopped any more.
Next: look which backups are still listed, and keep a copy of them: runbooks/legal-hold.md`;
}

/** What was released, and why. */
export function renderReleased(hold: HoldView, options: SummaryOptions = {}): string[] {
  const width = options.width ?? 100;
  const { released } = hold;
  const words = `${hold.id} of ${hold.system} in ${hold.region} does not hold ${subjectText(hold)} any more`;
  return [
    ...paragraph('', words, width),
    ...(released === undefined
      ? []
      : paragraph(
          '  ',
          `released ${instantText(released.at)} by ${personIn(released)}: ${released.reason}`,
          width,
        )),
  ];
}

function subjectText({ what }: HoldView): string {
  if ('point' in what) return what.point;
  return 'from' in what ? `${instantText(what.from)} to ${instantText(what.to)}` : 'everything';
}

function endText({ state, until, released }: HoldView): string {
  if (released !== undefined) return `released ${instantText(released.at)}`;
  if (until === undefined) return 'it is released';
  return state === 'over' ? `${instantText(until)}, over` : instantText(until);
}

function reasonText(hold: HoldView): string {
  const { reason, released } = hold;
  const end = released === undefined ? '' : `; released by ${personIn(released)}: ${released.reason}`;
  return `${reason}; set by ${personIn(hold)}${end}`;
}
