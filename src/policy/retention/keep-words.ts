/** The reasons to keep something, each as a clause that follows "kept:". */
import type { KeepReason, PinFacts } from './reasons.ts';
import { newerWords } from './newer-words.ts';
import { ageWords, instantWords, listWords, quantity, someWords } from './words.ts';

type Keep<R extends KeepReason['reason']> = Extract<KeepReason, { readonly reason: R }>;

const clauses: { readonly [R in KeepReason['reason']]: (facts: Keep<R>) => string } = {
  'inside-window': ({ ageHours, windowHours }) =>
    `it is ${ageWords(ageHours)} old, inside the window of ${windowHours} hours`,
  pinned: ({ ageHours, pins }) =>
    `it is ${ageWords(ageHours)} old, but held by ${listWords(pins.map(pinWords))}`,
  'newest-proven': newestProven,
  'minimum-proven': ({ ageHours, minimum }) =>
    `it is ${ageWords(ageHours)} old, but without it fewer than ${minimum} proven recovery points were left`,
  'chain-needed': chainNeeded,
  ladder: ({ rung, nth, of, isOldest }) =>
    `the longer retention keeps it: ${rung} ${nth} of ${of}${isOldest ? ', as the oldest there is' : ''}`,
  'providers-own': providersOwn,
  'persons-own': () => "it is a person's own, which is theirs to delete",
  'part-of-point': ({ point }) => `it is part of the recovery point ${point}, which is kept`,
  'current-version': () => 'it is the current version of its blob',
  'repair-source': ({ ageHours, blob }) =>
    `it is ${ageWords(ageHours)} old, but ${blob} is damaged and may be repaired from it`,
  'reported-only': ({ store }) =>
    `nothing refers to it, but unreferenced blobs of ${store} are reported only: their deletion is not switched on`,
  referenced: ({ by }) => `it is referred to by ${someWords(by)}`,
  'awaiting-mark': awaitingMark,
  'inside-grace': ({ markedHours, graceHours }) =>
    `it was first found without reference ${ageWords(markedHours)} ago, inside the grace of ${graceHours} hours`,
  'inside-time-to-live': ({ drill, expiresAt }) =>
    `the drill ${drill} may use it until ${instantWords(expiresAt)}`,
  'still-running': () => 'its run has not ended',
  'inside-own-retention': ({ ageDays, days }) =>
    `it is ${ageWords(ageDays * 24)} old, and kept for ${quantity(days, 'day')}`,
  'proof-of-protected': ({ point, ageDays }) =>
    `it is ${ageWords(ageDays * 24)} old, but the proof of ${point}, which stays`,
  'still-needed': ({ by, ageDays }) => `it is ${ageWords(ageDays * 24)} old, but ${by}`,
};

/** The clause of one reason. */
export function keepWords(reason: KeepReason): string {
  return (clauses[reason.reason] as (facts: KeepReason) => string)(reason);
}

function newestProven({ ageHours, newer }: Keep<'newest-proven'>): string {
  const because = newerWords(newer);
  const age = `the newest proven recovery point, although ${ageWords(ageHours)} old`;
  return because === undefined ? age : `${age}, because ${because}`;
}

function pinWords({ kind, by, because, until }: PinFacts): string {
  const holder = kind === 'legal-hold' ? `a legal hold of ${by}` : `the running ${kind} ${by}`;
  return `${holder} (${because})${until === undefined ? '' : ` until ${instantWords(until)}`}`;
}

function chainNeeded({ ageHours, windowHours, anchor }: Keep<'chain-needed'>): string {
  const start = `it is ${ageWords(ageHours)} old, but point-in-time recovery replays from it`;
  return anchor === undefined
    ? `${start}: no good base was complete before the window of ${windowHours} hours began`
    : `${start}: a window of ${windowHours} hours needs every base back to ${anchor}, the first that was complete before it began`;
}

function providersOwn({ source, expiresAt }: Keep<'providers-own'>): string {
  const what =
    source === 'instant'
      ? "it is a point in time of the provider's own backups"
      : "it is the provider's own backup";
  return `${what}, which the provider expires by itself${expiresAt === undefined ? '' : ` at ${instantWords(expiresAt)}`}`;
}

function awaitingMark({ marks, firstMarkedAt, apartHours }: Keep<'awaiting-mark'>): string {
  if (firstMarkedAt === undefined) return 'no look over every recovery point has marked it yet';
  const times = marks === 1 ? 'once' : `${marks} times`;
  return `it was found without reference ${times} since ${instantWords(firstMarkedAt)}; two looks ${apartHours} hours apart are needed`;
}
