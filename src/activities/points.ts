/** The catalogue: recovery points as the vault holds them. */
import type { DateTime } from 'luxon';
import { recoveryPoint, type RecoveryPoint } from '../contracts/documents.ts';
import { instantOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { failureFrom } from '../policy/failure.ts';
import type { Holdable } from '../policy/holds.ts';
import type { ListedBackup } from '../policy/on-demand-slots.ts';
import type { Dependencies } from './dependencies.ts';
import { readDocument } from './vault-documents.ts';

/** The points that can be read, newest first, and what is wrong with the others. */
export interface Catalogue {
  readonly points: readonly RecoveryPoint[];
  readonly damaged: readonly { readonly path: string; readonly problem: string }[];
}

/** Reads every recovery point of a scope. A damaged document is reported beside the others, never passed over. */
export async function readCatalogue(deps: Dependencies, scope: Scope): Promise<Catalogue> {
  const points: RecoveryPoint[] = [];
  const damaged: { path: string; problem: string }[] = [];
  for await (const path of deps.vault.list(vaultPaths.points(scope))) {
    try {
      const point = await readDocument(deps.vault, path, recoveryPoint);
      if (point !== undefined) points.push(point);
    } catch (thrown) {
      const failure = failureFrom(thrown);
      if (failure.code !== 'bad-document') throw thrown;
      damaged.push({ path, problem: failure.message });
    }
  }
  return {
    points: points.toSorted((a, b) => instantOf(b.instant).toMillis() - instantOf(a.instant).toMillis()),
    damaged,
  };
}

/** The points that something could be restored from: not given up, not of the future. */
export function usablePoints(catalogue: Catalogue, now: { toMillis(): number }): RecoveryPoint[] {
  return catalogue.points.filter(
    (point) => point.tombstone === undefined && instantOf(point.instant).toMillis() <= now.toMillis(),
  );
}

/** Why a point must not be deleted now; undefined if nothing pins it. */
export function pinnedBy(point: RecoveryPoint, now: DateTime): string | undefined {
  const holding = point.pins.filter((pin) => pin.until === undefined || instantOf(pin.until) > now);
  return holding.length === 0 ? undefined : holding.map((pin) => pin.reason).join('; ');
}

/** A listed backup as a hold may hold it: by its point, or by its name and completion where no point can be read. */
export function holdable(
  backup: Pick<ListedBackup, 'name' | 'completedAt'>,
  points: readonly RecoveryPoint[],
): Holdable {
  const point = points.find((one) => one.databases.some((part) => part.backup === backup.name));
  if (point !== undefined) return { kind: 'recovery-point', id: point.id, instant: instantOf(point.instant) };
  const id = backup.name.replace(/^lifeboat-/, 'on-demand-');
  return { kind: 'recovery-point', id, instant: backup.completedAt };
}
