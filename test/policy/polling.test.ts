import { expect, test } from 'vitest';
import { nextLookSeconds, nextPollSeconds, pollsPerGeneration } from '../../src/policy/polling.ts';

/** The polls of an operation that takes this long, when each poll is answered at once. */
function pollsFor(seconds: number, next = nextPollSeconds): { polls: number; noticedAfter: number } {
  let at = 0;
  let polls = 1;
  while (at < seconds) {
    at += next(at);
    polls += 1;
  }
  return { polls, noticedAfter: at };
}

test('an operation is never asked for more often than once a second nor less often than every 30 seconds', () => {
  for (let elapsed = 0; elapsed <= 48 * 3600; elapsed += 7) {
    expect(nextPollSeconds(elapsed)).toBeGreaterThanOrEqual(1);
    expect(nextPollSeconds(elapsed)).toBeLessThanOrEqual(30);
  }
});

test('a clock that was set back costs no flood of polls', () => {
  expect(nextPollSeconds(-3600)).toBe(1);
});

test.each([3, 30, 600, 3600, 12 * 3600])(
  'an end after %i s is noticed late by a tenth at most',
  (seconds) => {
    const { noticedAfter } = pollsFor(seconds);
    expect(noticedAfter - seconds).toBeLessThanOrEqual(Math.max(1, seconds * 0.1));
  },
);

test('twelve hours cost less than 1,500 polls', () => {
  expect(pollsFor(12 * 3600).polls).toBeLessThan(1_500);
});

test('a generation of polls keeps its history under 200 events', () => {
  // A poll and its pause are eight events: scheduled and completed, created and fired, two turns begun and ended.
  expect(pollsPerGeneration * 8 + 10).toBeLessThan(200);
});

test('a decision is looked for like the end of an operation for an hour, and never less often than every five minutes', () => {
  for (let waited = 0; waited <= 3_600; waited += 7)
    expect(nextLookSeconds(waited)).toBe(nextPollSeconds(waited));
  expect([2, 10, 24].map((hours) => nextLookSeconds(hours * 3_600))).toEqual([60, 300, 300]);
});

test('a day without a decision costs few looks', () => {
  expect(pollsFor(24 * 3_600, nextLookSeconds).polls).toBeLessThan(650);
});
