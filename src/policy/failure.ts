/**
 * The one kind of error that Lifeboat throws on purpose, and the one table of its codes. Every failure says what is
 * wrong, what to do next, and whether trying again can help; exit codes and HTTP statuses are derived from the code
 * and nowhere else. Expected results are not failures: they are returned as discriminated unions.
 */

/** Code → process exit code (sysexits where one fits), HTTP status, and whether a retry may succeed by itself. */
export const failureCodes = {
  'bad-input': { exit: 64, http: 400, retryable: false },
  'bad-estate': { exit: 64, http: 422, retryable: false },
  'bad-document': { exit: 1, http: 500, retryable: false },
  'wrong-method': { exit: 1, http: 405, retryable: false },
  'not-found': { exit: 4, http: 404, retryable: false },
  conflict: { exit: 5, http: 409, retryable: false },
  'wrong-region': { exit: 1, http: 409, retryable: false },
  refused: { exit: 1, http: 409, retryable: false },
  'operation-failed': { exit: 1, http: 502, retryable: false },
  'deadline-exceeded': { exit: 1, http: 504, retryable: false },
  busy: { exit: 69, http: 503, retryable: true },
  unavailable: { exit: 69, http: 503, retryable: true },
  unauthenticated: { exit: 77, http: 401, retryable: false },
  'access-denied': { exit: 77, http: 403, retryable: false },
  'cannot-record': { exit: 1, http: 503, retryable: true },
  unexpected: { exit: 1, http: 500, retryable: true },
} as const;

export type FailureCode = keyof typeof failureCodes;

/** A failure as plain data: what crosses activity, history and HTTP boundaries. */
export interface FailureFacts {
  readonly code: FailureCode;
  readonly message: string;
  readonly hint: string;
  readonly retryable: boolean;
}

/** Thrown for every failure that Lifeboat foresees; `hint` tells the next step to a person. */
export class Failure extends Error {
  readonly code: FailureCode;
  readonly hint: string;
  readonly retryable: boolean;

  constructor(
    code: FailureCode,
    message: string,
    hint: string,
    options: { cause?: unknown; retryable?: boolean } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'Failure';
    this.code = code;
    this.hint = hint;
    this.retryable = options.retryable ?? failureCodes[code].retryable;
  }

  /** The failure as data, without cause and stack. */
  facts(): FailureFacts {
    return { code: this.code, message: this.message, hint: this.hint, retryable: this.retryable };
  }
}

/** The failure in whatever was thrown: a `Failure` as it is, anything else as `unexpected`. */
export function failureFrom(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new Failure(
    'unexpected',
    message,
    'Look in the log for the cause; the step is tried again by itself.',
    { cause: thrown },
  );
}

/** What callers of the API are shown of whatever was thrown: of what nobody foresaw, none of its words. */
export function shownFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  return new Failure(
    'unexpected',
    'something went wrong that was not foreseen',
    'Look in the log of the app at this moment.',
    { cause: thrown },
  );
}

/** A failure built again from its data, as received from an activity or the API. */
export function failureFromFacts(facts: FailureFacts): Failure {
  return new Failure(facts.code, facts.message, facts.hint, { retryable: facts.retryable });
}
