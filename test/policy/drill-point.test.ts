import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import { chooseDrillPoint, type DrillChoices } from '../../src/policy/drill-point.ts';
import { drawIndex } from '../../src/policy/sampling.ts';

const at = (day: number, hour = 1): DateTime => DateTime.utc(2026, 3, day, hour);
const idOf = (day: number): string => `on-demand-2026030${day}T010000Z`;
const points = [9, 7, 5, 3].map((day) => ({ id: idOf(day), instant: at(day) }));
const choices = (changes: Partial<DrillChoices> = {}): DrillChoices => ({
  ...{ declaredAt: at(10), points, windowSeconds: 7 * 86_400, earliest: at(2), seed: 1 },
  ...changes,
});

describe('a drill restores', () => {
  test('the newest point, as of which the disaster is declared', () => {
    expect(chooseDrillPoint('latest', choices())).toEqual({
      ...{ scenario: 'restore-newest-point', point: idOf(9), instant: at(9), disruptionAt: at(10) },
      ...{ because: 'the newest of 4 usable recovery points', pinned: [idOf(9)] },
    });
  });

  test('a point by its name, or refuses one that is not there and names those that are', () => {
    expect(chooseDrillPoint({ point: idOf(5) }, choices())).toMatchObject({
      ...{ scenario: 'restore-named-point', point: idOf(5), disruptionAt: at(10) },
    });
    expect(() => chooseDrillPoint({ point: 'x' }, choices())).toThrow(/no usable recovery point "x"/);
  });

  test('an instant, at which the disaster struck; its neighbours are kept', () => {
    const choice = chooseDrillPoint(at(6), choices());
    expect(choice).toMatchObject({
      ...{ scenario: 'restore-instant', instant: at(6), disruptionAt: at(6), pinned: [idOf(5), idOf(7)] },
    });
    expect(choice).not.toHaveProperty('point');
    expect(() => chooseDrillPoint(at(11), choices())).toThrow(/lies in the future/);
  });

  test('a point drawn from the window: each may come, the same one by the same seed', () => {
    const drawn = Array.from({ length: 40 }, (_, seed) => chooseDrillPoint('random', choices({ seed })));
    expect(new Set(drawn.map(({ point }) => point))).toEqual(new Set(points.map(({ id }) => id)));
    for (const [seed, choice] of drawn.entries()) {
      expect(chooseDrillPoint('random', choices({ seed }))).toEqual(choice);
      expect(choice.draw).toEqual({ seed, among: [3, 5, 7, 9].map(idOf) });
      // Whoever reads the report finds it again.
      expect(choice.draw?.among[drawIndex(String(seed), 4)]).toBe(choice.point);
    }
  });

  test('a random point as if the disaster had struck when the next one was taken', () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const { instant, disruptionAt } = chooseDrillPoint('random', choices({ seed }));
      expect(disruptionAt).toEqual(instant.day === 9 ? at(10) : at(instant.day + 2));
    }
  });

  test.each<[string, Partial<DrillChoices>, number[]]>([
    ['older than the window', { windowSeconds: 4 * 86_400 }, [7, 9]],
    ['before what the provider can restore', { earliest: at(6) }, [7, 9]],
    ['and takes the very ends of both', { windowSeconds: 3 * 86_400, earliest: at(7) }, [7, 9]],
  ])('no random point %s', (_what, changes, days) => {
    const { draw } = chooseDrillPoint('random', choices(changes));
    expect(draw?.among).toEqual(days.map(idOf));
  });

  test.each<[string, 'latest' | 'random', Partial<DrillChoices>]>([
    ['there is none', 'latest', { points: [] }],
    ['there is none', 'random', { points: [] }],
    ['none lies in the window', 'random', { windowSeconds: 60 }],
    ['the provider can restore nothing', 'random', { earliest: undefined }],
  ])('nothing where %s', (_what, asked, changes) => {
    expect(() => chooseDrillPoint(asked, choices(changes))).toThrow(/has no usable recovery point/);
  });
});
