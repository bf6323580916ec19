/**
 * Verifies an audit log as a whole, from its files alone: the chain of its entries, the signatures of its checkpoints, and
 * that each checkpoint stands for the entry with its number. Everything is read once, in order, and nothing is kept but
 * the last entry and the next checkpoint.
 */
import type { KeyObject } from 'node:crypto';
import { isCheckpointBy, keyObjectOf, readCheckpoint } from '../contracts/audit-checkpoint.ts';
import { isoOf } from '../contracts/values.ts';
import { ChainWalk, type AuditProblem, type AuditProblemKind } from '../policy/audit-walk.ts';
import { linesOf } from '../policy/log-lines.ts';
import { thumbprintOf } from '../policy/signing-keys.ts';
import { DateTime } from 'luxon';
import type { TrustedKey } from './signature.ts';
import { objectionToKeyTime } from './signature.ts';

/** One file of a log. */
export interface LogFile {
  readonly name: string;
  readonly open: () => AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>;
}

/** The files of a log, each kind in the order of the names. */
export interface LogFiles {
  readonly system: string;
  readonly region: string;
  readonly segments: readonly LogFile[];
  /** Segments from before entries were chained. */
  readonly unchained: readonly LogFile[];
  readonly checkpoints: readonly LogFile[];
  /** The vault's copies of the checkpoints. */
  readonly copies: readonly LogFile[];
}

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

/** A checkpoint whose signature holds. */
interface Standing {
  readonly sequence: number;
  readonly digest: string;
  readonly at: string;
  readonly place: string;
}

class Verifier {
  readonly #files: LogFiles;
  readonly #keys: ReadonlyMap<string, { readonly key: TrustedKey; readonly object: KeyObject | undefined }>;
  readonly #walk: ChainWalk;
  readonly #problems: AuditProblem[] = [];
  readonly #usedKeys: Record<string, number> = {};
  #problemCount = 0;
  #checkpoints = 0;
  #unchained = 0;
  #signed: Standing | undefined;

  constructor(files: LogFiles, keys: readonly TrustedKey[]) {
    this.#files = files;
    this.#keys = new Map(keys.map((key) => [thumbprintOf(key.jwk), { key, object: keyObjectOf(key.jwk) }]));
    this.#walk = new ChainWalk(files, (problem) => this.#report(problem));
  }

  async run(): Promise<void> {
    for (const file of this.#files.unchained)
      for await (const { lines } of linesOf(await file.open())) this.#unchained += lines.length;
    const checkpoints = this.#standing();
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
    await this.#compareCopies();
  }

  result(): AuditVerification {
    const { system, region } = this.#files;
    const { head, first = 0, lastAt, entries } = this.#walk;
    const signedThrough = this.#signed?.sequence ?? 0;
    return {
      ...{ schema: 'lifeboat/audit-verification/v1', system, region, verdict: this.#verdict() },
      ...{ entries, first, last: entries === 0 ? 0 : head.sequence, lastAt, signedThrough },
      ...{ signedAt: this.#signed?.at, unsigned: Math.max(0, head.sequence - signedThrough) },
      ...{ checkpoints: this.#checkpoints, keys: this.#usedKeys, unchained: this.#unchained },
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

  /** The checkpoints whose signature holds, in order; what is wrong with others is told. */
  async *#standing(): AsyncGenerator<Standing> {
    let last = 0;
    for (const file of this.#files.checkpoints) {
      let number = 0;
      for await (const { lines, isTorn } of linesOf(await file.open()))
        for (const line of lines) {
          const place = `checkpoints/${file.name}:${(number += 1)}`;
          if (isTorn) this.#tell('torn', place, 'the line has no end');
          const read = this.#judged(line.toString('utf8'), place);
          if (read === undefined) continue;
          if (read.sequence <= last)
            this.#tell('not-a-checkpoint', place, `it stands behind the checkpoint of entry ${last}`);
          else yield { ...read, place };
          last = Math.max(last, read.sequence);
        }
    }
  }

  #judged(text: string, place: string): Omit<Standing, 'place'> | undefined {
    const read = readCheckpoint(text, this.#files);
    if (typeof read === 'string') {
      this.#tell('not-a-checkpoint', place, read);
      return undefined;
    }
    const { checkpoint, keyId } = read;
    const trusted = this.#keys.get(keyId);
    if (trusted === undefined) {
      this.#tell('foreign-signature', place, `it is signed by ${keyId}, which is not among the trusted keys`);
      return undefined;
    }
    const signedAt = DateTime.fromSeconds(read.signedAtSeconds, { zone: 'utc' });
    const objection = isCheckpointBy(text, trusted.object)
      ? objectionToKeyTime(trusted.key, signedAt)
      : `it is no signature of its content by ${keyId}`;
    if (objection !== undefined) {
      this.#tell('signature', place, objection);
      return undefined;
    }
    this.#checkpoints += 1;
    this.#usedKeys[keyId] = (this.#usedKeys[keyId] ?? 0) + 1;
    return { sequence: checkpoint.sequence, digest: checkpoint.digest, at: isoOf(signedAt) };
  }

  /** The vault's copy is what stands elsewhere, or the beginning of it. */
  async #compareCopies(): Promise<void> {
    const originals = new Map(this.#files.checkpoints.map((file) => [file.name, file]));
    for (const copy of this.#files.copies) {
      const original = originals.get(copy.name);
      const line = await firstDifference(
        linesOf(await copy.open()),
        original === undefined ? undefined : linesOf(await original.open()),
      );
      if (line !== undefined)
        this.#tell(
          'copy-differs',
          `copies/${copy.name}:${line}`,
          'the copy in the vault says something else',
        );
    }
  }
}

const nextOf = async <T>(items: AsyncGenerator<T>): Promise<T | undefined> => {
  const { done, value } = await items.next();
  return done === true ? undefined : value;
};

type Batches = ReturnType<typeof linesOf>;

async function* single(batches: Batches): AsyncGenerator<Buffer> {
  for await (const { lines } of batches) yield* lines;
}

/** The first line of a copy that is not the same in the original; undefined if there is none. */
async function firstDifference(copy: Batches, original: Batches | undefined): Promise<number | undefined> {
  const others = original === undefined ? undefined : single(original);
  let number = 0;
  for await (const line of single(copy)) {
    number += 1;
    const other = others === undefined ? undefined : await nextOf(others);
    if (other?.equals(line) !== true) return number;
  }
  return undefined;
}
