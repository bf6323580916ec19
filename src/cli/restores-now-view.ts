/** Restores in `lifeboat status`: which wait for a person, which are at work, and where what is ready is found. */
import type { SystemStatus } from '../contracts/api/status.ts';
import { instantText, paragraph } from './format.ts';
import type { Palette } from './palette.ts';

type RestoreNow = NonNullable<SystemStatus['restores']>[number];

/** The lines about restores; none where there is none to know of. */
export function restoresNow(systems: readonly SystemStatus[], width: number, paint: Palette): string[] {
  const lines = systems.flatMap(({ system, region, restores = [] }) =>
    restores.flatMap((one) => [
      ...paragraph('  ', `${one.id} of ${system} in ${region}: ${wordsOf[one.state](one)}`, width).map(
        one.state === 'ready' ? paint.good : paint.doubtful,
      ),
      ...paragraph('    ', nextOf(one, `--system ${system} --region ${region}`), width),
    ]),
  );
  return lines.length === 0 ? [] : [paint.strong('Restores'), ...lines];
}

const wordsOf: Readonly<Record<RestoreNow['state'], (one: RestoreNow) => string>> = {
  waiting: ({ since }) => `waits for another person since ${instantText(since)}`,
  'at-work': ({ since }) => `at work since ${instantText(since)}`,
  ready: ({ since, where }) => `ready since ${instantText(since)}${placeOf(where)}`,
  doubtful: ({ since, where }) => `in doubt, restored at ${instantText(since)}${placeOf(where)}`,
};

const placeOf = (where: readonly string[]): string => (where.length === 0 ? '' : `: ${where.join(', ')}`);

const nextOf = ({ state, id, operation }: RestoreNow, scope: string): string =>
  state === 'at-work' ? `lifeboat operation ${operation} --wait` : `lifeboat restore show ${id} ${scope}`;
