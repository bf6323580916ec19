/** Reports past their own retention go as a whole, evidence and signature with them, each judged again right before. */
import { vaultPaths } from '../../contracts/vault-paths.ts';
import { failureFrom } from '../../policy/failure.ts';
import { audited } from '../audited.ts';
import { removeDocuments } from '../vault-remover.ts';
import type { Applier } from './applier.ts';
import { look } from './look.ts';

export const reportApplier: Applier = {
  words: 'report',
  carryOut: async (deps, here, items, plan) => {
    const refused: string[] = [];
    for (const { id } of items) {
      const seen = await look(deps, here, 'everything', { near: id, watched: new Set([id]) });
      const now = seen.items.find((one) => one.kind === 'report' && one.id === id);
      if (now === undefined) continue; // It went already.
      if (now.decision !== 'expire') {
        refused.push(`${id} ${now.sentence}`);
        continue;
      }
      const paths = deps.vault.list(`${vaultPaths.reports(here.scope)}${id}/`);
      const last = vaultPaths.report(here.scope, id);
      const removal = { kind: 'reports' as const, item: `report ${id}`, reason: now.sentence, paths, last };
      const action = { action: 'remove-report', target: id, reason: now.sentence, detail: { plan } };
      await audited(deps, here.scope, action, () =>
        removeDocuments(deps, here.scope, removal, Number.POSITIVE_INFINITY),
      ).catch((thrown: unknown) => refused.push(`${id}: ${failureFrom(thrown).message}`));
    }
    return refused;
  },
};
