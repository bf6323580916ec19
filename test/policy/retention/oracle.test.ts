import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideRetention } from '../../../src/policy/retention/decide.ts';
import type { RetentionDecision } from '../../../src/policy/retention/reasons.ts';
import { sentenceOf } from '../../../src/policy/retention/sentences.ts';
import { budget } from '../../budget.ts';
import { plainCases, realCase } from './cases.ts';
import { oracle } from './oracle.ts';

/** A decision in the oracle's form. */
const inWords = ({ decision, reasons }: RetentionDecision): string =>
  [decision, ...reasons.map((one) => one.reason).toSorted()].join(' ');

/** A reason that comes once in some thousand cases has not come five times after all of these. */
const mostRounds = 60;
const casesOfRound = 500;

describe('over random catalogues', () => {
  test('an oracle that asks every rule literally comes to the same decisions for the same reasons', () => {
    const seen = new Map<string, number>();
    const rare = (): string[] => [...allReasons].filter((reason) => (seen.get(reason) ?? 0) < 5);
    const agree = (cases: number): void =>
      fc.assert(
        fc.property(plainCases, (plain) => {
          const { catalogue, policy, now, doubts } = realCase(plain);
          const decisions = decideRetention(catalogue, policy, now, doubts);
          expect(decisions.map(inWords)).toEqual(oracle(plain));
          for (const one of decisions) {
            for (const { reason } of one.reasons) seen.set(reason, (seen.get(reason) ?? 0) + 1);
            expect(sentenceOf(one)).toMatch(/^(kept|expired|not deleted): \S.{8,}[^.;:]$/);
          }
        }),
        { numRuns: cases },
      );
    agree(budget.retentionCatalogues);
    // A comparison over cases that never come proves nothing: it goes on until every reason came, however rare it is.
    for (let round = 0; round < mostRounds && rare().length > 0; round += 1) agree(casesOfRound);
    expect(rare()).toEqual([]);
  });
});

/** Every reason that a catalogue of unique ids with one known store and a valid policy can give. */
const allReasons = new Set([
  ...['inside-window', 'pinned', 'newest-proven', 'minimum-proven', 'chain-needed', 'ladder'],
  ...['providers-own', 'persons-own', 'part-of-point', 'current-version', 'repair-source', 'reported-only'],
  ...['referenced', 'awaiting-mark', 'inside-grace', 'inside-time-to-live', 'still-running'],
  ...[
    'inside-own-retention',
    'proof-of-protected',
    'past-window',
    'with-its-point',
    'unreferenced',
    'leaked',
  ],
  ...['past-own-retention', 'undated', 'future-dated', 'last-cover', 'clock', 'listing', 'provider'],
  ...['point-blocked', 'no-safety-net', 'inventory-unread', 'removal-refused'],
]);
