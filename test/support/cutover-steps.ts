/** The steps of a cutover before its first hook: a restore that is ready, a plan, a request, another person's word. */
import { decideOnCutover } from '../../src/activities/cutover/decide.ts';
import { proposeBack } from '../../src/activities/cutover/propose-back.ts';
import { proposeCutover, type ProposedCutover } from '../../src/activities/cutover/propose.ts';
import { orderCutover } from '../../src/activities/cutover/request.ts';
import type { CutoverPlan } from '../../src/contracts/cutover-plan.ts';
import type { CutoverResult } from '../../src/contracts/cutover.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { canonicalJson } from '../../src/policy/canonical-json.ts';
import { MemoryHttp } from './memory-http.ts';
import { askForRestore, type AskedFor } from './restore-steps.ts';
import { hookAddress, sampleEstate, scope, serverId } from './sample-estate.ts';
import { addressOf } from './memory-servers.ts';
import { WorkflowHub, type Ended } from './workflow-hub.ts';
import type { World } from './world.ts';

export const newServer = serverId('rg-restored-westeurope', 'shop-again');

/** An estate whose restores can be cut over to, and what answers its hooks. */
export const cutoverEstate = sampleEstate('exact', { cutover: true });
export const hookedHttp = (): MemoryHttp => new MemoryHttp().on(`POST ${hookAddress}`, { status: 200 });

/** A restore that is ready, as its documents and its server say. */
export async function readyRestore(world: World, name = 'shop-again'): Promise<AskedFor> {
  await world.value('recordHeartbeat', scope);
  const asked = await askForRestore(world, 'latest', { name });
  const { restore, digest, plan } = asked;
  const [target = { target: '', database: '' }] = plan.targets;
  world.servers.put({
    id: target.target,
    createdAt: world.clock.now(),
    tags: { 'lifeboat-restore': restore, 'lifeboat-plan': digest },
  });
  world.databases.at(addressOf(target.target), 'shop');
  const end = {
    schema: 'lifeboat/restore/v1',
    ...{ ...scope, restore, plan: digest, endedAt: plan.plannedAt, outcome: 'ready', detail: 'ready' },
    servers: [{ database: target.database, target: target.target, state: 'ready', detail: 'ready' }],
    newestHeartbeat: plan.instant,
    secondsByPart: { decide: 0, restore: 1, reconfigure: 1, validate: 1 },
    ...{ checks: [], timeline: [] },
  };
  await world.vault.create(
    vaultPaths.restore(scope, restore),
    Buffer.from(`${canonicalJson(end)}\n`),
    'application/json',
  );
  return asked;
}

/** A cutover or a way back that was asked for. */
export interface AskedOver {
  readonly cutover: string;
  readonly digest: string;
  readonly plan: CutoverPlan;
  /** The input of its orchestration. */
  readonly input: { readonly slot: string };
}

export async function askFor(
  world: Pick<World, 'deps'>,
  { digest, plan }: ProposedCutover,
  by = 'Jane',
): Promise<AskedOver> {
  const { cutover, name } = plan;
  await orderCutover(world.deps, scope, { digest, confirm: name, reason: 'the source is wrong', by });
  const input = { ...scope, slot: cutover.slice('cutover-'.length), trigger: 'person', plan: digest };
  return { cutover, digest, plan, input };
}

export async function askForCutover(
  world: Pick<World, 'deps'>,
  restore: string,
  without: readonly string[] = [],
): Promise<AskedOver> {
  return askFor(world, await proposeCutover(world.deps, scope, { restore, without }));
}

export async function askForBack(
  world: Pick<World, 'deps'>,
  back: string,
  without: readonly string[] = [],
): Promise<AskedOver> {
  return askFor(world, await proposeBack(world.deps, scope, { back, without }));
}

/** Another person approves it, or rejects it. */
export async function approveOver(
  world: Pick<World, 'deps'>,
  { cutover, digest }: Pick<AskedOver, 'cutover' | 'digest'>,
  { by = 'Head of Shop', decision = 'approved' }: { by?: string; decision?: 'approved' | 'rejected' } = {},
): Promise<void> {
  const word = { digest, reason: 'seen', by, role: 'approver', decision } as const;
  await decideOnCutover(world.deps, scope, cutover, word);
}

/** A hub whose estate has hooks, with what answers them. */
export function cutoverHub(http = hookedHttp()): { readonly hub: WorkflowHub; readonly http: MemoryHttp } {
  return { hub: new WorkflowHub(Date.UTC(2026, 2, 1, 2), { estate: cutoverEstate, http }), http };
}

export const runOver = (hub: WorkflowHub, { input }: AskedOver): Promise<Ended<CutoverResult>> =>
  hub.run('cutOver', `cutover.shop.westeurope.${input.slot}`, input);
