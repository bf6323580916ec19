/**
 * A decision as the sentence that a tired engineer understands: what happens, and why, the foremost reason first. Made
 * from the reasons alone, so that a stored decision reads the same years later.
 */
import { blockWords } from './block-words.ts';
import { keepWords } from './keep-words.ts';
import type { ExpireReason, Verdict } from './reasons.ts';
import { ageWords, instantWords, quantity } from './words.ts';

/** `kept: …`, `expired: …` or `not deleted: …`. */
export function sentenceOf(verdict: Verdict): string {
  switch (verdict.decision) {
    case 'keep':
      return `kept: ${verdict.reasons.map((reason) => keepWords(reason)).join('; also: ')}`;
    case 'expire':
      return `expired: ${verdict.reasons.map((reason) => expireWords(reason)).join('; also: ')}`;
    case 'blocked':
      return `not deleted: ${verdict.reasons.map((reason) => blockWords(reason)).join('; also: ')}`;
  }
}

function expireWords(reason: ExpireReason): string {
  switch (reason.reason) {
    case 'past-window':
      return `it is ${ageWords(reason.ageHours)} old, past the window of ${reason.windowHours} hours${reason.cover.length === 0 ? '' : `, and ${reason.cover.join(' and ')} covers what it covered`}`;
    case 'slot':
      return `its slot is needed for the next snapshot: ${reason.held} on-demand backups are held, ${reason.allowed} is the most with a slot left for people, and ${reason.coveredBy} covers ${reason.day}`;
    case 'with-its-point':
      return `it goes with its recovery point ${reason.point}`;
    case 'unreferenced':
      return `no recovery point refers to it: ${reason.marks} looks found none, the first ${ageWords(reason.markedHours)} ago`;
    case 'leaked':
      return `the drill ${reason.drill} left it behind: it was to be gone by ${instantWords(reason.expiredAt)}`;
    case 'past-own-retention':
      return `it is ${ageWords(reason.ageDays * 24)} old, and kept for ${quantity(reason.days, 'day')}`;
  }
}
