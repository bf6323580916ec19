/**
 * Verifies an audit log as a whole, from its files alone: the chain of its entries, the signatures of its checkpoints, and
 * that each checkpoint stands for the entry with its number. Everything is read once, in order, and nothing is kept but
 * the last entry and the next checkpoint.
 */
import { ChainWalk, type AuditProblem, type AuditProblemKind } from '../policy/audit-walk.ts';
import { linesOf } from '../policy/log-lines.ts';
import { CheckpointReader, nextOf, type Standing } from './audit-checkpoints.ts';
import type { LogFiles } from './log-files.ts';
import type { TrustedKey } from './signature.ts';

export interface AuditVerification {
  readonly schema: 'lifeboat/audit-verification/v1';
  readonly system: string;
  readonly region: string;
  /** `not-verified`: something is wrong. `unknown`: nothing is, and what says so is not enough. */
  readonly verdict: 'verified' | 'not-verified' | 'unknown';
  /** Entries of the chain. */
  readonly entries: number;
  /** Their numbers. */
  readonly first: number;
  readonly last: number;
  readonly lastAt: string | undefined;
  /** The last entry that a checkpoint stands for, and how many there are behind it, which nobody has signed yet. */
  readonly signedThrough: number;
  readonly signedAt: string | undefined;
  readonly unsigned: number;
  readonly checkpoints: number;
  /** By which keys: each with how many checkpoints. */
  readonly keys: Readonly<Record<string, number>>;
  /** Entries from before there was a chain: nothing vouches for them. */
  readonly unchained: number;
  /** The first of what is wrong, and how much there is of it. */
  readonly problems: readonly AuditProblem[];
  readonly problemCount: number;
  readonly notes: readonly string[];
}

const mostProblems = 100;

/** Verifies a log; `keys` are those that may have signed. */
export async function verifyAuditLog(
  files: LogFiles,
  keys: readonly TrustedKey[],
): Promise<AuditVerification> {
  const verifier = new Verifier(files, keys);
  await verifier.run();
  return verifier.result();
}

class Verifier {
  readonly #files: LogFiles;
  readonly #reader: CheckpointReader;
  readonly #walk: ChainWalk;
  readonly #problems: AuditProblem[] = [];
  #problemCount = 0;
  #unchained = 0;
  #signed: Standing | undefined;

  constructor(files: LogFiles, keys: readonly TrustedKey[]) {
    this.#files = files;
    const report = (problem: AuditProblem): void => this.#report(problem);
    this.#walk = new ChainWalk(files, report);
    this.#reader = new CheckpointReader(files, keys, report);
  }

  async run(): Promise<void> {
    for (const file of this.#files.unchained)
      for await (const { lines } of linesOf(await file.open())) this.#unchained += lines.length;
    const checkpoints = this.#reader.standing();
    let next = await nextOf(checkpoints);
    for (const file of this.#files.segments) {
      this.#walk.begin(file.name);
      for await (const { lines, isTorn } of linesOf(await file.open())) {
        if (isTorn) this.#walk.torn();
        for (const line of lines) {
          this.#walk.take(line);
          const { head } = this.#walk;
          while (next !== undefined && next.sequence <= head.sequence) {
            if (next.sequence === head.sequence) this.#hold(next, head.digest);
            next = await nextOf(checkpoints);
          }
        }
      }
    }
    this.#walk.end();
    for (; next !== undefined; next = await nextOf(checkpoints)) this.#tellTruncated(next);
    await this.#reader.compareCopies();
  }

  result(): AuditVerification {
    const { system, region } = this.#files;
    const { head, first = 0, lastAt, entries } = this.#walk;
    const signedThrough = this.#signed?.sequence ?? 0;
    return {
      ...{ schema: 'lifeboat/audit-verification/v1', system, region, verdict: this.#verdict() },
      ...{ entries, first, last: entries === 0 ? 0 : head.sequence, lastAt, signedThrough },
      ...{ signedAt: this.#signed?.at, unsigned: Math.max(0, head.sequence - signedThrough) },
      ...{ checkpoints: this.#reader.read, keys: this.#reader.usedKeys, unchained: this.#unchained },
      ...{ problems: this.#problems, problemCount: this.#problemCount, notes: this.#notes() },
    };
  }

  #verdict(): AuditVerification['verdict'] {
    if (this.#problemCount > 0) return 'not-verified';
    return this.#walk.entries > 0 && this.#signed === undefined ? 'unknown' : 'verified';
  }

  #notes(): string[] {
    const { head, first = 1, entries } = this.#walk;
    const behind = head.sequence - (this.#signed?.sequence ?? 0);
    return [
      ...(this.#unchained === 0
        ? []
        : [`${this.#unchained} entries are from before there was a chain: nothing vouches for them.`]),
      ...(entries === 0 ? ['The log has no chained entry yet.'] : []),
      ...(first > 1
        ? [
            `Entries 1 to ${first - 1} were removed after their time; the checkpoints behind them stand for them.`,
          ]
        : []),
      ...(entries > 0 && this.#signed === undefined
        ? [
            'No checkpoint stands for any of the entries: who could write the log could have written all of it.',
          ]
        : []),
      ...(this.#signed !== undefined && behind > 0
        ? [`No checkpoint stands for the last ${behind} entries yet.`]
        : []),
    ];
  }

  #report(problem: AuditProblem): void {
    this.#problemCount += 1;
    if (this.#problems.length < mostProblems) this.#problems.push(problem);
  }

  #tell(kind: AuditProblemKind, place: string, detail: string): void {
    this.#report({ kind, place, detail });
  }

  #hold(checkpoint: Standing, digest: string): void {
    if (checkpoint.digest === digest) {
      this.#signed = checkpoint;
      return;
    }
    this.#tell(
      'checkpoint-differs',
      checkpoint.place,
      `the checkpoint of ${checkpoint.at} stands for another entry ${checkpoint.sequence} than the one in the log`,
    );
  }

  #tellTruncated({ at, sequence, place }: Standing): void {
    const { head, entries } = this.#walk;
    const end = entries === 0 ? 'the log has no entry' : `the log ends with entry ${head.sequence}`;
    this.#tell('truncated', place, `the checkpoint of ${at} stands for entry ${sequence}, and ${end}`);
  }
}
