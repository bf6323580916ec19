import { describe, expect, test } from 'vitest';
import {
  beginningOfLog,
  judgeEnds,
  judgeEvent,
  type EventLogRules,
  type LoggedEvent,
} from '../../src/policy/event-log.ts';

const second = 1_000_000n;
const event = (sequence: number): LoggedEvent => ({
  sequence,
  at: BigInt(sequence) * second,
  hash: `h${sequence}`,
  previousHash: `h${sequence - 1}`,
});
const log = (first: number, last: number): LoggedEvent[] =>
  Array.from({ length: last - first + 1 }, (_, index) => event(first + index));
const rules: EventLogRules = {
  disorderMicroseconds: 0n,
  isChained: true,
  recorded: { first: 1, last: 5, hash: 'h5' },
};

function problemsOf(events: readonly LoggedEvent[], given: Partial<EventLogRules> = {}): string[] {
  const by = { ...rules, ...given };
  let state = beginningOfLog;
  const found: string[] = [];
  for (const one of events) {
    const judged = judgeEvent(state, one, by);
    state = JSON.parse(JSON.stringify(judged.state)) as typeof state;
    found.push(...judged.problems);
  }
  return [...found, ...judgeEnds(state, by.recorded)];
}

describe('an event log', () => {
  test('without a break has no problem, also when it reaches farther than recorded', () => {
    expect(problemsOf(log(1, 5))).toEqual([]);
    expect(problemsOf(log(1, 9))).toEqual([]);
    expect(problemsOf([], { recorded: {} })).toEqual([]);
    expect(problemsOf(log(7, 9), { recorded: { first: 7, last: 9, hash: 'h9' } })).toEqual([]);
  });

  test.each<[string, LoggedEvent[], string[]]>([
    ['an event missing', log(1, 6).toSpliced(2, 1), ['event 3 is missing']],
    ['events missing', log(1, 8).toSpliced(2, 4), ['events 3 to 6 are missing']],
    ['an event twice', [...log(1, 3), event(3), ...log(4, 5)], ['event 3 is there more than once']],
    [
      'two events whose times were exchanged',
      log(1, 5).map((one) => ({
        ...one,
        at: one.sequence === 2 ? 3n * second : one.sequence === 3 ? 2n * second : one.at!,
      })),
      ['event 3 is dated 1970-01-01T00:00:02.000Z, before an earlier one of 1970-01-01T00:00:03.000Z'],
    ],
    [
      'a changed hash',
      log(1, 5).with(2, { ...event(3), hash: 'forged' }),
      ['event 4 does not name the hash of event 3'],
    ],
    [
      'no previous hash',
      log(1, 5).with(2, { ...event(3), previousHash: null }),
      ['event 3 does not name the hash of event 2'],
    ],
    ['its end cut off', log(1, 4), ['the log ends with 4; it reached 5 when the point was taken']],
    ['its beginning cut off', log(3, 5), ['the log begins with 3; it began with 1 when the point was taken']],
    ['nothing in it', [], ['the log is empty; it began with 1 when the point was taken']],
    [
      'another event at the end',
      [...log(1, 4), { ...event(5), hash: 'x' }],
      ['event 5 is not the one that stood there when the point was taken'],
    ],
    [
      'a sequence that is no number',
      [...log(1, 5), { ...event(6), sequence: undefined }],
      ['an event has no sequence that is a whole number'],
    ],
  ])('with %s says so', (_what, events, problems) => {
    expect(problemsOf(events)).toEqual(problems);
  });

  test('may be out of order by as much as the estate says', () => {
    const late = log(1, 5).with(3, { ...event(4), at: 2n * second });
    expect(problemsOf(late, { disorderMicroseconds: second })).toEqual([]);
    expect(problemsOf(late, { disorderMicroseconds: second - 1n })).toHaveLength(1);
  });

  test('that is not chained is not asked for hashes', () => {
    const bare = log(1, 5).map(({ sequence }) => ({ sequence }));
    expect(problemsOf(bare, { isChained: false, recorded: { first: 1, last: 5 } })).toEqual([]);
  });
});
