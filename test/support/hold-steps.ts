/** Legal holds as tests set them, and a deletion that only holds can stop. */
import { deleteBackup } from '../../src/activities/deleter/backups.ts';
import type { HoldOrder } from '../../src/activities/hold-orders.ts';
import { setHold, type HoldSet } from '../../src/activities/holds.ts';
import type { AuditEntry } from '../../src/contracts/audit.ts';
import type { OperationStart } from '../../src/contracts/operations.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { backupOf } from './prune-steps.ts';
import { scope, sourceServer } from './sample-estate.ts';
import type { World } from './world.ts';

export const everything = { everything: true } as const;

/** Sets a hold on everything, unless told otherwise. */
export const hold = (world: World, order: Partial<HoldOrder> = {}): Promise<HoldSet> =>
  setHold(world.deps, scope, { what: everything, reason: 'case 12', by: 'counsel', ...order });

/** The hold documents that there are. */
export const holdPaths = (world: World): string[] => world.vault.paths(vaultPaths.holds(scope));

/** What the audit log says of holds. */
export const auditedHolds = (world: World): string[] =>
  world.vault.paths(vaultPaths.auditSegments(scope)).length === 0
    ? []
    : world.vault
        .entries<AuditEntry>(vaultPaths.auditSegments(scope))
        .filter(({ action }) => action.endsWith('-hold'))
        .map(({ action, stage, target, actor }) => `${action} ${stage} ${target} by ${actor.subject}`);

/** Has the deleter delete a point's backup; nobody but itself objects. */
export const deletePoint = (world: World, point: string): Promise<OperationStart> =>
  deleteBackup(world.deps, scope, {
    server: sourceServer,
    backup: backupOf(point),
    reason: 'past the window',
    refusal: () => undefined,
  });
