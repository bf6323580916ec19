/** `lifeboat drill servers | reap`: what stands in the resource group for drills, and what the reaper removed. */
import type { DrillServersResponse } from '../../contracts/reaper.ts';
import { confirmDeed, type Confirmed } from '../confirm.ts';
import { instantText, paragraph } from '../format.ts';
import { print, printJson, viewOptions, type Io } from '../io.ts';
import type { WorkExit } from '../outcome.ts';
import { palette } from '../palette.ts';
import { chooseTarget, openClients } from '../regions.ts';
import { table } from '../table.ts';
import type { CommonOptions } from './options.ts';
import { serverNameOf } from '../../policy/identifiers.ts';

/** Shows them; exits 3 while something stands that should be gone and is not removed by itself. */
export async function showDrillServers(io: Io, options: CommonOptions): Promise<WorkExit> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const response = await client.call('drillServers', { params: { system } });
  if (options.json === true) printJson(io, response, response.servers);
  else print(io, renderDrillServers(response, viewOptions(io)));
  return response.servers.some(({ decision }) => decision === 'blocked') ? 3 : 0;
}

/** Removes what drills left behind; exits 1 if something that should go could not be removed. */
export async function reapDrillServers(io: Io, options: CommonOptions & Confirmed): Promise<WorkExit> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const sentence = `Removes the servers that ended drills of ${system} in ${client.region} left behind.`;
  await confirmDeed(io, { name: system, sentence }, options);
  const run = await client.call('reapDrillServers', { params: { system }, body: {} });
  if (options.json === true) printJson(io, run);
  else
    print(io, [
      ...run.begun.map((server) => `${serverNameOf(server)}: removal begun`),
      ...run.gone.map((server) => `${serverNameOf(server)}: confirmed absent`),
      ...run.troubles.flatMap((trouble) => paragraph('', trouble, viewOptions(io).width)),
      ...(run.begun.length + run.gone.length + run.troubles.length === 0 ? ['Nothing was left behind.'] : []),
    ]);
  return run.troubles.length > 0 ? 1 : 0;
}

type Cost = DrillServersResponse['servers'][number]['cost'];

/** Both tables. */
export function renderDrillServers(
  { servers, reaped }: DrillServersResponse,
  { width, color }: ReturnType<typeof viewOptions>,
): string[] {
  const paintHeader = palette(color).faint;
  const standing = servers.map(({ server, hours, cost, sentence }) => [
    serverNameOf(server),
    hoursText(hours),
    costText(cost),
    sentence,
  ]);
  const removed = reaped.map(({ server, begunAt, confirmedAbsentAt, hours, cost }) => [
    serverNameOf(server),
    instantText(begunAt),
    confirmedAbsentAt === undefined ? 'at work' : instantText(confirmedAbsentAt),
    hoursText(hours),
    costText(cost),
  ]);
  const [name, stood, price] = [{ header: 'SERVER', shrink: true }, { header: 'HOURS' }, { header: 'COST' }];
  return [
    ...(standing.length === 0
      ? ['No server of a drill stands.']
      : table([name, stood, price, { header: 'WHY', shrink: true }], standing, { width, paintHeader })),
    ...(removed.length === 0
      ? []
      : [
          '',
          'Removed because their drill had left them behind',
          ...table([name, { header: 'BEGUN' }, { header: 'GONE' }, stood, price], removed, {
            width,
            paintHeader,
          }),
        ]),
  ];
}

const hoursText = (hours: number | undefined): string => (hours === undefined ? '–' : hours.toFixed(1));
const costText = (cost: Cost): string =>
  cost === undefined ? '–' : `${cost.amount.toFixed(2)} ${cost.currency}`;
