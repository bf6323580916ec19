/** `lifeboat drill coverage`: which scenarios were played on which kind of recovery point, and what is due next. */
import type { CoverageResponse } from '../../contracts/api/drills.ts';
import { duration, instantText, paragraph } from '../format.ts';
import { print, printJson, viewOptions, type Io } from '../io.ts';
import type { WorkExit } from '../outcome.ts';
import { palette } from '../palette.ts';
import { chooseTarget, openClients } from '../regions.ts';
import { table, type Cell } from '../table.ts';
import type { CommonOptions } from './options.ts';

/** Shows the map of one system in one region. */
export async function showCoverage(io: Io, options: CommonOptions): Promise<WorkExit> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const response = await client.call('drillCoverage', { params: { system } });
  if (options.json === true) printJson(io, response, response.cells);
  else print(io, renderCoverage(response, viewOptions(io)));
  return 0;
}

/** The map as a table, and what is due. */
export function renderCoverage(
  { region, cells, due, scheduled }: CoverageResponse,
  { width, color }: ReturnType<typeof viewOptions>,
): string[] {
  const paint = palette(color);
  const columns = [
    { header: 'POINT' },
    { header: 'SCENARIO', shrink: true },
    { header: 'REGION' },
    { header: 'LAST PROOF', align: 'right' as const },
    { header: 'LAST PLAYED' },
    { header: 'RESULT' },
  ];
  const rows = cells.map(({ kind, scenario, proof, last }): Cell[] => [
    ...[kind, scenario, region],
    proof === undefined
      ? { text: 'never', paint: paint.doubtful }
      : { text: `${duration(proof.ageSeconds)} ago`, paint: paint.good },
    last === undefined ? '-' : instantText(last.at),
    last?.result ?? '-',
  ]);
  const next = due === undefined ? 'nothing can be played' : `${due.scenario} on a point of kind ${due.kind}`;
  const slot = scheduled.at === undefined ? 'never' : instantText(scheduled.at);
  const plays = scheduled.scenario === 'rotate' ? 'what is due then' : `${scheduled.scenario} each time`;
  return [
    ...table(columns, rows, { width, paintHeader: paint.faint }),
    ...paragraph('due next: ', next, width),
    ...paragraph('schedule: ', `${slot}, plays ${plays}`, width),
  ];
}
