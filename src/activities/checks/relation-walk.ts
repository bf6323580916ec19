/**
 * Goes through the relations of a restored database in stretches of so many blocks, in the order of their keys, so that
 * a check can go on where its last portion ended, however large one relation is. The server is at rest: nobody but the
 * checks uses it, so that each portion finds the relations that the one before found.
 */
import type { WalkPlace } from '../../contracts/check-states.ts';
import type { CheckContext } from './check.ts';

/** Something that can be looked at in stretches; one without blocks is looked at as a whole. */
export interface Walked {
  readonly key: string;
  readonly blocks: number;
}

/** Blocks of a relation, the first and the last included. */
export interface Stretch {
  readonly first: number;
  readonly last: number;
}

/**
 * Looks at one stretch after the other, at one at least, until all are through or the time is up: then it returns where
 * to go on. `look` is given no stretch where a relation is looked at as a whole.
 */
export async function walkRelations<R extends Walked>(
  { timeIsUp, blocksAtOnce }: Pick<CheckContext, 'timeIsUp' | 'blocksAtOnce'>,
  relations: readonly R[],
  from: WalkPlace | undefined,
  look: (relation: R, stretch: Stretch | undefined) => Promise<void>,
): Promise<WalkPlace | undefined> {
  let isBegun = false;
  for (const relation of relations.toSorted((a, b) => (a.key < b.key ? -1 : 1))) {
    if (from !== undefined && relation.key < from.key) continue;
    for (
      let first = relation.key === from?.key ? from.block : 0;
      first === 0 || first < relation.blocks;
      first += blocksAtOnce
    ) {
      if (isBegun && timeIsUp()) return { key: relation.key, block: first };
      isBegun = true;
      await look(relation, stretchOf(relation, first, blocksAtOnce));
    }
  }
  return undefined;
}

function stretchOf({ blocks }: Walked, first: number, blocksAtOnce: number): Stretch | undefined {
  return blocks <= blocksAtOnce ? undefined : { first, last: Math.min(first + blocksAtOnce, blocks) - 1 };
}
