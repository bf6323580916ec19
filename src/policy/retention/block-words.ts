/** The reasons that stop a deletion, each as a clause that follows "not deleted:". */
import { newerWords } from './newer-words.ts';
import type { BlockReason } from './reasons.ts';
import { ageWords, listWords, serverWord, someWords } from './words.ts';

type Block<R extends BlockReason['reason']> = Extract<BlockReason, { readonly reason: R }>;

const clauses: { readonly [R in BlockReason['reason']]: (facts: Block<R>) => string } = {
  'policy-refused': ({ problems }) =>
    `the retention policy is refused: ${problems.map(({ path, problem }) => `${path} ${problem}`).join('; ')}`,
  undated: () => 'it does not say when it was complete, so its age cannot be judged',
  'future-dated': ({ aheadHours }) =>
    `it is dated ${ageWords(aheadHours)} in the future, so its age cannot be judged`,
  'last-cover': lastCover,
  clock: ({ because }) => `its age is judged by a clock that is not to be trusted: ${because}`,
  listing: ({ because }) => `not everything could be listed: ${someWords(because)}`,
  provider: ({ because }) => `the provider's answer can be read in two ways: ${someWords(because)}`,
  contradiction: () => 'it was listed twice with different facts, and one of them keeps it',
  'point-blocked': ({ point }) => `it is part of the recovery point ${point}, which is not deleted either`,
  'no-safety-net': ({ store }) =>
    `${store} has neither soft delete nor versions, so a mistake could not be undone`,
  'store-unknown': ({ store }) => `nothing is known of its store ${store}`,
  'inventory-unread': ({ points }) =>
    `the inventory of ${someWords(points)} could not be read: it may refer to it`,
  'removal-refused': ({ because }) => `it is not certainly a drill's server: ${because.join('; ')}`,
};

/** The clause of one reason. */
export function blockWords(reason: BlockReason): string {
  return (clauses[reason.reason] as (facts: BlockReason) => string)(reason);
}

function lastCover({ ageHours, servers, newer }: Block<'last-cover'>): string {
  const where = servers.length === 0 ? '' : ` of ${listWords(servers.map(serverWord))}`;
  const because = newerWords(newer);
  const start = `it is ${ageWords(ageHours)} old, but no good recovery point${where} is inside the window: it may be the last cover`;
  return because === undefined ? start : `${start} (${because})`;
}
