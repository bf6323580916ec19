/** A shop whose store's unreferenced blobs are to be deleted, one of them so old that nothing but looks is missing. */
import { createHash } from 'node:crypto';
import type { Estate } from '../../src/contracts/estate.ts';
import type { ClockOffset } from '../../src/policy/clock-trust.ts';
import { takeSnapshot } from './drill-steps.ts';
import { MemoryCopies, type Keeping } from './memory-copies.ts';
import { MemoryScanner } from './memory-scanner.ts';
import { planPrune, type Planned } from './prune-steps.ts';
import { sampleEstate } from './sample-estate.ts';
import { scanAll } from './scan-steps.ts';
import type { VirtualWallClock } from './wall-clock.ts';
import { makeWorld, type World } from './world.ts';

export const day = 86_400;

export interface UnreferencedWorld extends World {
  readonly store: MemoryCopies;
  readonly clock: VirtualWallClock;
  /** The name of a blob that rows refer to, and of one that nothing ever referred to. */
  readonly named: string;
  readonly free: string;
  readonly offsets: ClockOffset[];
}

export const nameOf = (content: string): string => {
  const hex = hexOf(content);
  return `${hex.slice(0, 2)}/${hex}`;
};
export const hexOf = (content: string): string => createHash('sha256').update(content).digest('hex');

export function makeUnreferencedWorld(
  clock: VirtualWallClock,
  {
    keeping = 'versions',
    change = () => undefined,
  }: { keeping?: Keeping; change?: (of: Estate) => void } = {},
): UnreferencedWorld {
  const store = new MemoryCopies(clock, keeping);
  const estate = structuredClone(sampleEstate());
  for (const one of estate.systems.flatMap(({ regions }) => regions).flatMap(({ blobStores }) => blobStores))
    one.unreferenced = 'delete';
  change(estate);
  const offsets: ClockOffset[] = [{ source: 'storage', seconds: 0 }];
  const world = makeWorld(clock, {
    ...{ estate, contents: store, contentDeleter: store, copies: store, blobWriter: store },
    scanner: new MemoryScanner(store, clock),
    referenceClocks: { offsets: async () => [...offsets] },
  });
  world.servers.keeping = { softDelete: keeping === 'soft-delete', versions: keeping === 'versions' };
  for (const content of ['one', 'two', 'three', 'nobody']) store.upload(nameOf(content), content);
  world.source.references = ['one', 'two', 'three'].map(hexOf);
  return { ...world, store, clock, offsets, named: nameOf('one'), free: nameOf('nobody') };
}

/** A snapshot, a scan and the plan of a prune, a second apart from what was before. */
export async function night(world: UnreferencedWorld): Promise<Planned> {
  world.clock.advance(1);
  await takeSnapshot(world);
  await scanAll(world);
  return planPrune(world);
}

/** Nights until nothing but this one's plan is missing. */
export async function marked(world: UnreferencedWorld): Promise<Planned> {
  await night(world);
  world.clock.advance(4 * day);
  await night(world);
  world.clock.advance(4 * day);
  return night(world);
}
