/** Leaked servers of drills go as the reaper takes them: each is looked at again, and its removal begun. */
import { failureFrom } from '../../policy/failure.ts';
import { reapServer } from '../reaper.ts';
import { placeOf, type Applier } from './applier.ts';

export const drillServerApplier: Applier = {
  words: 'drill server',
  carryOut: async (deps, here, items) => {
    const refused: string[] = [];
    for (const item of items) {
      const server = placeOf(item, item.server);
      const end = await reapServer(deps, here, server).catch((thrown: unknown) => ({
        refused: failureFrom(thrown).message,
      }));
      if (end.refused !== undefined) refused.push(`${server}: ${end.refused}`);
    }
    return refused;
  },
};
