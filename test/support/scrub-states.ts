/** The scrub state of one store, written into a vault shard by shard. */
import { writeScrubState, type ScrubStore } from '../../src/activities/scrub-state.ts';
import { scrubPaths, type ScrubShard } from '../../src/contracts/scrub.ts';
import { allDigests, rangeBetween } from '../../src/policy/digest-ranges.ts';
import type { ScrubRecords } from '../../src/policy/scrub-records.ts';
import type { MemoryVault } from './memory-vault.ts';
import { scope } from './sample-estate.ts';
import { packRecords, type Facts } from './scrub.ts';

/** The store whose scrub state is written. */
export const of: ScrubStore = { scope, store: 'files', algorithm: 'sha256', digestBytes: 16 };
/** A shard that is all of it. */
export const whole: ScrubShard = { leading: '', range: allDigests };
export const writtenAt = '2026-03-02T00:10:00.500Z';
/** The scan of a day in March. */
export const scanOn = (day: number): string => `scan-202603${String(day).padStart(2, '0')}T000000Z`;
/** Records of that store by the numbers of their digests. */
export const pack = (facts: Iterable<readonly [number, Facts]>): ScrubRecords =>
  packRecords(facts, of.digestBytes);
export const ok = (verifiedAt: number): Facts => ({ size: 10, createdAt: 5, verifiedAt, state: 'ok' });
/** Where the state of a shard lies. */
export const pathOf = (shard: ScrubShard): string =>
  scrubPaths.state(scope, of.store, of.algorithm, shard.range);

/** Writes the state of a shard as the scan of that day does. */
export const writeState = (
  vault: MemoryVault,
  shard: ScrubShard,
  day: number,
  facts: Iterable<readonly [number, Facts]>,
): Promise<'written' | 'newer-stands'> =>
  writeScrubState(vault, of, shard, { scan: scanOn(day), writtenAt }, pack(facts));

export const shardOf = (leading: string, from: string, to?: string): ScrubShard => ({
  leading,
  range: rangeBetween(from, to),
});

/** The shard of all digests that begin with a hexadecimal character. */
export const sixteenth = (character: string): ScrubShard => {
  const value = Number.parseInt(character, 16) * 16;
  const bound = (at: number): string => at.toString(16).padStart(2, '0');
  return shardOf(character, bound(value), value === 0xf0 ? undefined : bound(value + 16));
};

export const bytesAt = async (vault: MemoryVault, path: string): Promise<Buffer> =>
  (await vault.read(path))!.bytes;
