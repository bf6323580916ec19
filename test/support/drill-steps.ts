/** The steps of a snapshot and of a drill, one activity after the other, as far as a test needs them done. */
import { guardEstate } from '../../src/activities/estate-guard.ts';
import type { OperationStart } from '../../src/contracts/operations.ts';
import type { OnTarget } from '../../src/contracts/drill.ts';
import type { RecoveryPoint } from '../../src/contracts/documents.ts';
import { isoOf } from '../../src/contracts/values.ts';
import { stampOf } from '../../src/policy/identifiers.ts';
import { scope } from './sample-estate.ts';
import type { World } from './world.ts';

/** What is planned and where it is restored to. */
export interface Planned {
  readonly on: OnTarget;
  readonly drill: string;
  readonly target: string;
  readonly point: string;
}

/** Starts an operation by its activity and looks at it until it has ended, again until nothing is left to do. */
export async function carryOut(world: World, activity: string, input: unknown): Promise<OperationStart> {
  for (;;) {
    const begun = await world.value<OperationStart>(activity, input);
    if (begun.state !== 'running') return begun;
    let state = 'running';
    while (state === 'running')
      ({ state } = await world.value<{ state: string }>('pollOperation', { operation: begun.operation }));
  }
}

/** Takes a snapshot; the recovery point's id. */
export async function takeSnapshot(world: World): Promise<string> {
  const slot = stampOf(world.clock.now());
  // As the watch over the estate does within its first minute.
  await guardEstate(world.deps, scope);
  await world.value('recordHeartbeat', scope);
  const plan = await world.value<{
    point: string;
    databases: { database: string; server: string; backup: string }[];
  }>('planSnapshot', { ...scope, slot });
  const databases = [];
  const stores = [];
  for (const { database, server, backup } of plan.databases) {
    await carryOut(world, 'beginBackup', { ...scope, server, backup });
    const { completedAt } = await world.value<{ completedAt: string }>('readBackup', { server, backup });
    const taken = await world.value<{
      instant: string;
      fingerprint: RecoveryPoint['databases'][number]['fingerprint'];
      stores: RecoveryPoint['stores'];
    }>('takeFingerprint', { ...scope, point: plan.point, database });
    databases.push({
      database,
      server,
      backup,
      completedAt,
      instant: taken.instant,
      fingerprint: taken.fingerprint,
    });
    stores.push(...taken.stores);
  }
  const servers = [];
  for (const server of new Set(plan.databases.map((one) => one.server)))
    servers.push({
      server,
      configuration: await world.value('recordConfiguration', { ...scope, point: plan.point, server }),
    });
  await world.value('recordPoint', { ...scope, point: plan.point, slot, databases, stores, servers });
  return plan.point;
}

/** Plans a drill of the newest point. */
export async function planDrill(world: World): Promise<Planned> {
  const input = {
    ...scope,
    slot: stampOf(world.clock.now()),
    trigger: 'schedule',
    point: 'latest',
    cleanUpDelaySeconds: 0,
  };
  const planned = await world.value<{
    plan: string;
    drill: string;
    point: string;
    targets: { database: string; target: string }[];
  }>('planDrill', { ...input, declaredAt: isoOf(world.clock.now()) });
  const [target] = planned.targets;
  if (target === undefined) throw new Error('the plan has no target');
  return {
    on: { ...scope, plan: planned.plan, database: target.database },
    drill: planned.drill,
    target: target.target,
    point: planned.point,
  };
}

/** Plans a drill and restores its server. */
export async function restoreServer(world: World): Promise<Planned> {
  const planned = await planDrill(world);
  await carryOut(world, 'beginRestore', planned.on);
  await carryOut(world, 'openServer', planned.on);
  return planned;
}
