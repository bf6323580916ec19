import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import { decideRetention } from '../../../src/policy/retention/decide.ts';
import { noDoubts } from '../../../src/policy/retention/items.ts';
import { defaultRetentionPolicy } from '../../../src/policy/retention/policy.ts';
import { realItem } from './cases.ts';
import { oracle, type PlainCase, type PlainItem } from './oracle.ts';

const hour = 3_600_000;
const day = 24 * hour;
const begin = Date.UTC(2026, 2, 1, 1, 30);
const policy = { ...defaultRetentionPolicy, windowHours: 168, minimumProven: 1 };
const plainStore = { switchedOn: false, undoable: false, servers: [], hasInstants: false, unread: false };

const night = (index: number, facts: Partial<PlainItem>): PlainItem => ({
  ...{ kind: 'point', id: `night-${index}`, at: begin + index * day, pins: [], source: 'on-demand' },
  ...{ byPerson: false, servers: ['a'], isBase: false, condition: 'whole', proof: 'unproven', marked: false },
  ...{ of: undefined, damaged: false, current: false, marks: [], referenced: false },
  ...{ expiresAt: undefined, refused: false, running: false },
  ...facts,
});

/** How the drill of a night that has a snapshot ends. */
type Drill = (index: number, pattern: number) => PlainItem['proof'];
const drills: readonly (readonly [string, Drill])[] = [
  ['every drill passes', () => 'proven'],
  ['every drill fails', () => 'drill-failed'],
  ['nothing is drilled', () => 'unproven'],
  ['every second night is drilled', (index) => (index % 2 === 0 ? 'proven' : 'unproven')],
  [
    'drills end by the pattern of the other nights',
    (index, bits) => ((bits >> (9 - index)) & 1 ? 'proven' : 'drill-failed'),
  ],
];

function decideHeld(
  held: readonly PlainItem[],
  now: number,
): { readonly fates: string[]; readonly gone: string[] } {
  const decisions = decideRetention(
    { items: held.map((item) => realItem(item, now)), stores: [] },
    policy,
    DateTime.fromMillis(now, { zone: 'utc' }),
    noDoubts,
  );
  return {
    fates: decisions.map((one) => [one.decision, ...one.reasons.map((r) => r.reason).toSorted()].join(' ')),
    gone: decisions.filter((one) => one.decision === 'expire').map((one) => one.id),
  };
}

const isGood = (item: PlainItem): boolean => item.condition === 'whole' && item.proof !== 'drill-failed';
const isProven = (item: PlainItem): boolean => isGood(item) && item.proof === 'proven';
const newestOf = (items: readonly PlainItem[]): string | undefined => items.at(-1)?.id;

describe.each(drills)(
  'all 1,024 ways in which the snapshots of ten nights succeed or fail, where %s',
  (_how, drill) => {
    test('agree with the oracle every night, and never lose the newest good or proven point', () => {
      const sum = { decisions: 0, deletions: 0, wrong: [] as unknown[] };
      for (let pattern = 0; pattern < 1_024; pattern += 1) {
        let held: PlainItem[] = [];
        for (let index = 0; index < 20; index += 1) {
          const now = begin + index * day + 5 * hour;
          if (index < 10) held.push(nightOf(index, pattern, drill));
          const { fates, gone } = decideHeld(held, now);
          const left = held.filter((item) => !gone.includes(item.id));
          const got = [newestOf(left.filter(isGood)), newestOf(left.filter(isProven)), ...fates];
          const wanted = [
            newestOf(held.filter(isGood)),
            newestOf(held.filter(isProven)),
            ...oracleOf(held, now),
          ];
          if (String(got) !== String(wanted)) sum.wrong.push({ pattern, index, got, wanted });
          sum.decisions += held.length;
          sum.deletions += gone.length;
          held = left;
        }
      }
      expect(sum.wrong).toEqual([]);
      expect(sum.decisions).toBeGreaterThan(80_000);
      // Where every drill fails there is no cover, ever: nothing may go.
      const isEverGood = drill(0, 0) !== 'drill-failed' || drill(0, 1_023) !== 'drill-failed';
      expect(sum.deletions).toSatisfy((count: number) => (isEverGood ? count > 500 : count === 0));
    });
  },
);

function nightOf(index: number, pattern: number, drill: Drill): PlainItem {
  if (((pattern >> index) & 1) === 0) return night(index, { condition: 'failed' });
  return night(index, { proof: drill(index, pattern) });
}

const oracleOf = (items: readonly PlainItem[], now: number): string[] =>
  oracle({ items, store: plainStore, policy, now, doubts: [] } satisfies PlainCase);

describe('while every snapshot fails for 365 days, pruned every night', () => {
  test.each<[string, Partial<PlainItem>]>([
    ['proven', { proof: 'proven' }],
    ['never drilled', {}],
    ['of two servers', { servers: ['a', 'b'] }],
  ])('the last cover, %s, is never deleted', (_what, facts) => {
    let held = Array.from({ length: 7 }, (_, index) => night(index, facts));
    for (let index = 7; index < 7 + 365; index += 1) {
      const now = begin + index * day + 5 * hour;
      held.push(night(index, { condition: index % 2 === 0 ? 'failed' : 'incomplete' }));
      const { gone } = decideHeld(held, now);
      const hadCover = held.some((item) => isGood(item) && now - (item.at ?? 0) <= 168 * hour);
      expect(hadCover ? [] : gone).toEqual([]);
      held = held.filter((item) => !gone.includes(item.id));
      expect(held.map((item) => item.id)).toContain('night-6');
    }
    // What was left when the cover left the window is still there, beside every failed one since.
    expect(held.filter(isGood).map((item) => item.id)).toEqual(['night-6']);
    expect(held.length).toBeGreaterThan(350);
  });
});
