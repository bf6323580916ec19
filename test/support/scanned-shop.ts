/** The shop of the tests as a scan sees it: the names of its blobs, and the alerts that it is told about. */
import { createHash } from 'node:crypto';
import type { AlertDocument } from '../../src/contracts/documents.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { scope } from './sample-estate.ts';
import type { World } from './world.ts';

/** The name under which the shop's store keeps a content. */
export const nameOf = (content: string): string => {
  const hex = createHash('sha256').update(content).digest('hex');
  return `${hex.slice(0, 2)}/${hex}`;
};

/** An alert of the shop as it stands in the vault; undefined if it was never raised. */
export function alertIn(world: World, key: string): AlertDocument | undefined {
  const path = vaultPaths.alert(scope, key);
  return world.vault.paths(path).length === 0 ? undefined : world.vault.json<AlertDocument>(path);
}
