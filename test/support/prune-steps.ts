/** The steps of a prune over old and new recovery points, and what it leaves in the vault. */
import type { LedgerEntry, RecoveryPoint } from '../../src/contracts/documents.ts';
import type {
  PortionEnd,
  PortionKind,
  PruneDocument,
  PruneItem,
  PrunePlan,
} from '../../src/contracts/prune.ts';
import { isoOf } from '../../src/contracts/values.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import type { ClockOffset } from '../../src/policy/clock-trust.ts';
import { stampOf } from '../../src/policy/identifiers.ts';
import { takeSnapshot } from './drill-steps.ts';
import { scope, sourceServer } from './sample-estate.ts';
import type { VirtualWallClock } from './wall-clock.ts';
import type { World } from './world.ts';

/** What a prune of old and new recovery points plans. */
export interface Planned {
  readonly plan: string;
  readonly prune: string;
  readonly held?: string;
  readonly backups: readonly { readonly item: string; readonly server: string }[];
  readonly portions: readonly { readonly kind: PortionKind; readonly count: number }[];
}

const day = 86_400;
/** What is on a point that a drill has proven. */
export const proven = { proven: { at: '2026-03-09T04:00:00.000Z', drill: 'drill-20260309T040000Z' } };
/** A clock that is not to be trusted. */
export const off: ClockOffset[] = [{ source: 'storage', seconds: 3600 }];

/** Makes the plan of this second. */
export const planPrune = (world: World): Promise<Planned> =>
  world.value<Planned>('planPrune', { ...scope, slot: stampOf(world.clock.now()), dryRun: false });
/** Ends the prune of this second as its orchestration does; its result. Nothing was deleted unless `facts` say so. */
export async function finishPrune(world: World, plan: string, facts: object = {}): Promise<PruneDocument> {
  const slot = stampOf(world.clock.now());
  const at = isoOf(world.clock.now());
  await world.value('finalizePrune', {
    ...{ ...scope, slot, plan, startedAt: at, endedAt: at, dryRun: false },
    ...{ backups: [], portions: [], ...facts },
  });
  return world.vault.json(vaultPaths.prune(scope, `prune-${slot}`));
}
/** Deletes the next things of a kind. */
export const prunePortion = (
  world: World,
  { plan }: Pick<Planned, 'plan'>,
  kind: PortionKind,
  from = 0,
): Promise<Portion> => world.value('pruneItems', { ...scope, plan, kind, from });
export interface Portion {
  readonly deleted: number;
  readonly refused: string[];
  readonly next?: number;
}
/** Blob snapshots that went, and those that did not. */
export const snapshotsGone = (deleted: number, refused: string[] = []): { portions: PortionEnd[] } => ({
  portions: [{ kind: 'blob-snapshot', deleted, refused }],
});
/** The plan as it is stored. */
export const planOf = (world: World, planned: Planned): PrunePlan =>
  world.vault.json(vaultPaths.plan(scope, planned.plan));
export const itemsOf = (world: World, planned: Planned): PruneItem[] => planOf(world, planned).items;
/** The ledger's entries, oldest first. */
export const ledgerOf = (world: World): LedgerEntry[] =>
  world.vault.entries(vaultPaths.ledgerSegments(scope));
export const stagesOf = (world: World): string[] => ledgerOf(world).map((entry) => entry.stage);
/** How many deletions the provider was asked for. */
export const deletionsOf = (world: World): number => world.servers.faults.count('beginDelete');
/** The name of a point's backup. */
export const backupOf = (point: string): string => point.replace('on-demand', 'lifeboat');
/** How many items of a plan were decided so. */
export const countOf = (world: World, planned: Planned, decision: PruneItem['decision']): number =>
  itemsOf(world, planned).filter((item) => item.decision === decision).length;
/** The foremost reason of each item of a plan, by its id. */
export const reasonsOf = (world: World, planned: Planned): Record<string, string> =>
  Object.fromEntries(itemsOf(world, planned).map((item) => [item.id, item.reasons[0]?.reason ?? '']));

/** Fills the slots of the server with a person's own backups, so that the next snapshot needs one of ours. */
export function fillSlots(world: World): void {
  for (let one = 1; one < 6; one += 1)
    world.servers.putBackup(sourceServer, {
      ...{ name: `before-release-${one}`, kind: 'on-demand', completedAt: world.clock.now() },
    });
}

/** Changes a stored recovery point. */
export function changePoint(world: World, id: string, changes: Partial<RecoveryPoint>): void {
  const path = vaultPaths.point(scope, id);
  world.vault.put(path, JSON.stringify({ ...world.vault.json<object>(path), ...changes }));
}

/** The names of two old points, a new one and the blob. */
export interface OldAndNew {
  readonly old: string;
  readonly older: string;
  readonly fresh: string;
  readonly blob: string;
}

/** Two old points and a new one, which is proven, and two old snapshots of a blob. */
export async function oldAndNew(world: World, clock: VirtualWallClock): Promise<OldAndNew> {
  const older = await takeSnapshot(world);
  const blob = [...world.contents.blobs.keys()][0]!;
  world.contents.putSnapshot(blob, clock.now());
  clock.advance(day);
  const old = await takeSnapshot(world);
  world.contents.putSnapshot(blob, clock.now());
  clock.advance(8 * day);
  const fresh = await takeSnapshot(world);
  changePoint(world, fresh, proven);
  world.servers.effects.length = 0;
  world.servers.faults.calls.length = 0;
  world.vault.faults.calls.length = 0;
  return { old, older, fresh, blob };
}
