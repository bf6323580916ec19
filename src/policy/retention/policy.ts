/**
 * The policy of a system, and whether it may be used at all. A policy that is empty, not a number or below a floor is
 * refused with every problem named; it is never interpreted, because what it "must have meant" deletes things.
 */
import type { Ladder } from './ladder.ts';
import { ladderRungs } from './ladder.ts';
import { retentionLimits } from './limits.ts';

/** How much one run may delete by itself: a share of what there is (0 to 1], and a number. */
export interface BrakeLimit {
  readonly maxDeleteFraction: number;
  readonly maxDeleteCount: number;
}

/** What is kept for how long, and how much may go without asking. */
export interface RetentionPolicy {
  /** Hours of UTC. */
  readonly windowHours: number;
  readonly minimumProven: number;
  /** Longer retention beside the window; undefined: the plain window alone. */
  readonly ladder: Ladder | undefined;
  /** Of recovery points and dumps. */
  readonly brake: BrakeLimit;
  /** Of copies and blobs of content stores, and of reports and records. */
  readonly contentBrake: BrakeLimit;
  /** The least time between two looks that find a blob without reference. */
  readonly marksApartHours: number;
  /** How long a blob stays after the first look that found it without reference. */
  readonly graceHours: number;
  readonly historyDays: number;
  readonly reportDays: number;
}

/** What holds where an estate says nothing. Reports: six years (HIPAA 164.316(b)(2)(i)). */
export const defaultRetentionPolicy: RetentionPolicy = {
  windowHours: 168,
  minimumProven: 1,
  ladder: undefined,
  brake: { maxDeleteFraction: 0.3, maxDeleteCount: 20 },
  contentBrake: { maxDeleteFraction: 0.3, maxDeleteCount: 20_000 },
  marksApartHours: 4,
  graceHours: 24,
  historyDays: 30,
  reportDays: 2_192,
};

/** One thing wrong with a policy: where, and what it must be. */
export interface PolicyProblem {
  readonly path: string;
  readonly problem: string;
}

type Rule = readonly [path: string, isRight: (value: number) => boolean, must: string];

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 1;
const isFraction = (value: number): boolean => value > 0 && value <= 1;
const atLeast =
  (floor: number) =>
  (value: number): boolean =>
    Number.isFinite(value) && value >= floor;

const rules: readonly Rule[] = [
  floorRule('windowHours', retentionLimits.windowFloorHours, 'hours'),
  [
    'minimumProven',
    (value) => isCount(value) && value >= retentionLimits.minimumProvenFloor,
    `must be a whole number, at least ${retentionLimits.minimumProvenFloor}`,
  ],
  ...['brake', 'contentBrake'].flatMap((brake): Rule[] => [
    [`${brake}.maxDeleteFraction`, isFraction, 'must be more than 0 and at most 1'],
    [`${brake}.maxDeleteCount`, isCount, 'must be a whole number, at least 1'],
  ]),
  floorRule('marksApartHours', retentionLimits.marksApartFloorHours, 'hours'),
  floorRule('graceHours', retentionLimits.graceFloorHours, 'hours'),
  floorRule('historyDays', retentionLimits.historyFloorDays, 'days'),
  floorRule('reportDays', retentionLimits.reportFloorDays, 'days'),
];

function floorRule(path: string, floor: number, unit: string): Rule {
  return [path, atLeast(floor), `must be a number of ${unit}, at least ${floor}`];
}

/** Every problem of a policy; empty when it may be used. Takes whatever was read as one. */
export function checkRetentionPolicy(policy: unknown): PolicyProblem[] {
  if (!isRecord(policy) || Object.keys(policy).length === 0)
    return [{ path: '(policy)', problem: 'is empty: nothing is deleted without a policy' }];
  const problems = rules.flatMap(([path, isRight, must]) => {
    const value = valueAt(policy, path);
    if (typeof value === 'number' && isRight(value)) return [];
    return [{ path, problem: `${must}, and is ${wordOf(value)}` }];
  });
  return [...problems, ...problemsOfLadder(policy['ladder'])];
}

function problemsOfLadder(ladder: unknown): PolicyProblem[] {
  if (ladder === undefined) return [];
  if (!isRecord(ladder)) return [{ path: 'ladder', problem: `must be a ladder, and is ${wordOf(ladder)}` }];
  const problems = Object.entries(ladder).flatMap(([rung, value]) => {
    const path = `ladder.${rung}`;
    if (!(ladderRungs as readonly string[]).includes(rung))
      return [{ path, problem: `is no rung; use ${ladderRungs.join(', ')}` }];
    if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0)) return [];
    return [{ path, problem: `must be a whole number, not below 0, and is ${wordOf(value)}` }];
  });
  const keepsSomething = Object.values(ladder).some((value) => typeof value === 'number' && value > 0);
  if (problems.length > 0 || keepsSomething) return problems;
  return [{ path: 'ladder', problem: 'keeps nothing: leave it out, or say how many' }];
}

function valueAt(policy: Record<string, unknown>, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), policy);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function wordOf(value: unknown): string {
  return value === undefined ? 'missing' : typeof value === 'number' ? String(value) : JSON.stringify(value);
}
