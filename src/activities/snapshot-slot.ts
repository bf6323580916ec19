/**
 * Frees the slot of the next backup of a server, where that is needed: which of Lifeboat's own gives way is the slot
 * rule's decision, over the same look that a prune decides by.
 */
import type { OperationStart } from '../contracts/operations.ts';
import { Failure } from '../policy/failure.ts';
import { decideSlot } from '../policy/on-demand-slots.ts';
import { sentenceOf } from '../policy/retention/sentences.ts';
import { decideSlotRetention, type SlotFacts, type SlotOutcome } from '../policy/retention/slot.ts';
import { deleteBackup } from './deleter/backups.ts';
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
function planServer(deps: Dependencies, seen: Look, server: string, backup: string): PlannedServer {
  if (isListed(seen, server, backup)) return { server, backup };
  const outcome = decideOn(deps, seen, server);
  if (outcome.decision === 'take') return { server, backup };
  if (outcome.decision === 'expire') {
    const [given] = outcome.backups;
    return { server, backup, giveUp: { backup: given.backup, coveredBy: outcome.reasons[0].coveredBy } };
  }
  throw new Failure(
    'refused',
    `no slot is free for a snapshot of ${server}: ${refusalOf(outcome)}`,
    'Delete an on-demand backup of your own, or wait for a drill to prove a newer point.',
  );
}

/**
 * Gives one backup up through the guarded deleter. Everything is looked at again and the slot decided again: only the
 * backup that gives way by now goes, and none where a slot has become free.
 */
export async function giveUp(
  deps: Dependencies,
  here: Scoped,
  {
    server,
    backup,
    coveredBy,
  }: { readonly server: string; readonly backup: string; readonly coveredBy: string },
): Promise<OperationStart> {
  const seen = await look(deps, here, 'points');
  const outcome = decideOn(deps, seen, server);
  if (outcome.decision === 'take' && isListed(seen, server, backup))
    return { state: 'done', detail: `a slot is free by now: ${backup} stays` };
  const cover = outcome.decision === 'expire' ? outcome.reasons[0].coveredBy : coveredBy;
  return deleteBackup(deps, here.scope, {
    ...{ server, backup, reason: `slot: its UTC day is covered by ${cover}` },
    refusal: () => {
      if (outcome.decision === 'take') return `${backup} is not listed`;
      if (outcome.decision === 'refused') return refusalOf(outcome);
      const [given] = outcome.backups;
      return given.backup === backup ? undefined : `${given.backup} is to be given up by now, not ${backup}`;
    },
  });
}

const isListed = ({ listings }: Look, server: string, backup: string): boolean =>
  listings.get(server)?.some((one) => one.name === backup) === true;

/** The slot rule over what was seen. */
function decideOn(
  deps: Dependencies,
  { listings, listed, policy, doubts }: Look,
  server: string,
): SlotOutcome {
  const points = listed.map(({ item }) => item);
  const facts: SlotFacts = {
    ...{ server, listed: listings, points, exportsOn: [] },
    ours: listed
      .filter(({ item }) => item.source === 'on-demand' && item.owner === 'lifeboat')
      .flatMap(({ item, backups }) =>
        backups.map((one) => ({ server: one.server, backup: one.name, point: item })),
      ),
  };
  return decideSlotRetention(facts, policy, deps.clock.now(), doubts);
}

function refusalOf({ because, blocks }: Extract<SlotOutcome, { decision: 'refused' }>): string {
  const [first, ...rest] = blocks;
  if (first === undefined) return because;
  return `${because}: ${sentenceOf({ decision: 'blocked', reasons: [first, ...rest] })}`;
}
