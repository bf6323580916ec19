/**
 * The plan of the way back from a cutover: what ran, or may have run, is taken back, the last hook first, by what the plan
 * of the cutover says. Where something failed in the middle it was approved with that; otherwise somebody else approves it,
 * for what was written to the new server since stays in it alone.
 */
import { cutoverPlan, type CutoverPlan } from '../../contracts/cutover-plan.ts';
import { cutoverPermit, type CutoverInForce } from '../../contracts/cutover.ts';
import { instantOf, isoOf } from '../../contracts/values.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { cutoverSteps, hooksBack } from '../../policy/cutover.ts';
import { Failure } from '../../policy/failure.ts';
import { serverNameOf, stampOf } from '../../policy/identifiers.ts';
import { secondsOf } from '../../policy/objectives.ts';
import { readPlan } from '../approvals.ts';
import { approvedScope } from '../approved-scope.ts';
import type { Dependencies } from '../dependencies.ts';
import { scoped, type Scoped } from '../scope.ts';
import { needDocument } from '../vault-documents.ts';
import { callWords } from './hooks.ts';
import { cutoverInForce } from './in-force.ts';
import { beatOf, keepPlan, shortNames, timesOf, type ProposedCutover } from './propose.ts';
import { goneSource, noneToGoBackTo } from './stale.ts';

/** Makes the plan and writes it into the vault, under its digest. */
export async function proposeBack(
  deps: Dependencies,
  scope: Scope,
  { back: of, without }: { readonly back: string; readonly without: readonly string[] },
): Promise<ProposedCutover> {
  const here = scoped(deps, scope);
  const { standing, hooks: due } = await backFrom(deps, here.scope, of);
  const over = await readPlan(deps, here.scope, standing.plan, cutoverPlan);
  mustBeAmong(due, without);
  const hooks = hooksBack(due, without).map((id) => undoOf(over, id));
  if (hooks.length > 0) await mustStand(deps, over);
  const silent = await silentAmong(deps, here, over.databases);
  const isApproved = standing.broken !== undefined;
  const breakGlassAfter = (await approvedScope(deps, here.scope)).region.restore?.breakGlassAfter ?? 'never';
  const alone = breakGlassAfter === 'never' ? undefined : secondsOf(breakGlassAfter);
  const permit = await needDocument(deps.vault, vaultPaths.cutoverPermit(here.scope, of), cutoverPermit);
  const now = deps.clock.now();
  const { databases, restore } = over;
  return keepPlan(deps, {
    ...{ schema: 'lifeboat/cutover-plan/v1', cutover: `cutover-${stampOf(now)}`, direction: 'back', of },
    ...{ restore, ...here.scope, ...timesOf(deps), name: serverNameOf(databases[0]?.source ?? '') },
    ...{ databases, hooks, without: [...without] },
    steps: cutoverSteps({
      ...{ direction: 'back', without, isApproved },
      databases: databases.map((one) => ({ ...shortNames(one), isSilent: silent.has(one.source) })),
      hooks: hooks.map(({ hook, call }) => ({ hook, what: callWords(call), back: undefined })),
      breakGlassAfterSeconds: alone,
    }),
    loss: {
      ...{ from: permit.at, until: isoOf(now), unknown: [] },
      seconds: now.diff(instantOf(permit.at)).as('seconds'),
    },
    approval: {
      by: isApproved ? 'given' : 'another-person',
      ...(isApproved || alone === undefined ? {} : { breakGlassAfterSeconds: alone }),
    },
    ...{ estateDigest: deps.estateDigest, softwareVersion: deps.softwareVersion },
  });
}

/** What is in force, and what of it has to be taken back; throws where it is not, or is at work. */
async function backFrom(
  deps: Dependencies,
  scope: Scope,
  of: string,
): Promise<{ readonly standing: CutoverInForce; readonly hooks: readonly string[] }> {
  const standing = await cutoverInForce(deps, scope);
  if (standing?.cutover !== of)
    throw new Failure(
      'not-found',
      `${of} is not in force: there is nothing to take back`,
      'See what is with: lifeboat cutover list',
    );
  const atWork = standing.back ?? (standing.hooks === undefined ? of : undefined);
  if (standing.hooks !== undefined && atWork === undefined) return { standing, hooks: standing.hooks };
  throw new Failure(
    'conflict',
    `${atWork} is being carried out`,
    'Wait until it has ended: lifeboat cutover list',
  );
}

/** Throws `refused` where a source is gone: nothing can be pointed back at it. */
async function mustStand(deps: Dependencies, { databases }: CutoverPlan): Promise<void> {
  const gone = await goneSource(deps, databases);
  if (gone === undefined) return;
  throw new Failure(
    'refused',
    noneToGoBackTo(gone),
    'Name the new server in the estate file: the cutover is over then. What a person took back by hand is left out with --without.',
  );
}

/** The sources that do not answer, as far as the estate still names their databases. */
async function silentAmong(
  deps: Dependencies,
  { region }: Scoped,
  databases: CutoverPlan['databases'],
): Promise<ReadonlySet<string>> {
  const silent = new Set<string>();
  for (const { database: id, source } of databases) {
    const database = region.databases.find((one) => one.id === id);
    const beat = database && (await beatOf(deps, { database, source }));
    if (beat !== undefined && 'problem' in beat && beat.isSilent === true) silent.add(source);
  }
  return silent;
}

function mustBeAmong(due: readonly string[], without: readonly string[]): void {
  const other = without.find((hook) => !due.includes(hook));
  if (other === undefined) return;
  throw new Failure(
    'bad-input',
    `without: "${other}" is no hook that is taken back; there are: ${due.join(', ')}`,
    'Correct the order; nothing was planned.',
  );
}

function undoOf({ hooks, cutover }: CutoverPlan, id: string): CutoverPlan['hooks'][number] {
  const planned = hooks.find(({ hook }) => hook === id);
  if (planned?.undo !== undefined) return { hook: id, database: planned.database, call: planned.undo };
  throw new Failure(
    'refused',
    `the plan of ${cutover} has no way back of ${id}: its source was gone`,
    `Take it back by hand, then plan with --without ${id}.`,
  );
}
