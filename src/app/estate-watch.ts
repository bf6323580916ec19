/**
 * Watches whether the estate of each system of this region is still as strong as the one that was approved. What lies in
 * the vault is asked for, not the estate: a system that is gone from the estate is noticed as well.
 */
import { actingAs } from '../activities/acting.ts';
import { guardEstate, weakenedAlert } from '../activities/estate-guard.ts';
import type { Dependencies } from '../activities/dependencies.ts';
import { readDocument } from '../activities/vault-documents.ts';
import type { StatusResponse } from '../contracts/api/status.ts';
import { alertDocument } from '../contracts/documents.ts';
import { protectionIn } from '../contracts/estate-protection.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { failureFrom } from '../policy/failure.ts';
import type { App } from './compose.ts';

/** Judges every system that is or was in the estate of this region; a line for each that is weaker or cannot be judged. */
export async function watchEstate({ deps, systems }: Pick<App, 'deps' | 'systems'>): Promise<string[]> {
  const lines: string[] = [];
  const known = new Set(systems);
  try {
    for (const system of await approvedSystems(deps)) known.add(system);
  } catch (thrown) {
    lines.push(`what was approved in ${deps.region} cannot be listed: ${failureFrom(thrown).message}`);
  }
  for (const system of known) {
    try {
      const standing = await actingAs({ function: 'freshness' }, () =>
        guardEstate(deps, { system, region: deps.region }),
      );
      if (standing.state !== 'approved') lines.push(standing.sentence);
    } catch (thrown) {
      lines.push(`the estate of ${system} cannot be judged: ${failureFrom(thrown).message}`);
    }
  }
  return lines;
}

/** The systems of this region of which an estate was approved at some time. */
export async function approvedSystems(deps: Dependencies): Promise<string[]> {
  const prefix = vaultPaths.approvedEstates(deps.region);
  const systems: string[] = [];
  for await (const path of deps.vault.list(prefix))
    if (path.endsWith('.json')) systems.push(path.slice(prefix.length, -'.json'.length));
  return systems;
}

/** The systems that are gone from the estate of this region, as their alert says it; nothing if there are none. */
export async function viewUnprotected(deps: Dependencies): Promise<Pick<StatusResponse, 'unprotected'>> {
  const unprotected: NonNullable<StatusResponse['unprotected']> = [];
  for (const system of await approvedSystems(deps)) {
    const scope = { system, region: deps.region };
    if (protectionIn(deps.estate, scope) !== undefined) continue;
    const alert = await openAlert(deps, scope);
    if (alert !== undefined) unprotected.push({ system, ...alert });
  }
  return unprotected.length === 0 ? {} : { unprotected };
}

async function openAlert(
  deps: Dependencies,
  scope: Scope,
): Promise<{ readonly since?: string; readonly detail: string } | undefined> {
  try {
    const alert = await readDocument(deps.vault, vaultPaths.alert(scope, weakenedAlert), alertDocument);
    if (alert === undefined || alert.resolvedAt !== undefined) return undefined;
    return { since: alert.firstAt, detail: alert.detail };
  } catch (thrown) {
    const { code, message } = failureFrom(thrown);
    if (code !== 'bad-document') throw thrown;
    return { detail: message };
  }
}
