/** Records go one by one, each only as it was judged right before: what somebody wrote since stays. */
import { vaultRoot } from '../../contracts/vault-paths.ts';
import { isAuditSegment, removeSegments } from './audit-segments.ts';
import { removeRecords } from '../vault-remover.ts';
import type { Applier } from './applier.ts';
import { holdableRecord } from './document-holds.ts';
import { look } from './look.ts';
import { partition, placeOf } from './applier.ts';

export const documentApplier: Applier = {
  words: 'document',
  carryOut: async (deps, here, items) => {
    const seen = await look(deps, here, 'everything', { watched: new Set(items.map(({ id }) => id)) });
    const now = new Map(
      seen.items.filter(({ kind }) => kind === 'own-document').map((item) => [item.id, item]),
    );
    const standing = items.flatMap(({ id }) => now.get(id) ?? []); // The others went already.
    const [going, staying] = partition(standing, ({ decision }) => decision === 'expire');
    const instantAt = (point: string): string | undefined =>
      seen.points.find(({ id }) => id === point)?.instant;
    const removals = going.map((item) => ({
      ...{ item: item.id, path: `${vaultRoot(here.scope)}/${item.id}`, reason: item.sentence },
      ...{ version: placeOf(item, item.document).version, heldAs: holdableRecord(item.id, instantAt) },
    }));
    const [segments, others] = partition(removals, isAuditSegment);
    return [
      ...staying.map(({ id, sentence }) => `${id} ${sentence}`),
      ...(await removeRecords(deps, here.scope, others)),
      ...(await removeSegments(deps, here, segments)),
    ];
  },
};
