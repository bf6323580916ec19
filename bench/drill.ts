/**
 * What a restore drill costs beside what it waits for: `bench/drill.ts [--gigabytes 0.2,1,4] [--rounds 3] [--json]`. Drills
 * of one database at several sizes on the embedded stack, each beside a bare script that calls the same restore.
 */
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { measureBareRestore, measureDrill, type DrillFigures } from './drill/measured.ts';
import { Stand } from './drill/stand.ts';
import { median } from './measure.ts';
import { BenchProblem, runBench, wholeNumber } from './problem.ts';

/** The orchestrator's own share of the RTO, at most, of databases of a gigabyte and more. */
const mostOwnShare = 0.1;

interface Options {
  readonly gigabytes: readonly number[];
  readonly rounds: number;
  readonly isJson: boolean;
}
interface Row {
  readonly gigabytes: number;
  readonly bytes: number;
  readonly load: readonly [number, number];
  readonly drills: readonly DrillFigures[];
  /** Seconds of the bare restores. */
  readonly bare: readonly number[];
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      gigabytes: { type: 'string', default: '0.2,1,4' },
      rounds: { type: 'string', default: '3' },
      json: { type: 'boolean', default: false },
    },
  });
  const gigabytes = values.gigabytes.split(',').map(Number);
  const rounds = wholeNumber('rounds', values.rounds, 1);
  if (!gigabytes.every((one, at) => one > 0 && one > (gigabytes[at - 1] ?? 0)))
    throw new BenchProblem('--gigabytes takes sizes above 0, each larger than the one before: 0.2,1,4.');
  return { gigabytes, rounds, isJson: values.json };
}

async function measureSize(stand: Stand, gigabytes: number, rounds: number): Promise<Row> {
  say(`${gigabytes} GB: filling`);
  const bytes = await stand.fill(gigabytes * 1e9);
  say(`${gigabytes} GB: snapshot`);
  const { outcome, detail } = await stand.run<{ outcome: string; detail: string }>('snapshots');
  if (outcome !== 'done') throw new BenchProblem(`the snapshot of ${gigabytes} GB ${outcome}: ${detail}`);
  const before = loadavg()[0] ?? 0;
  const [drills, bare]: [DrillFigures[], number[]] = [[], []];
  for (let round = 1; round <= rounds; round += 1) {
    say(`${gigabytes} GB: round ${round} of ${rounds}`);
    const { instant, ...figures } = await measureDrill(stand);
    drills.push(figures);
    bare.push(await measureBareRestore(stand, instant, round));
  }
  return { gigabytes, bytes, load: [before, loadavg()[0] ?? 0], drills, bare };
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

const ownShare = ({ drills }: Row): number => median(drills.map(({ own, rto }) => own / rto));

function tableOf(rows: readonly Row[], rounds: number): string {
  const of = ({ drills }: Row, figure: keyof DrillFigures): string =>
    median(drills.map((one) => one[figure])).toFixed(1);
  const lines = rows.map((row) => {
    const figures = (['rto', 'restore', 'checks', 'pollLag', 'own', 'reconfigure', 'otherWork'] as const).map(
      (one) => of(row, one),
    );
    const size = (row.bytes / 1e9).toFixed(2);
    const share = `${(ownShare(row) * 100).toFixed(1)} %`;
    return `| ${size} GB | ${figures.join(' | ')} | ${share} | ${median(row.bare).toFixed(1)} | ${row.load.map((one) => one.toFixed(1)).join(', ')} |`;
  });
  return [
    `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores; Node ${process.versions.node}; ${new Date().toISOString()}; seconds, medians of ${rounds} rounds`,
    '',
    '| database | RTO | restore and replay | checks | poll lag | own | of it reconfigure | of that the provider | own share | bare restore | load average |',
    '|---|---|---|---|---|---|---|---|---|---|---|',
    ...lines,
    '',
    ...goalsOf(rows).map(({ text, isMet }) => `- ${isMet ? 'met' : '**missed**'}: ${text}`),
    '',
  ].join('\n');
}

/** Less than a second more is what other work on the machine makes of it. */
const growthSeconds = 1;

function goalsOf(rows: readonly Row[]): { readonly text: string; readonly isMet: boolean }[] {
  const own = (row: Row): number => median(row.drills.map((one) => one.own));
  const [first, ...others] = rows;
  const shares = rows
    .filter(({ gigabytes }) => gigabytes >= 1)
    .map((row) => ({
      text: `own share of the RTO at ${row.gigabytes} GB ${(ownShare(row) * 100).toFixed(1)} %, goal < ${mostOwnShare * 100} %`,
      isMet: ownShare(row) < mostOwnShare,
    }));
  const growths = others.map((row) => {
    const more = own(row) - own(first as Row);
    return {
      text: `own time at ${row.gigabytes} GB ${more.toFixed(1)} s more than at ${first?.gigabytes} GB, goal ≤ ${growthSeconds} s`,
      isMet: more <= growthSeconds,
    };
  });
  return [...shares, ...growths];
}

async function main(): Promise<void> {
  const { gigabytes, rounds, isJson } = readOptions();
  const rows: Row[] = [];
  const stand = await Stand.open();
  try {
    for (const size of gigabytes) rows.push(await measureSize(stand, size, rounds));
  } finally {
    await stand.close();
  }
  process.stdout.write(isJson ? `${JSON.stringify(rows, null, 2)}\n` : tableOf(rows, rounds));
  if (goalsOf(rows).some(({ isMet }) => !isMet)) process.exitCode = 1;
}

await runBench(main);
process.exit();
