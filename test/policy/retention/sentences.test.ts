import { describe, expect, test } from 'vitest';
import type { RetentionItem } from '../../../src/policy/retention/items.ts';
import type { RetentionPolicy } from '../../../src/policy/retention/policy.ts';
import { sentenceOf } from '../../../src/policy/retention/sentences.ts';
import {
  ago,
  copy,
  cover,
  day,
  decide,
  drillFailed,
  drillServer,
  dump,
  history,
  pin,
  point,
  proven,
  report,
  store,
  unreferenced,
} from './make.ts';

const old = 9 * day;
const incomplete = { condition: { state: 'incomplete' as const, missing: ['record'] } };

/** The sentence on the last of the items. */
const sentence = (items: readonly RetentionItem[], by: Partial<RetentionPolicy> = {}): string =>
  sentenceOf(decide(items, by).at(-1)!);

describe('the newest proven point says why the newer ones do not count', () => {
  const p = point('p', old, proven());
  test.each<[string, RetentionItem[]]>([
    [
      'kept: the newest proven recovery point, although 9 days old, because the two newer ones failed their drill',
      [point('a', 1, drillFailed), point('b', 2, drillFailed)],
    ],
    [
      'kept: the newest proven recovery point, although 9 days old, because the newer one has not passed a drill yet',
      [point('a', 1)],
    ],
    [
      'kept: the newest proven recovery point, although 9 days old, because of the four newer ones one is dated in the future, one is incomplete and two failed their drill',
      [
        ...[point('a', 3, drillFailed), point('b', 2, drillFailed), point('c', 1, incomplete)],
        point('d', -30, proven()),
      ],
    ],
    ['kept: the newest proven recovery point, although 9 days old', []],
  ])('%s', (wanted, newer) => {
    expect(sentence([...newer, p])).toBe(wanted);
  });
});

describe('each reason reads as a sentence that gives the age and the rule', () => {
  const hold = pin({ kind: 'legal-hold', by: 'Legal', reason: 'case 4711' });
  const automatic = { source: 'automatic', providerExpiresAt: ago(-day) } as const;
  const base = { role: 'chain-base' } as const;
  const ladder = { keepWeekly: 3, keepMonthly: 4 };
  test.each<[string, RetentionItem[], Partial<RetentionPolicy>?]>([
    ['kept: it is 3 days old, inside the window of 168 hours', [point('p', 3 * day)]],
    [
      'kept: it is 30 hours old, inside the window of 168 hours; also: it is 30 hours old, but held by the running drill drill-17 (it is being restored)',
      [point('p', 30, { pins: [pin()] })],
    ],
    [
      'kept: it is 9 days old, but held by a legal hold of Legal (case 4711) and the running restore r-1 (it is read) until 2026-03-21 06:00 UTC',
      [
        point('p', old, {
          pins: [hold, pin({ kind: 'restore', by: 'r-1', reason: 'it is read', until: ago(-day) })],
        }),
      ],
    ],
    [
      'kept: it is 9 days old, but without it fewer than 2 proven recovery points were left',
      [point('q', 1, proven()), point('p', old, proven())],
      { minimumProven: 2 },
    ],
    [
      "kept: it is the provider's own backup, which the provider expires by itself at 2026-03-21 06:00 UTC",
      [point('p', old, automatic)],
    ],
    ["kept: it is a person's own, which is theirs to delete", [point('p', old, { owner: 'person' })]],
    [
      'kept: it is 8 days old, but point-in-time recovery replays from it: a window of 168 hours needs every base back to p, the first that was complete before it began',
      [point('p', 8 * day, base)],
    ],
    [
      'kept: it is 8 days old, but point-in-time recovery replays from it: no good base was complete before the window of 168 hours began',
      [point('p', 8 * day, { ...base, ...incomplete })],
    ],
    [
      'kept: the longer retention keeps it: keepWeekly 2 of 3; also: the longer retention keeps it: keepMonthly 2 of 4, as the oldest there is',
      [point('p', old)],
      { ladder },
    ],
    ['kept: it is part of the recovery point cover, which is kept', [dump('p', old, { point: 'cover' })]],
    [
      'kept: it is the current version of its blob',
      [copy('p', old, { kind: 'blob-version', isCurrent: true })],
    ],
    [
      'kept: it is 9 days old, but ab/cd is damaged and may be repaired from it',
      [copy('p', old, { blobIsDamaged: true })],
    ],
    [
      'kept: it is referred to by p1, p2, p3 and 2 more',
      [unreferenced('p', old, { referencedBy: ['p1', 'p2', 'p3', 'p4', 'p5'] })],
    ],
    [
      'kept: it was found without reference once since 2026-03-18 06:00 UTC; two looks 4 hours apart are needed',
      [unreferenced('p', old, { marks: [ago(48)] })],
    ],
    [
      'kept: it was first found without reference 10 hours ago, inside the grace of 24 hours',
      [unreferenced('p', old, { marks: [ago(10), ago(1)] })],
    ],
    ['kept: the drill drill-17 may use it until 2026-03-21 05:00 UTC', [drillServer('p', 1)]],
    ['kept: its run has not ended', [history('p', old, true)]],
    ['kept: it is 9 days old, and kept for 30 days', [history('p', old)]],
    [
      'kept: it is 3000 days old, but the proof of q, which stays',
      [point('q', 1, proven()), report('p', 3_000 * day, { proves: 'q' })],
    ],
    [
      'expired: it is 9 days old, past the window of 168 hours, and cover covers what it covered',
      [point('p', old)],
    ],
    ['expired: it goes with its recovery point q', [point('q', old), dump('p', old, { point: 'q' })]],
    [
      'expired: no recovery point refers to it: 2 looks found none, the first 2 days ago',
      [unreferenced('p', old)],
    ],
    [
      'expired: the drill drill-17 left it behind: it was to be gone by 2026-03-19 06:00 UTC',
      [drillServer('p', 48)],
    ],
    ['expired: it is 31.5 days old, and kept for 30 days', [history('p', 31.5 * day)]],
    ['not deleted: it is dated 2.5 days in the future, so its age cannot be judged', [point('p', -60)]],
    [
      'not deleted: it does not say when it was complete, so its age cannot be judged',
      [point('p', 0, { completedAt: undefined })],
    ],
    [
      'not deleted: it is 9 days old, but no good recovery point of bare is inside the window: it may be the last cover (the newer one is incomplete)',
      [point('q', 1, { servers: ['/x/bare'], ...incomplete }), point('p', old, { servers: ['/x/bare'] })],
    ],
    [
      'not deleted: nothing is known of its store elsewhere',
      [unreferenced('p', old, { store: 'elsewhere' })],
    ],
    [
      "not deleted: it is not certainly a drill's server: no tag",
      [drillServer('p', 48, { refusals: ['no tag'] })],
    ],
    [
      'not deleted: the retention policy is refused: windowHours must be a number of hours, at least 168, and is 1',
      [point('p', old)],
      { windowHours: 1 },
    ],
  ])('%s', (wanted, items, by) => {
    expect(sentence([cover, ...items], by)).toBe(wanted);
  });

  test('what stops a whole run is told with everything else that stops the item', () => {
    const doubts = {
      clock: 'storage is 3600 s ahead',
      listing: ['a page is missing'],
      provider: ['no state'],
    };
    expect(sentenceOf(decide([cover, point('p', old)], {}, doubts)[1]!)).toBe(
      "not deleted: its age is judged by a clock that is not to be trusted: storage is 3600 s ahead; also: not everything could be listed: a page is missing; also: the provider's answer can be read in two ways: no state",
    );
    const stores = [store({ hasSoftDelete: false, unreadInventories: ['p7'] })];
    expect(sentenceOf(decide([cover, unreferenced('b', old)], {}, {}, stores)[1]!)).toBe(
      'not deleted: cases has neither soft delete nor versions, so a mistake could not be undone; also: the inventory of p7 could not be read: it may refer to it',
    );
    const off = [store({ deletesUnreferenced: false })];
    expect(sentenceOf(decide([unreferenced('b', old)], {}, {}, off)[0]!)).toBe(
      'kept: nothing refers to it, but unreferenced blobs of cases are reported only: their deletion is not switched on',
    );
  });

  test('an age is cut and never rounded up to the edge that it has not reached', () => {
    expect(sentence([cover, point('p', 167.99)])).toContain('it is 6.9 days old, inside');
    expect(sentence([cover, point('p', 1)])).toContain('it is 1 hour old');
  });
});
