/** `lifeboat audit list`: the newest entries of an audit log; it goes on over empty pages until there are enough. */
import type { AuditResponse } from '../../contracts/audit.ts';
import { renderEntries } from '../audit-entries-view.ts';
import { print, printJson, viewOptions, type Io } from '../io.ts';
import type { WorkExit } from '../outcome.ts';
import { chooseTarget, openClients } from '../regions.ts';
import type { CommonOptions } from './options.ts';

export interface AuditListOptions extends CommonOptions {
  readonly limit: number;
  readonly since?: string;
  readonly who?: string;
  readonly continuation?: string;
}

/** Shows entries; exits 1 if a line is no entry. */
export async function listAudit(io: Io, options: AuditListOptions): Promise<WorkExit> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const { since, who, limit } = options;
  const { continuation } = options;
  let page = await client.call('audit', { params: { system }, query: { limit, since, who, continuation } });
  let all: AuditResponse = page;
  while (page.continuation !== undefined && all.entries.length < limit) {
    page = await client.call('audit', {
      params: { system },
      query: {
        ...{ since, who, continuation: page.continuation, limit: limit - all.entries.length },
      },
    });
    all = {
      ...page,
      ...(all.outcomesThrough === undefined ? {} : { outcomesThrough: all.outcomesThrough }),
      entries: [...all.entries, ...page.entries],
      unreadable: [...all.unreadable, ...page.unreadable],
    };
  }
  if (options.json === true) printJson(io, all, all.entries);
  else print(io, renderEntries(all, viewOptions(io)));
  return all.unreadable.length > 0 ? 1 : 0;
}
