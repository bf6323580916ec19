/** The activities of a cutover, as they are run twice. */
import { isoOf } from '../../../src/contracts/values.ts';
import { vaultPaths } from '../../../src/contracts/vault-paths.ts';
import {
  approveOver,
  askForCutover,
  cutoverEstate,
  hookedHttp,
  readyRestore,
  type AskedOver,
} from '../cutover-steps.ts';
import { scope } from '../sample-estate.ts';
import { VirtualWallClock } from '../wall-clock.ts';
import { makeWorld, type World } from '../world.ts';
import { documents, nothing, type Entries, type Entry } from './entry.ts';

const make = (): World => makeWorld(new VirtualWallClock(), { estate: cutoverEstate, http: hookedHttp() });

async function approved(world: World): Promise<AskedOver> {
  const { restore } = await readyRestore(world);
  const asked = await askForCutover(world, restore);
  await approveOver(world, asked);
  return asked;
}
const ofCutover = async (world: World): Promise<{ cutover: string; plan: string }> => {
  const { cutover, digest: plan } = await approved(world);
  return { ...scope, cutover, plan };
};
const permitted = async (world: World): Promise<{ cutover: string; plan: string }> => {
  const of = await ofCutover(world);
  await world.value('permitCutover', of);
  return of;
};
const own = (prepare: Entry['prepare'], effects: Entry['effects']): Entry => ({ make, prepare, effects });

export const cutovers: Entries = {
  openCutover: own(ofCutover, documents(vaultPaths.alert(scope, 'cutover-waiting'))),
  readCutoverGo: own(ofCutover, nothing),
  permitCutover: own(ofCutover, documents(`${vaultPaths.alerts(scope).replace('alerts/', '')}cutover`)),
  runHook: own(
    async (world) => ({ ...(await permitted(world)), hook: 'hold-writes' }),
    (world) => [...new Set(world.source.altered)],
  ),
  finalizeCutover: own(
    async (world) => ({
      ...(await permitted(world)),
      ...{ endedAt: isoOf(world.clock.now()), failure: 'nothing was asked', timeline: [] },
    }),
    documents(`${vaultPaths.alerts(scope).replace('alerts/', '')}cutover`),
  ),
};
