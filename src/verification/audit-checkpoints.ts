/** Reads the checkpoints of an audit log: which of them are signed by a key that is trusted, and whether the copies agree. */
import type { KeyObject } from 'node:crypto';
import { DateTime } from 'luxon';
import { isCheckpointBy, keyObjectOf, readCheckpoint } from '../contracts/audit-checkpoint.ts';
import { isoOf } from '../contracts/values.ts';
import type { AuditProblem, AuditProblemKind } from '../policy/audit-walk.ts';
import { linesOf } from '../policy/log-lines.ts';
import { thumbprintOf } from '../policy/signing-keys.ts';
import type { LogFiles } from './log-files.ts';
import { objectionToKeyTime, type TrustedKey } from './signature.ts';

/** A checkpoint whose signature holds. */
export interface Standing {
  readonly sequence: number;
  readonly digest: string;
  readonly at: string;
  readonly place: string;
}

export class CheckpointReader {
  /** How many hold, and by which keys. */
  read = 0;
  readonly usedKeys: Record<string, number> = {};
  readonly #files: LogFiles;
  readonly #keys: ReadonlyMap<string, { readonly key: TrustedKey; readonly object: KeyObject | undefined }>;
  readonly #report: (problem: AuditProblem) => void;

  constructor(files: LogFiles, keys: readonly TrustedKey[], report: (problem: AuditProblem) => void) {
    [this.#files, this.#report] = [files, report];
    this.#keys = new Map(keys.map((key) => [thumbprintOf(key.jwk), { key, object: keyObjectOf(key.jwk) }]));
  }

  /** The checkpoints whose signature holds, in order; what is wrong with others is told. */
  async *standing(): AsyncGenerator<Standing> {
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
    this.read += 1;
    this.usedKeys[keyId] = (this.usedKeys[keyId] ?? 0) + 1;
    return { sequence: checkpoint.sequence, digest: checkpoint.digest, at: isoOf(signedAt) };
  }

  /** The vault's copy is what stands elsewhere, or the beginning of it. */
  async compareCopies(): Promise<void> {
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

  #tell(kind: AuditProblemKind, place: string, detail: string): void {
    this.#report({ kind, place, detail });
  }
}

/** The next item; undefined behind the last. */
export const nextOf = async <T>(items: AsyncGenerator<T>): Promise<T | undefined> => {
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
