/** `lifeboat erasure add | list`: the list of what is erased again in everything that is restored. */
import { instantText } from '../format.ts';
import { personIn } from '../person.ts';
import { print, printJson, viewOptions, type Io } from '../io.ts';
import type { WorkExit } from '../outcome.ts';
import { palette } from '../palette.ts';
import { chooseTarget, openClients } from '../regions.ts';
import { table } from '../table.ts';
import type { CommonOptions } from './options.ts';

export interface NewErasures extends CommonOptions {
  readonly at?: string;
}

/** Adds erasures; those that stand in the list stay as they are. */
export async function addErasures(io: Io, ids: readonly string[], options: NewErasures): Promise<WorkExit> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const at = options.at === undefined ? {} : { erasedAt: options.at };
  const answer = await client.call('addErasures', { body: { system, ids: [...ids], ...at } });
  if (options.json === true) printJson(io, answer);
  else print(io, [`${answer.added} added, ${answer.known} known before.`]);
  return 0;
}

/** Shows how many there are, and the newest. */
export async function showErasures(io: Io, options: CommonOptions): Promise<WorkExit> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const answer = await client.call('erasures', { params: { system } });
  if (options.json === true) {
    printJson(io, answer, answer.newest);
    return 0;
  }
  const { width, color } = viewOptions(io);
  const columns = [
    { header: 'ERASURE', shrink: true },
    { header: 'ERASED' },
    { header: 'ADDED BY', shrink: true },
  ];
  const rows = answer.newest.map((one) => [one.id, instantText(one.erasedAt), personIn(one)]);
  print(io, [
    ...(rows.length === 0 ? [] : table(columns, rows, { width, paintHeader: palette(color).faint })),
    answer.count === 1 ? '1 erasure' : `${answer.count} erasures`,
  ]);
  return 0;
}
