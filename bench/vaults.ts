/**
 * The vault that a shipped scan begins with: one recovery point whose inventory refers to every blob of the store. It
 * is made once per corpus; each measured run gets a copy of its own.
 */
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeInventory, type InventoryEntry } from '../src/activities/inventory.ts';
import { recoveryPoint } from '../src/contracts/documents.ts';
import { vaultPaths } from '../src/contracts/vault-paths.ts';
import { addressFromHex } from '../src/policy/content-address.ts';
import { layout } from './layout.ts';
import { BenchProblem } from './problem.ts';
import { databaseId, scope, serverId, storeId } from './programs/estate.ts';
import { FileVault } from './programs/file-vault.ts';

const point = 'on-demand-20260601T120000Z';
const at = '2026-06-01T12:00:00.000Z';
const digestCharacters = 64;

/** Makes the vault; the folder of the one to copy. */
export async function makeVault(parent: string, namesFile: string): Promise<string> {
  const folder = await mkdtemp(join(parent, 'vault-'));
  const vault = new FileVault(folder);
  const streams = { createFrom: vault.createFrom.bind(vault), open: vault.open.bind(vault) };
  const path = vaultPaths.inventory(scope, point, `${databaseId}.${storeId}`);
  const inventory = await writeInventory(streams, path, { point }, entriesOf(namesFile));
  const fingerprint = { path: 'none', digest: inventory.digest, mode: 'exact' as const, tables: 0, rows: 0 };
  const document = recoveryPoint.parse({
    schema: 'lifeboat/recovery-point/v1',
    ...{ id: point, ...scope, kind: 'on-demand', slot: '20260601T120000Z', createdAt: at, instant: at },
    databases: [
      {
        database: databaseId,
        server: serverId,
        name: 'shop',
        backup: 'b',
        completedAt: at,
        instant: at,
        fingerprint,
      },
    ],
    stores: [{ store: storeId, database: databaseId, inventory: { path, ...inventory } }],
  });
  await vault.create(vaultPaths.point(scope, point), Buffer.from(JSON.stringify(document)));
  return folder;
}

async function* entriesOf(namesFile: string): AsyncGenerator<InventoryEntry> {
  const lines = (await readFile(namesFile, 'latin1')).split('\n');
  for (const line of lines) {
    if (line === '') continue;
    const address = addressFromHex(layout.algorithm, line.slice(0, digestCharacters));
    if (address === undefined)
      throw new BenchProblem(`${namesFile} holds a line that is no address: ${line}`);
    yield { address, held: 'both' };
  }
}

/** Works with a copy of a vault, which is gone afterwards. */
export async function withCopy<T>(vault: string, work: (copy: string) => Promise<T>): Promise<T> {
  const copy = await mkdtemp(`${vault}-copy-`);
  try {
    await cp(vault, copy, { recursive: true });
    return await work(copy);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}
