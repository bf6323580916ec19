import { describe, expect, test } from 'vitest';
import type { ListedBackup } from '../../../src/policy/on-demand-slots.ts';
import { noDoubts, type PointItem, type RetentionDoubts } from '../../../src/policy/retention/items.ts';
import { sentenceOf } from '../../../src/policy/retention/sentences.ts';
import { decideSlotRetention, type SlotFacts, type SlotOutcome } from '../../../src/policy/retention/slot.ts';
import { ago, day, drillFailed, now, pin, point, policy, proven, server } from './make.ts';

const other = '/servers/unite-eastus';
const nights = [1, 2, 3, 4, 5, 6];
const backup = (n: number): ListedBackup => ({
  name: `lifeboat-${n}`,
  kind: 'on-demand',
  completedAt: ago(n * day),
});
const automatic = (n: number): ListedBackup => ({
  name: `auto-${n}`,
  kind: 'automatic',
  completedAt: ago(n * day + 2),
});
const dayOf = (n: number): string => ago(n * day).toISODate()!;

/** Six nights on each server; `facts` of the points by night. */
function facts(
  servers: readonly string[],
  automatics: Readonly<Record<string, readonly number[]>>,
  ofNight: (n: number) => Partial<PointItem> = () => ({}),
): SlotFacts {
  const points = nights.map((n) => point(`p${n}`, n * day, { servers, ...ofNight(n) }));
  return {
    ...{ server, points, exportsOn: [] },
    listed: new Map(
      servers.map((one) => [one, [...nights.map(backup), ...(automatics[one] ?? []).map(automatic)]]),
    ),
    ours: servers.flatMap((one) =>
      points.map((held, index) => ({ server: one, backup: `lifeboat-${nights[index]}`, point: held })),
    ),
  };
}

const decide = (given: SlotFacts, doubts: Partial<RetentionDoubts> = {}, minimumProven = 1): SlotOutcome =>
  decideSlotRetention(given, { ...policy, minimumProven }, now, { ...noDoubts, ...doubts });
const givenUp = (outcome: SlotOutcome): string | undefined =>
  outcome.decision === 'expire' ? outcome.point : undefined;

describe('a slot', () => {
  test('is free while fewer than six on-demand backups are held', () => {
    const given = facts([server], { [server]: nights });
    const fewer = new Map([[server, (given.listed.get(server) ?? []).slice(1)]]);
    expect(decide({ ...given, listed: fewer })).toEqual({ decision: 'take' });
  });

  test('is given up by the oldest backup of which an automatic one of its UTC day is listed', () => {
    const outcome = decide(facts([server], { [server]: [4, 5] }));
    expect(outcome).toEqual({
      ...{ decision: 'expire', point: 'p5', backups: [{ server, backup: 'lifeboat-5' }] },
      reasons: [{ reason: 'slot', coveredBy: 'auto-5', day: dayOf(5), held: 6, allowed: 6 }],
    });
    expect(sentenceOf(outcome as Extract<SlotOutcome, { decision: 'expire' }>)).toBe(
      `expired: its slot is needed for the next snapshot: 6 on-demand backups are held, 6 is the most with a slot left for people, and auto-5 covers ${dayOf(5)}`,
    );
  });

  test('is given up where an export of that day is listed', () => {
    expect(givenUp(decide({ ...facts([server], {}), exportsOn: [dayOf(3)] }))).toBe('p3');
  });

  test.each<[string, (n: number) => Partial<PointItem>, number, string | undefined]>([
    ['the newest proven one', (n) => (n === 6 ? proven() : {}), 1, 'p5'],
    ['one of the proven ones that must stay', (n) => (n >= 5 ? proven() : {}), 2, 'p4'],
    ['a pinned one', (n) => (n === 6 ? { pins: [pin()] } : {}), 1, 'p5'],
    ["a person's own", (n) => (n === 6 ? { owner: 'person' } : {}), 1, 'p5'],
    [
      'one whose newer proof failed its drill',
      (n) => (n === 6 ? proven() : n === 1 ? drillFailed : {}),
      1,
      'p5',
    ],
    ['anything, when all must stay', () => proven(), 6, undefined],
  ])('is never that of %s', (_what, ofNight, minimum, wanted) => {
    expect(givenUp(decide(facts([server], { [server]: nights }, ofNight), {}, minimum))).toBe(wanted);
  });

  test('is refused without cover, and while anything is in doubt', () => {
    expect(decide(facts([server], {}))).toMatchObject({ decision: 'refused', blocks: [] });
    expect(decide(facts([server], { [server]: nights }), { clock: 'it is off' })).toMatchObject({
      ...{ decision: 'refused', blocks: [{ reason: 'clock' }] },
    });
    expect(decide(facts([server], { [server]: nights }), {}, 0)).toMatchObject({
      ...{ decision: 'refused', blocks: [{ reason: 'policy-refused' }] },
    });
  });
});

describe('a point of two servers', () => {
  test('is given up as one, where its day is covered on both', () => {
    const outcome = decide(facts([server, other], { [server]: nights, [other]: [3] }));
    expect(outcome).toMatchObject({
      decision: 'expire',
      point: 'p3',
      backups: [
        { server, backup: 'lifeboat-3' },
        { server: other, backup: 'lifeboat-3' },
      ],
    });
  });

  test('stays where the listing of the other server is not known', () => {
    const given = facts([server, other], { [server]: nights, [other]: nights });
    const one = new Map([[server, given.listed.get(server) ?? []]]);
    expect(decide({ ...given, listed: one }).decision).toBe('refused');
  });
});
