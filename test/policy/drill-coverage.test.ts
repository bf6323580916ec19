import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import { coverageCells, coverageOf, nextDue, type PlayedDrill } from '../../src/policy/drill-coverage.ts';
import type { DrillScenario } from '../../src/policy/drill-scenarios.ts';

const played = (
  scenario: DrillScenario,
  day: number,
  result: PlayedDrill['result'] = 'PASS',
): PlayedDrill => ({ drill: `drill-${day}`, scenario, at: DateTime.utc(2026, 3, day), result });
const scenarios = coverageCells.map(({ scenario }) => scenario);

describe('the coverage map', () => {
  test('has the newest proof and the newest try of each field', () => {
    const map = coverageOf([
      played('ransomware', 1),
      played('ransomware', 3, 'FAIL'),
      played('ransomware', 2),
      played('restore-named-point', 4),
    ]);
    expect(map.find(({ scenario }) => scenario === 'ransomware')).toMatchObject({
      ...{ kind: 'on-demand', proof: { drill: 'drill-2' }, tried: { drill: 'drill-3', result: 'FAIL' } },
    });
    expect(map.filter(({ tried }) => tried !== undefined)).toHaveLength(1);
  });
});

describe('due next is', () => {
  test('what nobody has tried, in the order of the map, then what was tried longest ago', () => {
    const drills: PlayedDrill[] = [];
    const order: string[] = [];
    for (let day = 1; day <= 2 * scenarios.length; day += 1) {
      const due = nextDue(coverageOf(drills), true)!;
      order.push(due.scenario);
      drills.push(played(due.scenario, day));
    }
    expect(order).toEqual([...scenarios, ...scenarios]);
  });

  test('not the same again and again, where one fails or cannot be played each time', () => {
    const drills: PlayedDrill[] = [];
    for (let day = 1; day <= 2 * scenarios.length; day += 1) {
      const { scenario } = nextDue(coverageOf(drills), true)!;
      drills.push(played(scenario, day, scenario === 'operator-error' ? 'INCONCLUSIVE' : 'PASS'));
    }
    for (const scenario of scenarios)
      expect(drills.filter((one) => one.scenario === scenario)).toHaveLength(2);
  });

  test('only what is possible: without a recorded point an instant', () => {
    expect(nextDue(coverageOf([]), false)).toMatchObject({ kind: 'instant', scenario: 'operator-error' });
    expect(nextDue([], true)).toBeUndefined();
  });
});
