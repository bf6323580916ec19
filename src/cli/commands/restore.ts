/** `lifeboat restore request | list | cancel`. Whoever asks for one types the new server's name: it is not undone by itself. */
import type { RestorePlan } from '../../contracts/restore-plan.ts';
import type { RestoresResponse, RestoreView } from '../../contracts/api/restores.ts';
import { sayWhoApproves } from '../approver.ts';
import { confirmDeed, type Confirmed } from '../confirm.ts';
import { instantText, paragraph } from '../format.ts';
import { print, printJson, say, viewOptions, type Io } from '../io.ts';
import type { WorkExit } from '../outcome.ts';
import { palette } from '../palette.ts';
import { chooseTarget, openClients } from '../regions.ts';
import { lossText } from '../restore-plan-view.ts';
import { table } from '../table.ts';
import type { CommonOptions } from './options.ts';
import { follow, startedBy } from './follow.ts';
import type { StartOptions } from './start.ts';

export interface RestoreRequestOptions extends StartOptions, Confirmed {
  readonly plan: string;
  readonly reason: string;
}

/** Asks for a restore; with `--wait` the exit code says what it came to. */
export async function requestRestore(io: Io, options: RestoreRequestOptions): Promise<WorkExit> {
  const { plan, reason } = options;
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const { plan: planned } = await client.call('restorePlan', { params: { system, digest: plan } });
  const sentence = `${deedText(planned)} Lost: ${lossText(planned)}.`;
  await confirmDeed(io, { name: planned.name, sentence }, options);
  const response = await client.call('requestRestore', {
    body: { system, plan, reason, confirm: planned.name },
  });
  const [operation] = response.operations;
  const restore = `restore-${operation?.id.split('.').at(-1) ?? ''}`;
  const asking = {
    ...{ show: `lifeboat restore show ${restore}`, approve: `lifeboat restore approve ${restore}` },
    ...{ digest: `--digest ${plan}`, scope: `--system ${system} --region ${client.region}` },
  };
  await sayWhoApproves(io, asking, options);
  return follow(io, options, startedBy(client, response), []);
}

function deedText({ system, region, point, instant, tables, name }: RestorePlan): string {
  const to = `${system} in ${region} to ${point ?? instant}`;
  if (tables === undefined)
    return `Restores ${to} into a new server. It costs money until somebody removes it.`;
  const names = tables.chosen.map((one) => one.table).join(', ');
  return `Restores ${names} of ${to} into the schema ${name} of the source’s database.`;
}

/** Shows the newest restores of a system. */
export async function showRestores(io: Io, options: CommonOptions): Promise<WorkExit> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const response = await client.call('restores', { params: { system } });
  if (options.json === true) printJson(io, response, response.restores);
  else print(io, renderRestores(response, viewOptions(io)));
  return 0;
}

/** The restores as a table; every id in it is whole, even where that makes it wider. */
export function renderRestores(
  { restores }: RestoresResponse,
  { width, color }: ReturnType<typeof viewOptions>,
): string[] {
  if (restores.length === 0) return ['No restore was ever asked for.'];
  const columns = [{ header: 'RESTORE' }, { header: 'TO' }, { header: 'STATE' }, { header: 'NAME' }];
  const rows = restores.map(({ id, plan, end, ...said }) => [
    id,
    plan === undefined ? '–' : (plan.point ?? instantText(plan.instant)),
    end?.outcome ?? stateOf(said),
    plan?.name ?? '–',
  ]);
  const [header = '', ...lines] = table(columns, rows, { width, paintHeader: palette(color).faint });
  return [header, ...lines.flatMap((line, index) => [line, ...endLines(restores[index]?.end, width)])];
}

/** When it ended and where it is, below its row: names of hosts are too long for a column. */
function endLines(end: RestoreView['end'], width: number): string[] {
  if (end === undefined) return [];
  const where = whereText(end);
  return paragraph('  ', `${instantText(end.endedAt)}${where === '' ? '' : `, ${where}`}`, width);
}

/** Where what was restored is found. */
function whereText({ servers, tables }: NonNullable<RestoreView['end']>): string {
  if (tables !== undefined) return `schema ${tables.schema} ${tables.state}`;
  return servers.map((one) => one.address ?? `${one.target.split('/').at(-1) ?? ''} ${one.state}`).join(', ');
}

/** Where a restore stands that has not ended; `waits`: for another person. */
const stateOf = ({ permit, decision }: Pick<RestoreView, 'permit' | 'decision'>): string =>
  permit !== undefined ? 'at work' : decision === undefined ? 'waits' : decision.decision;

/** Cancels a restore that has not ended. */
export async function cancelRestore(
  io: Io,
  id: string,
  options: CommonOptions & Confirmed & { readonly reason: string },
): Promise<WorkExit> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  await confirmDeed(io, { name: id, sentence: `Stops ${id} and removes the servers that it made.` }, options);
  const cancelled = await client.call('cancelRestore', {
    params: { system, restore: id },
    body: { reason: options.reason },
  });
  if (options.json === true) printJson(io, cancelled);
  else print(io, [`${cancelled.restore} is being cancelled; what it made is removed.`]);
  say(io, `Watch it with: lifeboat operation ${cancelled.operation} --wait`);
  return 0;
}
