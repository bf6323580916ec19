/** `lifeboat points`: the recovery points of one system in one region. */
import { print, printJson, viewOptions, type Io } from '../io.ts';
import { renderPoints } from '../points-view.ts';
import { chooseTarget, openClients } from '../regions.ts';
import { pointsOf } from '../whole-lists.ts';
import type { CommonOptions } from './options.ts';

/** Shows the recovery points; exits 1 if a document among them is damaged. */
export async function showPoints(io: Io, options: CommonOptions): Promise<0 | 1> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const points = await pointsOf(client, system);
  if (options.json === true) printJson(io, points, points.points);
  else print(io, renderPoints(points, viewOptions(io)));
  return points.damaged.length > 0 ? 1 : 0;
}
