/** Every sabotage, and those of a day. */
import { logSabotages } from './logs.ts';
import { rowSabotages } from './rows.ts';
import type { Sabotage } from './sabotage.ts';
import { schemaSabotages } from './schema.ts';
import { storageSabotages } from './storage.ts';
import { surroundingSabotages } from './surroundings.ts';

/** By turns of each kind, so that a few in a row are of many kinds. */
export const sabotages: readonly Sabotage[] = byTurns([
  rowSabotages,
  schemaSabotages,
  logSabotages,
  storageSabotages,
  surroundingSabotages,
]);

function byTurns(kinds: readonly (readonly Sabotage[])[]): Sabotage[] {
  const longest = Math.max(...kinds.map((kind) => kind.length));
  return Array.from({ length: longest }, (_, turn) => kinds.flatMap((kind) => kind[turn] ?? [])).flat();
}

/** As many as the budget says, each day the next ones, so that all have their turn. */
export function sabotagesOf(day: number, count: number): Sabotage[] {
  const many = Math.min(count, sabotages.length);
  const first = (day * many) % sabotages.length;
  return [...sabotages, ...sabotages].slice(first, first + many);
}
