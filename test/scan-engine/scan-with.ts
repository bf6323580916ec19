/** Scans of stores whose servers have habits; the servers are stopped after each test. */
import { afterEach } from 'vitest';
import type { ScanPortion, ScannedPortion } from '../../src/ports/blob-scanner.ts';
import { portionOf, scanOnce, type EngineChanges } from '../support/scan-portions.ts';
import { ScanServer, type Reply } from '../support/scan-server.ts';
import { serve, type StoreHabits, type StoredBlob } from '../support/scan-store.ts';

const servers: ScanServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

export async function started(reply: Reply): Promise<ScanServer> {
  const server = await ScanServer.start(reply);
  servers.push(server);
  return server;
}

/** Scans a store served with such habits. */
export async function scanWith(
  blobs: readonly StoredBlob[],
  habits: StoreHabits,
  changes: EngineChanges = {},
  portion: Partial<ScanPortion> = {},
): Promise<{ scanned: ScannedPortion; server: ScanServer }> {
  const server = await started(serve(blobs, habits));
  return { scanned: await scanOnce(portionOf(server.url, portion), changes), server };
}

export const reasons = (scanned: ScannedPortion): string[] => scanned.doubtful.map(({ why }) => why);

/** What a scan comes to that finds all of these right, and nothing else. */
export const allRight = (blobs: readonly StoredBlob[]): object => ({
  listed: { blobs: blobs.length, bytes: blobs.reduce((sum, blob) => sum + blob.content.length, 0) },
  hashed: { blobs: blobs.length, bytes: blobs.reduce((sum, blob) => sum + blob.content.length, 0) },
  doubtful: [],
  strays: [],
  next: undefined,
});
