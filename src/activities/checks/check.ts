/** What a check is: it looks at one restored database and says what it expected, what it found, and what is wrong. */
import type { DrillPlan, FingerprintDocument, RecoveryPoint } from '../../contracts/documents.ts';
import type { EstateDatabase } from '../../contracts/estate.ts';
import type { DatabaseAddress } from '../../ports/database.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Scoped } from '../scope.ts';

/** Everything a check may look at. */
export interface CheckContext {
  readonly deps: Dependencies;
  readonly here: Scoped;
  readonly plan: DrillPlan;
  readonly point: RecoveryPoint;
  readonly database: EstateDatabase;
  /** Where the restored database is. */
  readonly at: DatabaseAddress;
  /** What was recorded of the source at the point's instant. */
  readonly fingerprint: FingerprintDocument;
}

/** A check's answer; `findings` are complete here, the report keeps the first twenty. */
export interface CheckAnswer {
  readonly status: 'passed' | 'failed' | 'inconclusive';
  readonly expected: string;
  readonly actual: string;
  readonly findings: readonly string[];
  readonly measured: Readonly<Record<string, number | string>>;
  /** Anything else worth keeping as evidence. */
  readonly detail?: unknown;
  readonly newestHeartbeat?: string | undefined;
}

export interface Check {
  readonly id: string;
  readonly title: string;
  run(context: CheckContext): Promise<CheckAnswer>;
}

/** The answer of a check whose findings decide: none is passed. */
export function answerByFindings(
  expected: string,
  passed: string,
  findings: readonly string[],
  measured: CheckAnswer['measured'],
  detail?: unknown,
): CheckAnswer {
  const [first] = findings;
  const actual =
    first === undefined
      ? passed
      : `${first}${findings.length > 1 ? ` (and ${findings.length - 1} more)` : ''}`;
  return { status: first === undefined ? 'passed' : 'failed', expected, actual, findings, measured, detail };
}
