/**
 * Walks along the chain of an audit log, line by line, and tells of every place at which it does not hold. It keeps the
 * last entry alone, however long the log is. Behind a break it goes on with what stands there, so that one break is not
 * told as many.
 */
import {
  chainBeginning,
  digestOfLine,
  firstOfSegment,
  readChainLine,
  type ChainHead,
  type ChainLine,
} from './audit-chain.ts';

/** Every way in which the log or its checkpoints do not hold. */
export const auditProblemKinds = [
  /** A line is no entry. */
  'not-an-entry',
  /** An entry does not follow the one before it: one of the two was changed. */
  'changed',
  /** Numbers are missing. */
  'missing',
  /** The same line twice. */
  'duplicate',
  /** Another entry with the same number. */
  'fork',
  /** An entry with a smaller number than the one before it. */
  'out-of-order',
  /** The first entry follows something else than the beginning of this scope's chain. */
  'foreign-beginning',
  /** A segment is not named by its first entry, or is not the one that the segment before it names. */
  'segment',
  /** The last line has no end. */
  'torn',
  /** A checkpoint stands for an entry behind the end of the log. */
  'truncated',
  /** A checkpoint stands for another entry than the one with its number. */
  'checkpoint-differs',
  /** A checkpoint is no signed checkpoint of this scope. */
  'not-a-checkpoint',
  /** A checkpoint is signed by a key that is not trusted. */
  'foreign-signature',
  /** A checkpoint is no signature of its content by its key, or its key was not valid then. */
  'signature',
  /** The copy of the checkpoints in the vault is not what stands elsewhere. */
  'copy-differs',
] as const;
export type AuditProblemKind = (typeof auditProblemKinds)[number];

/** Something that does not hold, and where. */
export interface AuditProblem {
  readonly kind: AuditProblemKind;
  /** The file and the line in it. */
  readonly place: string;
  readonly detail: string;
}

/** Where a walk begins other than at the first line of a log: behind an entry that is known. */
export interface WalkStart {
  readonly head: ChainHead;
  readonly segment: string;
}

export class ChainWalk {
  /** The last entry of the chain. */
  head: ChainHead;
  /** When the last entry was written, as it says. */
  lastAt: string | undefined;
  /** The number of the first entry that stands there. */
  first: number | undefined;
  entries = 0;
  /** The greatest number of an entry that was to be removed. */
  removedThrough = 0;
  readonly #beginning: ChainHead;
  /** Whether the log is walked from its first line on. */
  readonly #isWhole: boolean;
  readonly #report: (problem: AuditProblem) => void;
  /** Whether the line before is one that the next need not follow, since it is told of already. */
  #isBroken = false;
  #segment = '';
  #line = 0;
  #continuesIn: string | undefined;

  constructor(
    scope: { readonly system: string; readonly region: string },
    report: (problem: AuditProblem) => void,
    start?: WalkStart,
  ) {
    this.#beginning = chainBeginning(scope);
    this.#report = report;
    this.head = start?.head ?? this.#beginning;
    this.#isWhole = start === undefined;
    if (start === undefined) return;
    this.first = start.head.sequence;
    this.#segment = start.segment;
    this.#line = start.head.sequence - (firstOfSegment(start.segment) ?? 1) + 1;
  }

  /** The next segment begins. */
  begin(segment: string): void {
    const told = this.#continuesIn;
    if (this.#segment !== '' && told !== segment)
      this.#tell(
        'segment',
        told === undefined
          ? `the log goes on in ${segment}, and the last entry before it does not say so`
          : `the log goes on in ${told}, and the next segment is ${segment}`,
      );
    [this.#segment, this.#line, this.#continuesIn] = [segment, 0, undefined];
  }

  /** The next line of the segment, without its line feed. */
  take(line: Buffer): void {
    this.#line += 1;
    const digest = digestOfLine(line);
    const read = readChainLine(line);
    if (read === undefined) {
      this.#tell('not-an-entry', `the line is no entry of an audit log, ${this.#behind()}`);
      this.#pass(digest);
      return;
    }
    if (this.#line === 1 && firstOfSegment(this.#segment) !== read.sequence)
      this.#tell('segment', `the segment begins with entry ${read.sequence}`);
    if (this.#continuesIn !== undefined)
      this.#tell('segment', `entry ${read.sequence} stands behind the end of the segment`);
    if (this.#isNext(read, digest)) this.#step(read, digest);
  }

  /** The last line of a segment has no end. */
  torn(): void {
    this.#tell('torn', `the segment ends within a line, ${this.#behind()}`);
  }

  /** The log ends here. */
  end(): void {
    const missing = (this.first ?? 1) - 1;
    if (!this.#isWhole || missing <= this.removedThrough) return;
    this.#report({
      kind: 'missing',
      place: 'the beginning of the log',
      detail: `entries 1 to ${missing} are missing, and no entry says that they were to be removed`,
    });
  }

  /** A line that is no entry counts as one: the next need not follow it. */
  #pass(digest: string): void {
    this.first ??= firstOfSegment(this.#segment) ?? 1;
    this.head = { sequence: Math.max(this.head.sequence + 1, this.first), digest };
    this.#isBroken = true;
  }

  /** Holds an entry against the one before it; whether it is taken for the next of the chain. */
  #isNext({ sequence, previous }: ChainLine, digest: string): boolean {
    const last = this.head;
    if (this.first === undefined) return this.#begins(sequence, previous);
    if (sequence === last.sequence + 1) {
      if (!this.#isBroken && previous !== last.digest)
        this.#tell(
          'changed',
          `entry ${sequence} does not follow entry ${last.sequence} as it stands there: one of the two was changed`,
        );
      return true;
    }
    if (sequence > last.sequence) {
      this.#tell('missing', `entries ${last.sequence + 1} to ${sequence - 1} are missing`);
      return true;
    }
    if (sequence < last.sequence)
      this.#tell('out-of-order', `entry ${sequence} stands behind entry ${last.sequence}`);
    else if (digest === last.digest) this.#tell('duplicate', `entry ${sequence} stands there twice`);
    else this.#tell('fork', `there is another entry ${sequence}`);
    return false;
  }

  #begins(sequence: number, previous: string): boolean {
    if (sequence === 1 && previous !== this.#beginning.digest)
      this.#tell('foreign-beginning', 'entry 1 does not begin the log of this system and region');
    this.first = sequence;
    return true;
  }

  #step({ sequence, at, continuesIn, removes }: ChainLine, digest: string): void {
    this.head = { sequence, digest };
    this.lastAt = at;
    this.entries += 1;
    this.#isBroken = false;
    this.#continuesIn = continuesIn;
    if (removes !== undefined && removes.through > this.removedThrough) this.removedThrough = removes.through;
  }

  #behind(): string {
    return this.head.sequence === 0 ? 'at its beginning' : `behind entry ${this.head.sequence}`;
  }

  #tell(kind: AuditProblemKind, detail: string): void {
    this.#report({ kind, place: `${this.#segment}:${this.#line}`, detail });
  }
}
