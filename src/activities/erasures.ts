/** Erasures: the list in the vault, and how they are applied again to a database that was restored. */
import pMap from 'p-map';
import { callerOf } from '../contracts/audit-actor.ts';
import { named, nameOfActor, type Actor } from '../contracts/actor.ts';
import {
  applyErasures,
  erasureDocument,
  type AddErasuresResponse,
  type ErasureDocument,
  type ErasuresApplied,
} from '../contracts/erasures.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { failureFrom } from '../policy/failure.ts';
import { safetyMargins } from '../policy/safety-margins.ts';
import type { DatabaseSession } from '../ports/database.ts';
import { implement, type Activity } from './activity.ts';
import { audited } from './audited.ts';
import type { Dependencies } from './dependencies.ts';
import { readPlayedPlan, targetOf } from './played-plan.ts';
import { databaseOf, scoped, serverHere } from './scope.ts';
import { createDocument, needDocument } from './vault-documents.ts';

const atOnce = 16;
const portion = 500;
const problemsKept = 20;

/** Adds erasures to the list; one that stands in it stays as it is. */
export async function addErasures(
  deps: Dependencies,
  scope: Scope,
  { ids, erasedAt }: { readonly ids: readonly string[]; readonly erasedAt: string | undefined },
  actor: Actor,
): Promise<AddErasuresResponse> {
  scoped(deps, scope);
  const now = isoOf(deps.clock.now());
  const action = {
    ...{ action: 'add-erasures', actor: callerOf(actor), target: scope.system },
    detail: { ids: [...ids] },
  };
  const fresh = await audited(deps, scope, action, () =>
    pMap(
      new Set(ids),
      (id) =>
        createDocument(deps.vault, vaultPaths.erasure(scope, id), erasureDocument, {
          ...{ schema: 'lifeboat/erasure/v1', id, system: scope.system, region: scope.region },
          ...{ erasedAt: erasedAt ?? now, recordedAt: now },
          ...{ by: nameOfActor(actor), ...named(actor.name) },
        }),
      { concurrency: atOnce },
    ),
  );
  const added = fresh.filter(Boolean).length;
  return { added, known: fresh.length - added };
}

/** The whole list, in the order of the ids; throws where one of it cannot be read: then nobody knows what is due. */
export async function readErasures(deps: Dependencies, scope: Scope): Promise<ErasureDocument[]> {
  const paths: string[] = [];
  for await (const path of deps.vault.list(vaultPaths.erasures(scope))) paths.push(path);
  return pMap(paths, (path) => needDocument(deps.vault, path, erasureDocument), { concurrency: atOnce });
}

export function erasureActivities(deps: Dependencies): Activity[] {
  return [
    implement(applyErasures, async ({ plan: digest, database: id, after = '', ...scope }) => {
      const { region } = scoped(deps, scope);
      const { target, name, instant } = targetOf(await readPlayedPlan(deps, scope, digest), id);
      // A clock of another host wrote down when it was done, and applying one again does no harm.
      const from = instantOf(instant).minus({ seconds: safetyMargins.erasureMarginSeconds });
      const due = (await readErasures(deps, scope))
        .filter((one) => instantOf(one.erasedAt) >= from && one.id > after)
        .toSorted((a, b) => (a.id < b.id ? -1 : 1));
      const now = due.slice(0, portion);
      const nothing = { due: 0, applied: 0, problems: [] };
      if (now.length === 0) return nothing;
      const sql = databaseOf(region, id).erasure;
      // Where another database of the system names how, this one holds nothing that was to be erased.
      if (sql === undefined && region.databases.some(({ erasure }) => erasure !== undefined)) return nothing;
      if (sql === undefined)
        return {
          due: due.length,
          applied: 0,
          problems: [{ id: '', problem: 'the estate names no "erasure"' }],
        };
      const { address = '' } = await serverHere(deps, target);
      const done = await deps.databases.withSession({ address, name }, (session) =>
        applyEach(session, sql, now),
      );
      const last = due.length > now.length ? { next: now.at(-1)?.id } : {};
      return { due: now.length, ...done, ...last };
    }),
  ];
}

async function applyEach(
  session: DatabaseSession,
  sql: string,
  erasures: readonly ErasureDocument[],
): Promise<Pick<ErasuresApplied, 'applied' | 'problems'>> {
  const problems: ErasuresApplied['problems'] = [];
  let applied = 0;
  for (const { id } of erasures) {
    try {
      await session.query(sql, [id]);
      applied += 1;
    } catch (thrown) {
      const failure = failureFrom(thrown);
      if (failure.retryable) throw failure;
      if (problems.length < problemsKept) problems.push({ id, problem: failure.message });
    }
  }
  return { applied, problems };
}
