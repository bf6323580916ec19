/** What a verification came to: what was found wrong, what could not be found out, what is worth knowing. */

/** Every way in which a report does not verify; `unknown` ones are no proof of anything wrong. */
export const problemKinds = {
  'not-a-jws': 'wrong',
  header: 'wrong',
  'untrusted-key': 'wrong',
  'key-id': 'wrong',
  signature: 'wrong',
  'key-not-valid': 'wrong',
  'key-withdrawn': 'wrong',
  'signed-too-early': 'wrong',
  'signing-key': 'wrong',
  schema: 'wrong',
  'not-canonical': 'wrong',
  'report-differs': 'wrong',
  'plan-differs': 'wrong',
  'previous-differs': 'wrong',
  'evidence-differs': 'wrong',
  unsigned: 'unknown',
  'no-key': 'unknown',
  'evidence-missing': 'unknown',
  'no-previous': 'unknown',
} as const;
export type ProblemKind = keyof typeof problemKinds;

export interface Problem {
  readonly kind: ProblemKind;
  readonly detail: string;
}

/** Collects what one verification finds. */
export class Findings {
  readonly problems: Problem[] = [];
  readonly notes: string[] = [];
  /** What held, in the order in which it was checked. */
  readonly held: string[] = [];

  wrong(kind: ProblemKind, detail: string): void {
    this.problems.push({ kind, detail });
  }

  note(text: string): void {
    this.notes.push(text);
  }

  /** Says that something held, or what is wrong with it; returns whether it held. */
  must(holds: boolean, what: string, kind: ProblemKind, detail: string): boolean {
    if (holds) this.held.push(what);
    else this.wrong(kind, detail);
    return holds;
  }

  /** `not-verified` as soon as one thing is certainly wrong; `unknown` where something could not be found out. */
  get verdict(): 'verified' | 'not-verified' | 'unknown' {
    if (this.problems.some(({ kind }) => problemKinds[kind] === 'wrong')) return 'not-verified';
    return this.problems.length > 0 ? 'unknown' : 'verified';
  }
}
