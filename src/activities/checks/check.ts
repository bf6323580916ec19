/** What a check is: it looks at one restored database and says what it expected, what it found, and what is wrong. */
import type { FingerprintDocument, RecoveryPoint } from '../../contracts/documents.ts';
import type { EstateDatabase } from '../../contracts/estate.ts';
import { runOfPlan, type PlayedPlan } from '../../contracts/played-plan.ts';
import type { DatabaseAddress } from '../../ports/database.ts';
import type { Dependencies } from '../dependencies.ts';
import { Failure } from '../../policy/failure.ts';
import type { Scoped } from '../scope.ts';

/** Everything a check may look at. */
export interface CheckContext {
  readonly deps: Dependencies;
  readonly here: Scoped;
  readonly plan: PlayedPlan;
  readonly database: EstateDatabase;
  /** Where the restored database is. */
  readonly at: DatabaseAddress;
  /** The instant that it was restored to, ISO 8601. */
  readonly instant: string;
  /** What was recorded at that instant; undefined where an instant between two recorded points was restored to. */
  readonly recorded: Recorded | undefined;
}

/** The recovery point that was restored to, and what the source held at its instant. */
export interface Recorded {
  readonly point: RecoveryPoint;
  readonly fingerprint: FingerprintDocument;
}

/** What was recorded, for a check that is planned only where something was. */
export function recordedIn({ recorded, plan }: CheckContext): Recorded {
  if (recorded !== undefined) return recorded;
  throw new Failure(
    'refused',
    `${runOfPlan(plan)} restored to an instant of which nothing was recorded`,
    'The plan was made by another version; plan it again.',
  );
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
  /** It holds the restored data against what was recorded with a recovery point. */
  readonly needsRecord?: true;
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
