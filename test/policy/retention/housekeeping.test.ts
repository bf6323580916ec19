import { describe, expect, test } from 'vitest';
import type { DrillServerItem, ReportItem } from '../../../src/policy/retention/items.ts';
import { ago, cover, day, decide, drillServer, history, pin, point, proven, report, short } from './make.ts';

describe("a drill's server", () => {
  test.each<[string, string, Partial<DrillServerItem>, number]>([
    ['stays until its tag says', 'keep inside-time-to-live', { expiresAt: ago(0) }, 30],
    ['has leaked after it', 'expire leaked', { expiresAt: ago(0.001) }, 1],
    ['without a tag stays for its time to live', 'keep inside-time-to-live', {}, 24],
    ['without a tag has leaked after it', 'expire leaked', {}, 24.001],
    ['that a drill still uses stays', 'keep pinned', { pins: [pin()] }, 25],
    [
      "that is not certainly a drill's is left standing",
      'blocked removal-refused',
      { refusals: ['no tag'] },
      25,
    ],
  ])('%s', (_what, wanted, facts, age) => {
    expect(decide([drillServer('x', age, facts)]).map(short)).toEqual([wanted]);
  });
});

describe('a history', () => {
  test('of a run that has not ended stays, however old', () => {
    expect(decide([history('h', 400 * day, true)]).map(short)).toEqual(['keep still-running']);
  });

  test('goes after its days, and not at their end', () => {
    expect(decide([history('h', 30 * day)]).map(short)).toEqual(['keep inside-own-retention']);
    expect(decide([history('h', 30 * day + 0.001)]).map(short)).toEqual(['expire past-own-retention']);
  });
});

describe('a report', () => {
  const old = 2_193 * day;
  test.each<[string, string, Partial<ReportItem>, number]>([
    ['stays for its years', 'keep inside-own-retention', {}, 2_192 * day],
    ['goes after them', 'expire past-own-retention', {}, old],
    ['under a legal hold stays', 'keep pinned', { pins: [pin({ kind: 'legal-hold' })] }, old],
    ['that proves the newest proven point stays', 'keep proof-of-protected', { proves: 'newest' }, old],
    ['that proves an older one goes', 'expire past-own-retention', { proves: 'older' }, old],
    ['that proves what is not known goes', 'expire past-own-retention', { proves: 'gone' }, old],
  ])('%s', (_what, wanted, facts, age) => {
    const points = [cover, point('newest', old, proven()), point('older', old + day, proven())];
    expect(short(decide([...points, report('r', age, facts)]).at(-1)!)).toBe(wanted);
  });
});
