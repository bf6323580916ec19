/** `lifeboat report history`: RPO and RTO over the drills of a system, each report held against its signature. */
import type { ReportHistoryResponse } from '../../contracts/api/reports.ts';
import { renderHistory } from '../history-view.ts';
import { print, printJson, viewOptions, type Io } from '../io.ts';
import { worstExit, type WorkExit } from '../outcome.ts';
import { chooseTarget, openClients } from '../regions.ts';
import type { CommonOptions } from './options.ts';

export interface HistoryCommandOptions extends CommonOptions {
  readonly limit: number;
  readonly continuation?: string;
}

/** Shows a page of the history; exits 2 if a report does not verify, 1 if one cannot be judged, 3 if one is unsigned. */
export async function showHistory(io: Io, options: HistoryCommandOptions): Promise<WorkExit> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const { limit, continuation } = options;
  const history = await client.call('reportHistory', { params: { system }, query: { limit, continuation } });
  if (options.json === true) printJson(io, history, history.reports);
  else print(io, renderHistory(history, { ...viewOptions(io), isTerminal: io.stdout.isTTY === true }));
  return exitOf(history);
}

const exits = { verified: 0, 'not-verified': 2, unknown: 1, unsigned: 3 } as const;

function exitOf({ reports, unreadable }: ReportHistoryResponse): WorkExit {
  const ofReports = reports.map(({ signature }) => exits[signature.state]);
  return worstExit([0, ...ofReports, ...(unreadable.length === 0 ? [] : [1 as const])]);
}
