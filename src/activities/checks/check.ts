/**
 * What a check is: it looks at one restored database and says what it expected, what it found, and what is wrong. A
 * check that may take long is done in portions, each of which hands on to the next how far it came.
 */
import type { z } from 'zod';
import type { KeptFindings } from '../../contracts/check-states.ts';
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
  /** What samples are drawn by: the digest of the plan. */
  readonly seed: string;
  /** Whether this portion has lasted long enough: a check that can go on later then does. */
  readonly timeIsUp: () => boolean;
  /** How many blocks of a relation are looked at between two looks at the time. */
  readonly blocksAtOnce: number;
}

/** The recovery point that was restored to, and what the source held at its instant. */
export interface Recorded {
  readonly point: RecoveryPoint;
  readonly fingerprint: FingerprintDocument;
}

/** What was recorded, for a check that is planned only where something was. */
export function recordedIn({ recorded, plan }: Pick<CheckContext, 'recorded' | 'plan'>): Recorded {
  if (recorded !== undefined) return recorded;
  throw new Failure(
    'refused',
    `${runOfPlan(plan)} restored to an instant of which nothing was recorded`,
    'The plan was made by another version; plan it again.',
  );
}

/** A check's answer; the report keeps the first twenty of its findings. */
export interface CheckAnswer {
  readonly status: 'passed' | 'failed' | 'inconclusive';
  readonly expected: string;
  readonly actual: string;
  readonly findings: readonly string[];
  /** How many there are, where not all of them were kept. */
  readonly findingCount?: number;
  readonly measured: Readonly<Record<string, number | string>>;
  /** Anything else worth keeping as evidence. */
  readonly detail?: unknown;
  readonly newestHeartbeat?: string | undefined;
}

/** A check that goes on in another portion, and what that one begins with: JSON, and small. */
export interface CheckPortion<S = unknown> {
  readonly next: S;
}

export interface Check {
  readonly id: string;
  readonly title: string;
  /** It holds the restored data against what was recorded with a recovery point. */
  readonly needsRecord?: true;
  /** `from` is what the portion before handed on; undefined in the first. */
  run(context: CheckContext, from?: unknown): Promise<CheckAnswer | CheckPortion>;
}

/** A check in portions: where it begins, the shape of what one hands on to the next, and the work of one. */
export function checkInPortions<S>(check: {
  readonly id: string;
  readonly title: string;
  readonly needsRecord?: true;
  readonly state: z.ZodType<S>;
  begin(context: CheckContext): Promise<S>;
  run(context: CheckContext, state: S): Promise<CheckAnswer | CheckPortion<S>>;
}): Check {
  const { id, title, needsRecord } = check;
  return {
    ...{ id, title, ...(needsRecord === undefined ? {} : { needsRecord }) },
    run: async (context, from) =>
      check.run(context, from === undefined ? await check.begin(context) : reached(check, from)),
  };
}

function reached<S>({ id, state }: { readonly id: string; readonly state: z.ZodType<S> }, from: unknown): S {
  const parsed = state.safeParse(from);
  if (parsed.success) return parsed.data;
  throw new Failure(
    'bad-document',
    `what the portion before handed on of the check ${id} cannot be gone on with`,
    'It was written by another version; start the drill again.',
  );
}

/** The answer of a check whose findings decide: none is passed. */
export function answerByFindings(
  expected: string,
  passed: string,
  findings: readonly string[] | KeptFindings,
  measured: CheckAnswer['measured'],
  detail?: unknown,
): CheckAnswer {
  const { kept, count } = 'kept' in findings ? findings : { kept: findings, count: findings.length };
  const [first] = kept;
  const actual = first === undefined ? passed : `${first}${count > 1 ? ` (and ${count - 1} more)` : ''}`;
  const status = first === undefined ? 'passed' : 'failed';
  return { status, expected, actual, findings: kept, findingCount: count, measured, detail };
}
