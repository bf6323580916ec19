/**
 * Whether the plan of a cutover, or of its way back, still says what is: asked when it is asked for, when it is approved
 * and right before the first hook. What changed since is told, and nothing is done by the plan any more.
 */
import type { CutoverPlan } from '../../contracts/cutover-plan.ts';
import { hooksBack } from '../../policy/cutover.ts';
import { Failure } from '../../policy/failure.ts';
import { serverNameOf } from '../../policy/identifiers.ts';
import { restoreTags } from '../../policy/server-removal.ts';
import type { Dependencies } from '../dependencies.ts';
import { cutoverInForce, inForceAlready } from './in-force.ts';

/** Throws `refused` naming what changed, `conflict` where another cutover is in force. */
export async function mustHold(deps: Dependencies, plan: CutoverPlan): Promise<void> {
  const standing = await cutoverInForce(deps, plan);
  if (plan.direction === 'over' && standing !== undefined && standing.cutover !== plan.cutover)
    throw inForceAlready(plan, standing);
  const change =
    plan.direction === 'over' ? await changeOver(deps, plan) : await changeBack(deps, plan, standing);
  if (change === undefined) return;
  throw new Failure(
    'refused',
    `the plan of ${plan.cutover} is stale: ${change}`,
    'Nothing was done by it. Plan again with: lifeboat cutover plan, or lifeboat cutover back',
  );
}

async function changeOver(deps: Dependencies, plan: CutoverPlan): Promise<string | undefined> {
  if (plan.estateDigest !== deps.estateDigest) return 'another estate file was deployed since';
  for (const { server, address } of plan.databases) {
    const found = await deps.servers.get(server);
    if (found === undefined) return `${server} does not stand any more`;
    if (found.tags[restoreTags.restore] !== plan.restore) return `${server} is not of ${plan.restore}`;
    if (found.address !== address) return `${server} is at ${found.address ?? 'no address'} by now`;
  }
  return undefined;
}

/** A way back goes by the plan of its cutover, whatever the estate says by now; but by what stands to be taken back. */
async function changeBack(
  deps: Dependencies,
  { of, cutover, hooks, without, databases }: CutoverPlan,
  standing: Awaited<ReturnType<typeof cutoverInForce>>,
): Promise<string | undefined> {
  if (standing === undefined || standing.cutover !== of) return `${of} is not in force any more`;
  if (standing.back !== undefined && standing.back !== cutover)
    return `${standing.back} takes it back already`;
  if (standing.hooks === undefined) return `${of} is at work`;
  const due = hooksBack(standing.hooks, without);
  const planned = hooks.map(({ hook }) => hook);
  if (due.join(' ') !== planned.join(' '))
    return `what is to be taken back is another by now: ${due.join(', ') || 'nothing'}`;
  const gone = hooks.length === 0 ? undefined : await goneSource(deps, databases);
  return gone === undefined ? undefined : noneToGoBackTo(gone);
}

/** The name of a source that does not stand any more; undefined where all stand. */
export async function goneSource(
  { servers }: Dependencies,
  databases: CutoverPlan['databases'],
): Promise<string | undefined> {
  for (const { source } of databases)
    if ((await servers.get(source)) === undefined) return serverNameOf(source);
  return undefined;
}

export const noneToGoBackTo = (source: string): string =>
  `the source ${source} does not stand any more: nothing can be pointed back at it`;
