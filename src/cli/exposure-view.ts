/**
 * Exposure in `lifeboat status`: how much each system would lose if everything went now, the worst first. A system
 * without a proven recovery point stands above all others, with a sentence that says so.
 */
import type { NotCountedPoint } from '../contracts/api/not-counted.ts';
import type { ExposureView, SystemStatus } from '../contracts/api/status.ts';
import { age, duration, paragraph } from './format.ts';
import type { Palette } from './palette.ts';
import { table, type Cell } from './table.ts';

interface Exposed {
  readonly status: SystemStatus;
  readonly exposure: ExposureView;
}

/** The lines about exposure; none where no app tells of it. */
export function exposureLines(systems: readonly SystemStatus[], width: number, paint: Palette): string[] {
  const exposed = systems
    .flatMap((status) => (status.exposure === undefined ? [] : [{ status, exposure: status.exposure }]))
    .toSorted((a, b) => badness(b.exposure) - badness(a.exposure));
  if (exposed.length === 0) return [];
  const columns = [
    { header: 'SYSTEM', shrink: true },
    { header: 'REGION', shrink: true },
    { header: 'EXPOSURE / RPO' },
    { header: 'NEWEST PROVEN POINT', shrink: true },
    { header: 'NOT PROVEN', align: 'right' as const },
  ];
  const rows = exposed.map(({ status: { system, region }, exposure }): Cell[] => [
    system,
    region,
    exposureCell(exposure, paint),
    exposure.proven?.id ?? 'none',
    exposure.unproven === undefined ? '-' : `${age(exposure.unproven.seconds)} old`,
  ]);
  return [
    ...table(columns, rows, { width, paintHeader: paint.faint }),
    ...exposed.flatMap((one) => statements(one, width, paint)),
  ];
}

/** How many times the objective; without a proven point there is nothing worse. */
function badness({ proven, objectiveSeconds }: ExposureView): number {
  return proven === undefined ? Number.POSITIVE_INFINITY : proven.seconds / objectiveSeconds;
}

function exposureCell({ proven, verdict, objectiveSeconds }: ExposureView, paint: Palette): Cell {
  const objective = duration(objectiveSeconds);
  if (proven === undefined) return { text: `unbounded > ${objective}`, paint: paint.bad };
  const seconds = age(proven.seconds);
  if (verdict === 'over') return { text: `${seconds} > ${objective}`, paint: paint.bad };
  return verdict === 'within'
    ? { text: `${seconds} ≤ ${objective}`, paint: paint.good }
    : { text: `${seconds} or more / ${objective}`, paint: paint.doubtful };
}

function statements({ status, exposure }: Exposed, width: number, paint: Palette): string[] {
  const { system, region } = status;
  const where = `${system} in ${region}: `;
  const doubts = exposure.doubts.flatMap((doubt) =>
    paragraph('  ', `${where}${doubt}`, width).map(paint.doubtful),
  );
  if (exposure.proven !== undefined) return doubts;
  const sentences = [
    'no recovery point is proven: nothing is known to come back.',
    ...(exposure.unproven === undefined
      ? []
      : [`The newest that could be drilled is ${exposure.unproven.id}.`]),
    ...notCounted(exposure),
  ];
  return paragraph('  ', `${where}${sentences.join(' ')}`, width).map(paint.bad);
}

const reasonWords: Record<NotCountedPoint['why'], string> = {
  'given-up': 'given up',
  'future-dated': 'dated in the future',
  refuted: 'refuted by a drill',
  incomplete: 'without something that the system has today',
  'out-of-reach': 'out of the reach of the provider',
};

/** Few points are named: the tables beside it show them as they once were. */
const namedAtMost = 2;

/** Why the points that there are do not count: each reason with how many, and which. */
function notCounted({ notCounted: points }: ExposureView): string[] {
  const alike = Map.groupBy(points, ({ why }) => why);
  const words = [...alike].map(([why, those]) => {
    const names = those.length > namedAtMost ? '' : ` (${those.map(({ id }) => id).join(', ')})`;
    return `${those.length} ${reasonWords[why]}${names}`;
  });
  return words.length === 0 ? [] : [`Not counted: ${words.join(', ')}.`];
}
