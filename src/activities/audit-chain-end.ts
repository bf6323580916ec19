/**
 * The end of one chain, as a process knows it, and what is entered there. The append position is the fence: an append
 * succeeds only right behind the entry that it follows, and where a segment was ended nothing can be appended by whoever
 * did not see its end. So there is one chain, however many write.
 */
import type { AuditDraft } from '../contracts/audit.ts';
import { isoOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import {
  chainBeginning,
  continueAction,
  digestOfLine,
  firstOfSegment,
  linkEntries,
  readChainLine,
  segmentNamed,
  type ChainHead,
} from '../policy/audit-chain.ts';
import { digestOf } from '../policy/canonical-json.ts';
import { Failure, failureFrom } from '../policy/failure.ts';
import { safetyMargins } from '../policy/safety-margins.ts';
import type { Clock } from '../ports/clock.ts';
import type { LogSegments } from '../ports/log-segments.ts';

/** Of so many who write at once somebody succeeds each time. */
const appendAttempts = 1_000;

/** The numbers that entries got. */
export interface Entered {
  readonly from: number;
  readonly to: number;
}

/** Where the next entry goes. */
interface Place {
  readonly segment: string;
  readonly bytes: number;
  readonly appends: number;
  readonly head: ChainHead;
  /** The UTC day of the entry before; undefined before the first. */
  readonly day: string | undefined;
}

export class ChainEnd {
  readonly #log: LogSegments;
  readonly #clock: Clock;
  readonly #subject: string;
  readonly #prefix: string;
  readonly #beginning: ChainHead;
  /** Where it ended when this process looked last. */
  #place: Place | undefined;

  constructor(log: LogSegments, clock: Clock, subject: string, scope: Scope) {
    [this.#log, this.#clock, this.#subject] = [log, clock, subject];
    this.#prefix = vaultPaths.auditSegments(scope);
    this.#beginning = chainBeginning(scope);
  }

  /** Enters drafts, all or none; throws `cannot-record`. One call at a time. */
  async write(drafts: readonly AuditDraft[]): Promise<Entered> {
    try {
      for (let attempt = 0; attempt < appendAttempts; attempt += 1) {
        const place = this.#place ?? (await this.#find());
        this.#place = undefined;
        if (this.#isFull(place)) await this.#continue(place);
        else {
          const next = await this.#appendAt(place, drafts);
          this.#place = next;
          if (next !== undefined) return { from: place.head.sequence + 1, to: next.head.sequence };
        }
      }
    } catch (thrown) {
      this.#place = undefined;
      throw this.#cannot(failureFrom(thrown).message, thrown);
    }
    throw this.#cannot('it is written by others without pause');
  }

  #cannot(why: string, cause?: unknown): Failure {
    return new Failure(
      'cannot-record',
      `nothing can be recorded under ${this.#prefix}: ${why}`,
      'What was to be recorded is not done. Look at the vault, then try again; see the runbook "audit-not-verified".',
      { cause },
    );
  }

  /** A segment ends with its UTC day, and before the store's limit. A day that lies ahead of this clock is kept to. */
  #isFull({ bytes, appends, day }: Place): boolean {
    if (bytes === 0 || day === undefined) return false;
    return appends >= safetyMargins.segmentBlocks || this.#clock.now().toFormat('yyyy-MM-dd') > day;
  }

  /** Ends a segment with the entry that names the next one. */
  async #continue(place: Place): Promise<void> {
    const entry = {
      actor: { kind: 'automation', subject: this.#subject } as const,
      ...{ action: continueAction, stage: 'intent' as const, detail: {} },
      target: `${this.#prefix}${segmentNamed(place.head.sequence + 2)}`,
    };
    const at = isoOf(this.#clock.now());
    const ended = await this.#appendAt(place, [{ ...entry, at, step: digestOf(entry) }]);
    // Whoever was faster has ended it, or written into it: the next look says which.
    if (ended !== undefined) this.#place = await this.#beginBehind(ended);
  }

  async #beginBehind({ head, day }: Pick<Place, 'head' | 'day'>): Promise<Place> {
    const segment = `${this.#prefix}${segmentNamed(head.sequence + 1)}`;
    await this.#log.begin(segment);
    return { segment, bytes: 0, appends: 0, head, day };
  }

  /** Appends right there; the place behind, or undefined if somebody else was faster. */
  async #appendAt(place: Place, drafts: readonly AuditDraft[]): Promise<Place | undefined> {
    const { lines, head } = linkEntries(place.head, drafts);
    const body = Buffer.from(lines.map((line) => `${line}\n`).join(''), 'utf8');
    const { segment, bytes, appends } = place;
    const isThere =
      (await this.#log.appendAt(segment, bytes, body)) || (await this.#stands(segment, bytes, body));
    const day = drafts.at(-1)?.at.slice(0, 'yyyy-mm-dd'.length);
    return isThere ? { segment, bytes: bytes + body.length, appends: appends + 1, head, day } : undefined;
  }

  /** A request may have been sent twice: then the first one stands there, and the second was refused. */
  async #stands(segment: string, position: number, body: Buffer): Promise<boolean> {
    const end = await this.#log.endOf(segment);
    if (end === undefined || end.bytes < position + body.length) return false;
    let compared = 0;
    for await (const chunk of await this.#log.open(segment, position)) {
      const bytes = chunk as Buffer;
      const length = Math.min(bytes.length, body.length - compared);
      if (!bytes.subarray(0, length).equals(body.subarray(compared, compared + length))) return false;
      compared += length;
      if (compared === body.length) break;
    }
    return compared === body.length;
  }

  async #find(): Promise<Place> {
    const names: string[] = [];
    for await (const { path } of this.#log.listSegments(this.#prefix)) {
      const name = path.slice(this.#prefix.length);
      if (firstOfSegment(name) !== undefined) names.push(name);
    }
    // An empty one was begun and not written into: what stands before it says what it follows.
    for (const name of names.toReversed()) {
      const end = await this.#log.endOf(`${this.#prefix}${name}`);
      if (end?.lastLine !== undefined) return this.#placeBehind(name, { ...end, lastLine: end.lastLine });
    }
    return this.#beginBehind({ head: this.#beginning, day: undefined });
  }

  #placeBehind(
    name: string,
    { bytes, appends, lastLine }: { bytes: number; appends: number; lastLine: Buffer },
  ): Place | Promise<Place> {
    const segment = `${this.#prefix}${name}`;
    const read = readChainLine(lastLine);
    if (read === undefined)
      throw new Failure('bad-document', `the last line of ${segment} is no entry`, 'See the runbook.');
    const head = { sequence: read.sequence, digest: digestOfLine(lastLine) };
    const day = read.at.slice(0, 'yyyy-mm-dd'.length);
    return read.continuesIn === undefined
      ? { segment, bytes, appends, head, day }
      : this.#beginBehind({ head, day });
  }
}
