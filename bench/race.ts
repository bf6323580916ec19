/**
 * Measures a row: one uncounted run of each of ours to warm caches, then so many rounds in which everybody runs once,
 * in turn, every second round the other way round. What slows the machine for a while slows neighbours alike.
 */
import { loadavg } from 'node:os';
import { assertComplete, commandOf, type Contender } from './contenders.ts';
import { measure, median, type Figures } from './measure.ts';
import type { Entry, Figure, Goal, Row } from './rows.ts';
import { startSite, type Site, type SiteTools } from './sites.ts';
import { makeVault, withCopy } from './vaults.ts';

/** The runs of one entry, round by round. */
export interface Measured {
  readonly label: string;
  readonly runs: readonly Figures[];
  readonly blobs: number;
}

export interface RowResult {
  readonly row: Row;
  readonly blobs: number;
  readonly measured: readonly Measured[];
  readonly goals: readonly GoalResult[];
  /** The load average of the last minute, before and after. */
  readonly load: readonly [number, number];
}

export interface GoalResult {
  readonly goal: Goal;
  /** The median of the rounds' ratios, or of the figure itself. */
  readonly value: number;
  /** The same without what the start of our process costs; undefined where that is not measured. */
  readonly withoutStart: number | undefined;
  readonly isMet: boolean;
}

interface Stand {
  readonly site: Site;
  readonly vault: string;
}

/** Measures a row in so many rounds; `note` is told what is going on. */
export async function race(
  row: Row,
  rounds: number,
  with_: SiteTools,
  note: (text: string) => void,
): Promise<RowResult> {
  const stands = new Map<string, Stand>();
  try {
    const before = loadavg()[0] ?? 0;
    for (const [name, plan] of Object.entries(row.sites)) {
      note(`${row.id}: starting what serves ${name}`);
      const site = await startSite(plan, with_);
      stands.set(name, { site, vault: await makeVault(with_.scratch, site.namesFile) });
    }
    const runs = await runAll(row, rounds, stands, with_, note);
    const measured = row.entries.map((one) => ({
      label: one.label,
      runs: runs.get(one.label) ?? [],
      blobs: standOf(stands, one).site.blobs,
    }));
    return {
      ...{ row, measured, goals: row.goals.map((goal) => judge(goal, measured)) },
      blobs: Math.max(...[...stands.values()].map(({ site }) => site.blobs)),
      load: [before, loadavg()[0] ?? 0],
    };
  } finally {
    for (const { site } of stands.values()) await site.stop();
  }
}

async function runAll(
  row: Row,
  rounds: number,
  stands: ReadonlyMap<string, Stand>,
  with_: SiteTools,
  note: (text: string) => void,
): Promise<Map<string, Figures[]>> {
  const runs = new Map<string, Figures[]>();
  for (const one of row.entries.filter(({ contender }) => contender.kind !== 'rclone')) {
    note(`${row.id}: warming up, ${one.label}`);
    await runOnce(one, standOf(stands, one), with_);
  }
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? row.entries : row.entries.toReversed();
    for (const one of order) {
      note(`${row.id}: round ${round + 1} of ${rounds}, ${one.label}`);
      const figures = await runOnce(one, standOf(stands, one), with_);
      runs.set(one.label, [...(runs.get(one.label) ?? []), figures]);
    }
  }
  return runs;
}

function standOf(stands: ReadonlyMap<string, Stand>, { site, label }: Entry): Stand {
  const stand = stands.get(site);
  if (stand === undefined) throw new RangeError(`${label} is at no site of its row`);
  return stand;
}

async function runOnce(entry: Entry, { site, vault }: Stand, with_: SiteTools): Promise<Figures> {
  const { contender, label } = entry;
  return needsVault(contender) ? withCopy(vault, run) : run(vault);

  async function run(copy: string): Promise<Figures> {
    const command = commandOf(contender, { site, tools: with_.tools, vault: copy });
    const { output, cpu, wall, peak } = await measure(with_.tools.measure, with_.scratch, command);
    assertComplete(label, contender, output, site);
    return { cpu, wall, peak };
  }
}

const needsVault = (contender: Contender): boolean => contender.kind === 'shipped';

function judge(goal: Goal, measured: readonly Measured[]): GoalResult {
  const of = (label: string): number[] => figuresOf(label, goal.figure, measured);
  const ours = of(goal.ours);
  const value = againstPeers(ours, goal.peers.map(of));
  const start = goal.start === undefined ? undefined : of(goal.start);
  const withoutStart =
    start === undefined
      ? undefined
      : againstPeers(
          ours.map((figure, round) => figure - (start[round] ?? 0)),
          goal.peers.map(of),
        );
  return { goal, value, withoutStart, isMet: value <= goal.atMost };
}

/** The median over the rounds of our figure, divided by the best of the peers' if there are any. */
function againstPeers(ours: readonly number[], peers: readonly (readonly number[])[]): number {
  const values = ours.map((figure, round) =>
    peers.length === 0 ? figure : figure / Math.min(...peers.map((peer) => peer[round] ?? Number.NaN)),
  );
  return median(values);
}

function figuresOf(label: string, figure: Figure, measured: readonly Measured[]): number[] {
  const found = measured.find((one) => one.label === label);
  if (found === undefined) throw new RangeError(`a goal is about ${label}, who is not in its row`);
  return found.runs.map((run) => (figure === 'cpuPerBlob' ? run.cpu / found.blobs : run[figure]));
}
