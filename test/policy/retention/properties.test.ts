import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideRetention } from '../../../src/policy/retention/decide.ts';
import type { PointItem, RetentionItem } from '../../../src/policy/retention/items.ts';
import type { RetentionDecision } from '../../../src/policy/retention/reasons.ts';
import { budget } from '../../budget.ts';
import { plainCases, realCase } from './cases.ts';
import { pin } from './make.ts';

const hour = 3_600_000;
const runs = { numRuns: budget.policyProperties };
const cases = plainCases.map(realCase);
type Case = ReturnType<typeof realCase>;

const decideCase = ({ catalogue, policy, now, doubts }: Case): RetentionDecision[] =>
  decideRetention(catalogue, policy, now, doubts);
const expired = (decisions: readonly RetentionDecision[]): string[] =>
  decisions.filter((one) => one.decision === 'expire').map((one) => one.id);
const pointsOf = (items: readonly RetentionItem[]): PointItem[] =>
  items.filter((item): item is PointItem => item.kind === 'recovery-point');
const withItems = (one: Case, items: readonly RetentionItem[]): Case => ({
  ...one,
  catalogue: { ...one.catalogue, items },
});

/** Whole, dated no later than now, its drill not failed, ours to keep, and proven. */
const provenOf = (one: Case, items: readonly RetentionItem[]): PointItem[] =>
  pointsOf(items)
    .filter((point) => point.proof.state === 'proven' && point.condition.state === 'whole' && !point.isMarked)
    .filter((point) => point.owner === 'lifeboat' && ['on-demand', 'export'].includes(point.source))
    .filter((point) => point.completedAt !== undefined && point.completedAt <= one.now);

const serversOf = (one: Case): string[] => [
  ...new Set(pointsOf(one.catalogue.items).flatMap((point) => point.servers)),
];

describe('over random catalogues', () => {
  test('every item has exactly one decision with at least one reason, in the order of the items', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const decisions = decideCase(one);
        expect(decisions.map((decision) => decision.item)).toEqual(one.catalogue.items);
        for (const { decision, reasons } of decisions) {
          expect(['keep', 'expire', 'blocked']).toContain(decision);
          expect(reasons.length).toBeGreaterThan(0);
        }
      }),
      runs,
    );
  });

  test('of each server the newest proven point stays, and as many proven ones as the minimum', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const gone = new Set(expired(decideCase(one)));
        for (const server of serversOf(one)) {
          const proven = provenOf(one, one.catalogue.items).filter((point) => point.servers.includes(server));
          const left = proven.filter((point) => !gone.has(point.id));
          const newest = (of: PointItem[]): number => Math.max(...of.map((p) => p.completedAt!.toMillis()));
          expect(newest(left)).toBe(newest(proven));
          expect(left.length).toBeGreaterThanOrEqual(Math.min(proven.length, one.policy.minimumProven));
        }
      }),
      runs,
    );
  });

  test('nothing inside the window expires, nor anything of a server that has no cover', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const gone = decideCase(one).filter((decision) => decision.decision === 'expire');
        const start = one.now.toMillis() - one.policy.windowHours * hour;
        const byWindow = gone.filter(({ reasons }) => reasons[0].reason === 'past-window');
        for (const { item } of byWindow) expect(item.completedAt!.toMillis()).toBeLessThan(start);
        const lost = new Set(pointsOf(gone.map(({ item }) => item)).flatMap((point) => point.servers));
        for (const server of lost) {
          const left = pointsOf(one.catalogue.items).filter(
            (point) =>
              point.servers.includes(server) &&
              point.condition.state === 'whole' &&
              point.completedAt !== undefined &&
              point.completedAt.toMillis() >= start &&
              point.completedAt <= one.now,
          );
          expect(left).not.toEqual([]);
        }
      }),
      runs,
    );
  });

  test('one more pin, or one more doubt, never lets anything go that stayed', () => {
    const doubts = fc.constantFrom('clock', 'listing', 'provider');
    fc.assert(
      fc.property(cases, fc.nat(), doubts, (one, index, doubt) => {
        const before = new Set(expired(decideCase(one)));
        const items = one.catalogue.items.map((item, at) =>
          at === index % one.catalogue.items.length ? { ...item, pins: [...item.pins, pin()] } : item,
        );
        for (const id of expired(decideCase(withItems(one, items)))) expect(before).toContain(id);
        const doubted = { ...one.doubts, [doubt]: doubt === 'clock' ? 'it is off' : ['it is off'] };
        expect(expired(decideCase({ ...one, doubts: doubted }))).toEqual([]);
      }),
      runs,
    );
  });

  test('time alone takes back no expiry, unless the cover that allowed it has left the window itself', () => {
    const steps = fc.oneof(fc.integer({ min: 1, max: 20 * 24 * hour }), fc.constantFrom(1, hour, 24 * hour));
    fc.assert(
      fc.property(cases, steps, (one, step) => {
        const before = new Set(expired(decideCase(one)));
        const later = decideCase({ ...one, now: one.now.plus(step) });
        for (const decision of later) {
          if (!before.has(decision.id) || decision.decision === 'expire') continue;
          const reasons = decision.reasons.map(({ reason }) => reason);
          expect([['last-cover'], ['point-blocked']]).toContainEqual(reasons);
        }
      }),
      runs,
    );
  });

  test('the order of the items changes no decision and no reason', () => {
    fc.assert(
      fc.property(cases, fc.array(fc.nat(), { minLength: 20, maxLength: 20 }), (one, keys) => {
        const shuffled = one.catalogue.items
          .map((item, index) => ({ item, key: keys[index % keys.length] ?? 0 }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ item }) => item);
        const byId = (decisions: readonly RetentionDecision[]): unknown[] =>
          decisions
            .map(({ id, decision, reasons }) => ({ id, decision, names: reasons.map((r) => r.reason) }))
            .toSorted((a, b) => a.id.localeCompare(b.id));
        expect(byId(decideCase(withItems(one, shuffled)))).toEqual(byId(decideCase(one)));
      }),
      runs,
    );
  });

  test('deciding again over what is left lets nothing more go', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const gone = new Set(expired(decideCase(one)));
        const left = one.catalogue.items.filter((item) => !gone.has(item.id));
        // A dump of a point that is gone is judged by itself the next time.
        const again = decideCase(withItems(one, left)).filter(({ item }) => item.kind !== 'exported-dump');
        expect(expired(again)).toEqual([]);
      }),
      runs,
    );
  });

  test('of an id that comes twice, neither goes unless both do, and no other decision is looser for it', () => {
    fc.assert(
      fc.property(cases, fc.nat(), fc.nat(), (one, from, to) => {
        const { items } = one.catalogue;
        const [a, b] = [items[from % items.length], items[to % items.length]];
        if (a === undefined || b === undefined || a.kind !== b.kind) return;
        const doubled = [...items, { ...b, id: a.id } as RetentionItem];
        const decisions = decideCase(withItems(one, doubled)).filter(({ id }) => id === a.id);
        const fates = new Set(decisions.map(({ decision }) => decision === 'expire'));
        expect(fates.size).toBe(1);
      }),
      runs,
    );
  });
});
