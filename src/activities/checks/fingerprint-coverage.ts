/** What the check of the fingerprint can say of tables that were not counted as a whole when the point was taken. */
import type { FingerprintDocument } from '../../contracts/documents.ts';
import { isPartlyCounted } from '../../policy/fingerprint.ts';
import { coverageSentence } from '../../policy/sampling.ts';
import type { CheckAnswer } from './check.ts';

export interface FingerprintCoverage {
  /** Of each table of which a sample was counted: how large it is, and how sure that makes. */
  readonly words: readonly string[];
  readonly measured: CheckAnswer['measured'];
  /** Of each table of which nothing was counted: that nothing can be said. */
  readonly uncounted: readonly string[];
}

export function coverageOf({ divided = [] }: FingerprintDocument): FingerprintCoverage {
  const partly = divided.filter(isPartlyCounted);
  const sampled = partly.filter(({ counted }) => counted > 0);
  return {
    words: sampled.map(
      ({ table, parts, counted, seed }) =>
        `of ${table} ${coverageSentence('parts', { total: parts, atMost: counted, seed })}`,
    ),
    measured:
      partly.length === 0 ? {} : { parts: sumOf(divided, 'parts'), countedParts: sumOf(divided, 'counted') },
    uncounted: partly
      .filter(({ counted }) => counted === 0)
      .map(
        ({ table }) => `table ${table} was not counted: the time did not suffice when the point was taken`,
      ),
  };
}

const sumOf = (divided: NonNullable<FingerprintDocument['divided']>, what: 'parts' | 'counted'): number =>
  divided.reduce((sum, one) => sum + one[what], 0);
