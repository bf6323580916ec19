/** What an activity that is run twice is given, and what its one effect is. */
import type { World } from '../world.ts';

export const slot = '20260301T013000Z';

export interface Entry {
  /** Brings the world to where the activity is run; its input. */
  prepare(world: World): Promise<unknown>;
  /** The world that it is run in, where not every world will do. */
  make?(): World;
  /** What the activity does outside, as a list that must not grow when it is run again. */
  effects(world: World): unknown[];
}

/** Entries by the names of the activities. */
export type Entries = Readonly<Record<string, Entry>>;

/** The documents below a prefix. */
export const documents =
  (prefix: string) =>
  (world: World): unknown[] =>
    world.vault.paths(prefix);
/** What the provider accepted, by its label. */
export const accepted =
  (label: string) =>
  (world: World): unknown[] =>
    world.servers.effects.filter((effect) => effect.startsWith(label));
/** It only reads. */
export const nothing = (): unknown[] => [];
