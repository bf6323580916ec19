/** The results as text: a Markdown table for each row, and its goals below it. */
import { median } from './measure.ts';
import type { GoalResult, RowResult } from './race.ts';
import type { Figure } from './rows.ts';

const names: Record<Figure, string> = {
  cpu: 'CPU',
  wall: 'wall',
  peak: 'peak memory',
  cpuPerBlob: 'CPU per blob',
};

/** A row's result. */
export function tableOf({ row, measured, goals, load }: RowResult): string {
  const lines = measured.map(({ label, runs }) => {
    const of = (figure: 'cpu' | 'wall' | 'peak'): number[] => runs.map((run) => run[figure]);
    const range = `${Math.min(...of('cpu')).toFixed(2)}–${Math.max(...of('cpu')).toFixed(2)}`;
    const [cpu, wall, peak] = [median(of('cpu')), median(of('wall')), median(of('peak'))];
    return `| ${label} | ${cpu.toFixed(2)} | ${range} | ${wall.toFixed(2)} | ${peak.toFixed(0)} |`;
  });
  return [
    `### ${row.id}: ${row.title}`,
    '',
    '| | CPU s | lowest–highest | wall s | peak MiB |',
    '|---|---|---|---|---|',
    ...lines,
    '',
    ...goals.map(goalLine),
    `- load average ${load[0].toFixed(1)} before, ${load[1].toFixed(1)} after; ${measured[0]?.runs.length ?? 0} rounds`,
    '',
  ].join('\n');
}

function goalLine({ goal, value, withoutStart, isMet }: GoalResult): string {
  const { ours, peers, figure, atMost, reach } = goal;
  const isRatio = peers.length > 0;
  const number = (of: number): string => (isRatio ? `${of.toPrecision(3)} ×` : `${of.toFixed(0)} MiB`);
  const against = isRatio ? ` against ${peers.join(' or ')}` : '';
  const started =
    withoutStart === undefined ? '' : ` (${number(withoutStart)} without the start of its process)`;
  const reached =
    reach === undefined ? '' : `, reach for ${reach} ${value <= reach ? '(reached)' : '(not reached)'}`;
  return `- ${isMet ? 'met' : '**missed**'}: ${names[figure]} of ${ours}${against} ${number(value)}${started}, goal ≤ ${number(atMost)}${reached}`;
}
