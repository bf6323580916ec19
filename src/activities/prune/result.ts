/** What a prune came to, and who is told of it. */
import {
  deletedByKind,
  placeNotFound,
  portionKinds,
  type DeletedByKind,
  type PortionEnd,
  type PortionKind,
  type PruneDocument,
  type PrunePlan,
} from '../../contracts/prune.ts';
import type { Scope } from '../../contracts/vault-paths.ts';
import { listWords } from '../../policy/retention/words.ts';
import { raise, resolve } from '../alerts.ts';
import type { Dependencies } from '../dependencies.ts';

/** What the orchestration did. */
export interface PruneFacts extends Scope {
  readonly plan: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly dryRun: boolean;
  /** Why nothing of the plan was deleted. */
  readonly held?: string | undefined;
  readonly backups: PruneDocument['effects'];
  readonly portions: readonly PortionEnd[];
}

/** The result as it is stored. */
export function buildResult(facts: PruneFacts, plan: PrunePlan): PruneDocument {
  const deleted = deletedBy(facts);
  const kept = keptByReason(plan);
  const blocked = kept.filter((one) => one.decision === 'blocked');
  const failed = [
    ...facts.backups.filter((one) => one.outcome !== 'deleted').map((one) => `${one.item}: ${one.detail}`),
    ...facts.portions.flatMap(({ refused }) => refused),
  ];
  const went = facts.dryRun
    ? `${plan.items.filter((item) => item.decision === 'expire').length} would be deleted (dry run)`
    : `${deletedWords(deleted)} deleted`;
  const brake = facts.held ?? (facts.dryRun && plan.brake.state === 'held' ? plan.brake.sentence : undefined);
  const absent = plan.findings.filter(({ finding }) => finding === placeNotFound);
  const stopped = [...blocked.map(({ example }) => example), ...absent.map(({ sentence }) => sentence)];
  const told = [failed[0] ?? brake ?? stopped[0]].filter((one) => one !== undefined);
  return {
    schema: 'lifeboat/prune/v2',
    ...{ id: plan.prune, system: plan.system, region: plan.region, plan: facts.plan, dryRun: facts.dryRun },
    ...{ startedAt: facts.startedAt, endedAt: facts.endedAt, deleted },
    outcome: outcomeOf(failed.length, brake, stopped.length),
    detail: [went, ...told].join('; '),
    kept,
    left: plan.left ?? [],
    effects: facts.backups,
    findings: plan.findings,
  };
}

function outcomeOf(failed: number, held: string | undefined, blocked: number): PruneDocument['outcome'] {
  if (failed > 0) return 'failed';
  if (held !== undefined) return 'held';
  return blocked > 0 ? 'blocked' : 'done';
}

function keptByReason(plan: PrunePlan): PruneDocument['kept'] {
  const kept = new Map<string, PruneDocument['kept'][number]>();
  const add = (one: PruneDocument['kept'][number]): void => {
    const key = `${one.kind} ${one.decision} ${one.reason}`;
    kept.set(key, { ...one, ...kept.get(key), count: (kept.get(key)?.count ?? 0) + one.count });
  };
  for (const { id, kind, decision, reasons, sentence } of plan.items)
    if (decision !== 'expire')
      add({
        ...{ kind, reason: reasons[0]?.reason ?? decision, decision, count: 1 },
        example: `${id} ${sentence}`,
      });
  // A blob's current version is the blob: nobody asks why that is kept.
  for (const one of plan.counted ?? []) if (one.reason !== 'current-version') add(one);
  return [...kept.values()];
}

/** How each kind that goes in portions is counted, and what it is called. */
const kinds: Readonly<Record<PortionKind, { readonly as: keyof DeletedByKind; readonly words: string }>> = {
  'blob-snapshot': { as: 'snapshots', words: 'blob snapshot(s)' },
  'blob-version': { as: 'versions', words: 'earlier version(s)' },
  'unreferenced-blob': { as: 'blobs', words: 'blob(s) that nothing refers to' },
  'drill-server': { as: 'servers', words: 'leaked drill server(s)' },
  report: { as: 'reports', words: 'report(s)' },
  'exported-dump': { as: 'dumps', words: 'dump(s)' },
  'own-document': { as: 'documents', words: 'document(s) of its own' },
};

function deletedBy({ backups, portions }: PruneFacts): DeletedByKind {
  const deleted = { backups: backups.filter((one) => one.outcome === 'deleted').length };
  const counts = portionKinds.map((kind): [string, number] => [
    kinds[kind].as,
    portions.reduce((sum, one) => (one.kind === kind ? sum + one.deleted : sum), 0),
  ]);
  return deletedByKind.parse({ ...deleted, ...Object.fromEntries(counts) });
}

/** What a person is told of the kinds: backups and snapshots always, the others where there were some. */
function deletedWords(deleted: DeletedByKind): string {
  const told = portionKinds
    .map((kind) => ({ ...kinds[kind], many: deleted[kinds[kind].as] }))
    .filter(({ as, many }) => as === 'snapshots' || many > 0);
  return listWords([`${deleted.backups} backup(s)`, ...told.map(({ many, words }) => `${many} ${words}`)]);
}

/** Findings that no alert of their own is raised for. */
const told = new Set(['expired-by-provider', placeNotFound]);

const runbook = 'runbooks/prune-blocked.md';

/** Raises and resolves the alerts that follow from a result. */
export async function tellPeople(deps: Dependencies, scope: Scope, document: PruneDocument): Promise<void> {
  if (document.dryRun) return; // It neither failed to delete anything nor shows that deleting works again.
  const where = `${scope.system} in ${scope.region}`;
  const { outcome, detail, findings } = document;
  const tell = (
    key: string,
    isOpen: boolean,
    title: string,
    words: string,
    plan?: string,
  ): Promise<unknown> =>
    isOpen
      ? raise(deps, scope, {
          key,
          severity: 'warning',
          title,
          detail: words,
          runbook,
          ...(plan === undefined ? {} : { plan }),
        })
      : resolve(deps, scope, key);
  // What is held was not tried.
  if (outcome !== 'held')
    await tell('prune-failed', outcome === 'failed', `The prune of ${where} failed in part`, detail);
  // What failed says nothing of the guards.
  if (outcome !== 'failed') {
    const { plan, system, region } = document;
    const at = `--system ${system} --region ${region}`;
    const ask = `${detail}. A second person decides: lifeboat approve ${plan} ${at}; then: lifeboat prune --plan ${plan} ${at}`;
    await tell('prune-held', outcome === 'held', `A prune of ${where} waits for an approval`, ask, plan);
    // A prune that brought something back has failed in that; one that did not says that it is over.
    if (outcome === 'done') await resolve(deps, scope, 'blob-brought-back');
    const stopped = `A guard kept the prune of ${where} from deleting`;
    if (outcome !== 'held') await tell('prune-blocked', outcome === 'blocked', stopped, detail);
  }
  const strange = findings.filter(({ finding }) => !told.has(finding));
  const words = strange
    .slice(0, 5)
    .map(({ sentence }) => sentence)
    .join('; ');
  const title = `Recovery points of ${where} changed without Lifeboat`;
  await tell('points-changed', strange.length > 0, title, words);
}
