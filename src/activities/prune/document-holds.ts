/** What holds a record: as everything that is no recovery point; the record of a point and what lies with it as the point. */
import { instantOf } from '../../contracts/values.ts';
import { holdsOn, type Holdable, type Holds } from '../../policy/holds.ts';
import type { Pin } from '../../policy/retention/items.ts';
import { standingHolds } from '../standing-holds.ts';
import type { Around } from './gather.ts';

/** What holds the record of a path now. */
export type Pinning = (id: string) => Promise<readonly Pin[]>;

/** As what a record is held; `instantAt` knows the instants of points. */
export function holdableRecord(id: string, instantAt: (point: string) => string | undefined): Holdable {
  const [, point] = /^(?:points|inventories)\/([^/]+?)(?:\.json|\/.*)$/.exec(id) ?? [];
  if (point === undefined) return { kind: 'other' };
  const instant = instantAt(point);
  return {
    kind: 'recovery-point',
    id: point,
    instant: instant === undefined ? undefined : instantOf(instant),
  };
}

/** Reads the holds once, when they are first asked for. */
export function pinsOnPoint({ deps, here, catalogue, now }: Around): Pinning {
  let holds: Promise<Holds> | undefined;
  const instantAt = (point: string): string | undefined => catalogue.find(({ id }) => id === point)?.instant;
  return async (id) =>
    holdsOn(await (holds ??= standingHolds(deps, here.scope)), holdableRecord(id, instantAt), now);
}
