/** The steps of a person's restore before anything is restored: a plan, a request, and another person's word. */
import { decideOnRestore } from '../../src/activities/restore/decide.ts';
import { proposeRestore } from '../../src/activities/restore/propose.ts';
import { orderRestore } from '../../src/activities/restore/request.ts';
import type { RestorePlan } from '../../src/contracts/restore-plan.ts';
import type { RestoreTo } from '../../src/contracts/restore.ts';
import { scope } from './sample-estate.ts';
import type { World } from './world.ts';

/** A restore that was asked for. */
export interface AskedFor {
  readonly restore: string;
  readonly slot: string;
  readonly digest: string;
  readonly plan: RestorePlan;
  /** The input of its orchestration. */
  readonly input: object;
}

interface AskOptions {
  readonly name?: string;
  readonly by?: string;
  /** These tables alone. */
  readonly tables?: readonly string[];
}

/** Plans a restore and asks for it. */
export async function askForRestore(
  world: Pick<World, 'deps'>,
  to: RestoreTo,
  { name = 'shop-again', by = 'Jane', tables }: AskOptions = {},
): Promise<AskedFor> {
  const wish = tables === undefined ? { to, name } : { to, tables };
  const { digest, plan } = await proposeRestore(world.deps, scope, wish);
  await orderRestore(world.deps, scope, { digest, confirm: plan.name, reason: 'rows are gone', by });
  const slot = plan.restore.slice('restore-'.length);
  const input = { ...scope, slot, trigger: 'person', plan: digest };
  return { restore: plan.restore, slot, digest, plan, input };
}

/** Another person approves a restore. */
export async function approve(
  world: Pick<World, 'deps'>,
  { restore, digest }: Pick<AskedFor, 'restore' | 'digest'>,
  by = 'Head of Shop',
): Promise<void> {
  await decideOnRestore(world.deps, scope, restore, {
    ...{ digest, reason: 'seen', by, role: 'approver', decision: 'approved' },
  });
}

/** Plans a restore, asks for it, has it approved. */
export async function approvedRestore(
  world: Pick<World, 'deps'>,
  to: RestoreTo,
  name?: string,
  options: AskOptions = {},
): Promise<AskedFor> {
  const asked = await askForRestore(world, to, { ...(name === undefined ? {} : { name }), ...options });
  await approve(world, asked);
  return asked;
}

/** Lets the estate's tables be restored beside what its databases hold. */
export function allowTables(world: Pick<World, 'deps'>): void {
  for (const { regions } of world.deps.estate.systems)
    for (const { restore } of regions) if (restore !== undefined) restore.tables = 'allowed';
}
