/** The activities of a repair, as they are run twice. */
import { isoOf } from '../../../src/contracts/values.ts';
import { planRepair, type PlannedRepair } from '../repair-steps.ts';
import {
  damageCurrent,
  good,
  makeRepairWorld,
  nameOfGood,
  scan as repairScan,
  slot as repairSlot,
  type RepairWorld,
} from '../repair-world.ts';
import { scope } from '../sample-estate.ts';
import { VirtualWallClock } from '../wall-clock.ts';
import { documents, nothing, type Entry, type Entries } from './entry.ts';

/** A store with a damaged blob, of which the account keeps an earlier version, and a scan that found it. */
function damagedWorld(): RepairWorld {
  const world = makeRepairWorld(new VirtualWallClock());
  world.store.upload(nameOfGood, good); // Now there is an earlier version of it.
  damageCurrent(world.store, 'a flipped bit');
  world.find([nameOfGood, 'digest-mismatch']);
  return world;
}
const withRepair = (
  work: (world: RepairWorld) => Promise<unknown>,
  effects: (world: RepairWorld) => unknown[],
): Entry => ({
  make: damagedWorld,
  prepare: (world) => work(world as RepairWorld),
  effects: effects === nothing ? nothing : (world) => effects(world as RepairWorld),
});
const approved = async (world: RepairWorld): Promise<PlannedRepair> => {
  const planned = await planRepair(world);
  world.decide(planned.plan);
  return planned;
};

export const repairs: Entries = {
  examineRepair: withRepair(
    async () => ({ ...scope, slot: repairSlot, scan: repairScan, position: { part: 0, from: 0 } }),
    documents('v1/shop/westeurope/repair-parts/'),
  ),
  sealRepair: withRepair(
    async (world) => {
      await planRepair(world);
      return { ...scope, slot: repairSlot, scan: repairScan, dryRun: false, isByPolicyOnly: false };
    },
    (world) => world.vault.paths().filter((path) => path.includes('/plans/')),
  ),
  readApproval: withRepair(async (world) => ({ ...scope, plan: (await approved(world)).plan }), nothing),
  applyRepair: withRepair(
    async (world) => ({ ...scope, plan: (await approved(world)).plan, mode: 'manual', from: 0 }),
    (world) => [...world.store.writes],
  ),
  finalizeRepair: withRepair(async (world) => {
    const { plan } = await approved(world);
    await world.value('applyRepair', { ...scope, plan, mode: 'manual', from: 0 });
    const at = isoOf(world.clock.now());
    const approval = { state: 'approved', sentence: 'Head of Shop approved it' };
    const facts = { slot: repairSlot, startedAt: at, endedAt: at, dryRun: false, failures: [], approval };
    return { ...scope, plan, ...facts };
  }, documents('v1/shop/westeurope/repairs/')),
};
