/** However much there is, a look stays small: what is to go is listed up to a number, the rest is counted. */
import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import type { Found } from '../../src/activities/prune/gather.ts';
import { Tally, type Judged, type Tallied } from '../../src/activities/prune/tally.ts';
import { decideRetention } from '../../src/policy/retention/decide.ts';
import { noDoubts, type RetentionDoubts } from '../../src/policy/retention/items.ts';
import { defaultRetentionPolicy } from '../../src/policy/retention/policy.ts';
import { safetyMargins } from '../../src/policy/safety-margins.ts';

const now = DateTime.fromISO('2026-03-10T00:00:00Z', { zone: 'utc' });
const most = safetyMargins.contentDeletionsOfPlan;
const snapshot = (ageHours: number, store = 'files', name = 'b'): Found => ({
  item: {
    ...{ kind: 'blob-snapshot', id: `${store}/${name}@${ageHours}`, pins: [], store, blob: name },
    ...{ completedAt: now.minus({ hours: ageHours }), isCurrent: false, blobIsDamaged: false },
  },
  place: { snapshot: { store, name, snapshot: String(ageHours) } },
});
const decideBy =
  (doubts: RetentionDoubts) =>
  (found: readonly Found[]): Judged[] =>
    decideRetention(
      { items: found.map(({ item }) => item), stores: [] },
      defaultRetentionPolicy,
      now,
      doubts,
    ).map((decision, index) => ({ decision, found: found[index]! }));

function tally(found: Iterable<Found>, doubts = noDoubts, watched: readonly string[] = []): Tallied {
  const of = new Tally(decideBy(noDoubts), new Set(watched));
  for (const one of found) of.add(one);
  return of.end(decideBy(doubts));
}

describe('of many things', () => {
  test('those that go are listed, those that stay are counted with one example', () => {
    const { listed, counted, left, more } = tally([1, 2, 3, 200, 201].map((age) => snapshot(age)));
    expect(listed.map(({ decision }) => decision.id)).toEqual(['files/b@201', 'files/b@200']);
    expect(counted).toEqual([
      {
        ...{ kind: 'blob-snapshot', reason: 'inside-window', decision: 'keep', count: 3 },
        example: 'files/b@1 kept: it is 1 hour old, inside the window of 168 hours',
      },
    ]);
    expect(left).toEqual([]);
    expect(more).toMatchObject([{ store: 'files', decision: 'keep', count: 3 }]);
  });

  test('the oldest go first, and no more than a plan can bear; the others are left', () => {
    const ages = Array.from({ length: 2 * most + 5 }, (_, n) => 200 + ((n * 7_919) % (2 * most + 5)));
    const { listed, left, more } = tally(ages.map((age) => snapshot(age)));
    expect(listed).toHaveLength(most);
    const youngest = Math.min(...listed.map(({ decision }) => Number(decision.id.split('@')[1])));
    expect(youngest).toBe(200 + most + 5);
    expect(left).toEqual([{ kind: 'blob-snapshot', store: 'files', decision: 'expire', count: most + 5 }]);
    expect(more).toEqual(left);
  });

  test('none goes where something was in doubt at the end, and all are counted so', () => {
    const ages = Array.from({ length: 2 * most }, (_, n) => 200 + n);
    const { listed, counted, left } = tally(
      ages.map((age) => snapshot(age)),
      { ...noDoubts, listing: ['page 9 did not come'] },
    );
    expect([listed, left]).toEqual([[], []]);
    expect(counted).toMatchObject([{ reason: 'listing', decision: 'blocked', count: 2 * most }]);
  });

  test('one that is watched is listed whatever is decided', () => {
    const { listed } = tally([snapshot(1), snapshot(2)], noDoubts, ['files/b@2']);
    expect(listed.map(({ decision }) => `${decision.id} ${decision.decision}`)).toEqual(['files/b@2 keep']);
  });
});
