/** The activities that restore chosen tables into a side schema, as they are run twice. */
import { carryOut, takeSnapshot } from '../drill-steps.ts';
import { allowTables, approvedRestore } from '../restore-steps.ts';
import { scope } from '../sample-estate.ts';
import type { World } from '../world.ts';
import type { Entries } from './entry.ts';

/** The tables are asked for and permitted, and their server stands. */
async function ofTables(world: World): Promise<object> {
  allowTables(world);
  const point = await takeSnapshot(world);
  const { restore, digest: plan } = await approvedRestore(world, point, undefined, { tables: ['shop.item'] });
  await world.value('permitRestore', { ...scope, restore, plan });
  await carryOut(world, 'beginRestore', { ...scope, plan, database: 'main' });
  return { ...scope, restore, plan, database: 'main' };
}

async function withSchema(world: World): Promise<object> {
  const input = await ofTables(world);
  await world.value('makeSideSchema', input);
  return input;
}

/** The side schemas, each with its tables and what stands in them. */
const sides = (world: World): unknown[] =>
  [...world.source.side.schemas].map(([name, { mark, tables }]) => ({ name, mark, tables: [...tables] }));
const tables = (world: World): unknown[] =>
  [...world.source.side.schemas.values()].flatMap((side) => [...side.tables]);

export const restoredTables: Entries = {
  makeSideSchema: { prepare: ofTables, effects: sides },
  restoreTable: {
    prepare: async (world) => ({
      ...(await withSchema(world)),
      ...{ table: 'shop.item', state: { phase: 'copy' } },
    }),
    effects: tables,
  },
  removeSideSchema: {
    prepare: withSchema,
    effects: (world) => (sides(world).length === 0 ? ['the schema is gone'] : []),
  },
};
