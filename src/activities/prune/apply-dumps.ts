/** Dumps go only where their deletion can be undone, and only as they were judged; each is judged again right before. */
import type { PruneItem } from '../../contracts/prune.ts';
import { deleteDumps } from '../deleter/content.ts';
import type { Dependencies } from '../dependencies.ts';
import { storeHere, type Scoped } from '../scope.ts';
import { partition, placeOf, type Applier } from './applier.ts';
import { keepingOf } from './gather-unreferenced.ts';
import { look } from './look.ts';

export const dumpApplier: Applier = {
  words: 'dump',
  async carryOut(deps, here, items, plan) {
    const refused: string[] = [];
    const seen = await look(deps, here, 'everything', { watched: new Set(items.map(({ id }) => id)) });
    const now = new Map(
      seen.items.filter(({ kind }) => kind === 'exported-dump').map((item) => [item.id, item]),
    );
    const because = (item: PruneItem): string | undefined => seen.absent.get(placeOf(item, item.blob).store);
    const [there, lost] = partition(items, (item) => because(item) === undefined);
    refused.push(...lost.map((item) => `${item.id}: its place does not exist (${because(item)})`));
    const [going, staying] = partition(there, ({ id }) => {
      const item = now.get(id);
      return item === undefined || item.decision === 'expire'; // What is not listed any more is confirmed as absent.
    });
    refused.push(...staying.map(({ id }) => `${id} ${now.get(id)?.sentence ?? ''}`));
    for (const [id, own] of Map.groupBy(going, (item) => placeOf(item, item.blob).store))
      refused.push(...(await carryOutIn(deps, here, { id, plan }, own)));
    return refused;
  },
};

async function carryOutIn(
  deps: Dependencies,
  here: Scoped,
  { id, plan }: { readonly id: string; readonly plan: string },
  items: readonly PruneItem[],
): Promise<string[]> {
  const place = here.region.dumps.find((one) => one.id === id);
  if (place === undefined) return items.map((item) => `${item.id}: the estate has no dumps ${id} any more`);
  await storeHere(deps, place);
  const { softDelete, versions } = await keepingOf(deps, place);
  if (!softDelete && !versions)
    return items.map(
      (item) => `${item.id}: ${id} has neither soft delete nor versions: it could not be undone`,
    );
  return deleteDumps(
    deps,
    here.scope,
    items.map((item) => {
      const { name, etag } = placeOf(item, item.blob);
      return { store: place, name, etag, reason: item.sentence, plan };
    }),
  );
}
