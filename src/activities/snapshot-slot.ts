/**
 * Frees the slot of the next backup of a server, where that is needed: which of Lifeboat's own gives way is the slot
 * rule's decision, over the same look that a prune decides by.
 */
import { Failure } from '../policy/failure.ts';
import { decideSlot } from '../policy/on-demand-slots.ts';
import { sentenceOf } from '../policy/retention/sentences.ts';
import { decideSlotRetention, type SlotFacts } from '../policy/retention/slot.ts';
import type { Dependencies } from './dependencies.ts';
import { guardEstate } from './estate-guard.ts';
import { look, type Look } from './prune/look.ts';
import { listAll } from './prune/points.ts';
import type { Scoped } from './scope.ts';

/** What is done on a server: take the backup, after another one was given up where `giveUp` names one. */
export interface PlannedServer {
  readonly server: string;
  readonly backup: string;
  readonly giveUp?: { backup: string; coveredBy: string };
}

/**
 * Plans the slot of each server; throws `refused` if one cannot be freed. While every server has a free slot nothing else
 * is asked: what only a deletion needs to know must not keep a snapshot from being taken.
 */
export async function planServers(
  deps: Dependencies,
  here: Scoped,
  servers: readonly string[],
  backup: string,
): Promise<PlannedServer[]> {
  const listings = await listAll(deps, here);
  const hasFreeSlot = (server: string): boolean => {
    const listed = listings.get(server) ?? [];
    return listed.some((one) => one.name === backup) || decideSlot(listed, []).decision === 'take';
  };
  if (servers.every(hasFreeSlot)) return servers.map((server) => ({ server, backup }));
  await guardEstate(deps, here.scope);
  const seen = await look(deps, here, 'points');
  return servers.map((server) => planServer(deps, seen, server, backup));
}

/** Plans the slot of a server among all that was seen. */
function planServer(
  deps: Dependencies,
  { listings, listed, policy, doubts }: Look,
  server: string,
  backup: string,
): PlannedServer {
  if (listings.get(server)?.some((one) => one.name === backup) === true) return { server, backup };
  const points = listed.map(({ item }) => item);
  const facts: SlotFacts = {
    ...{ server, listed: listings, points, exportsOn: [] },
    ours: listed
      .filter(({ item }) => item.source === 'on-demand' && item.owner === 'lifeboat')
      .flatMap(({ item, backups }) =>
        backups.map((one) => ({ server: one.server, backup: one.name, point: item })),
      ),
  };
  const outcome = decideSlotRetention(facts, policy, deps.clock.now(), doubts);
  if (outcome.decision === 'take') return { server, backup };
  if (outcome.decision === 'expire') {
    const [given] = outcome.backups;
    return { server, backup, giveUp: { backup: given.backup, coveredBy: outcome.reasons[0].coveredBy } };
  }
  const [first, ...rest] = outcome.blocks;
  const because =
    first === undefined
      ? outcome.because
      : `${outcome.because}: ${sentenceOf({ decision: 'blocked', reasons: [first, ...rest] })}`;
  throw new Failure(
    'refused',
    `no slot is free for a snapshot of ${server}: ${because}`,
    'Delete an on-demand backup of your own, or wait for a drill to prove a newer point.',
  );
}
