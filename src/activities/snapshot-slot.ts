/**
 * Frees the slot of the next backup of a server, where that is needed: which of Lifeboat's own gives way is the slot
 * rule's decision, over the same look that a prune decides by.
 */
import { Failure } from '../policy/failure.ts';
import { sentenceOf } from '../policy/retention/sentences.ts';
import { decideSlotRetention, type SlotFacts } from '../policy/retention/slot.ts';
import type { Dependencies } from './dependencies.ts';
import type { Look } from './prune/look.ts';

/** What is done on a server: take the backup, after another one was given up where `giveUp` names one. */
export interface PlannedServer {
  readonly server: string;
  readonly backup: string;
  readonly giveUp?: { backup: string; coveredBy: string };
}

/** Plans the slot of a server; throws `refused` if none can be freed. */
export function planServer(
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
