/**
 * The one writer of audit logs in a process. Entries that come while an append is under way go together into the next one.
 */
import type { AuditDraft, AuditEntry } from '../contracts/audit.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import type { Clock } from '../ports/clock.ts';
import type { LogSegments } from '../ports/log-segments.ts';
import { ChainEnd, type Entered } from './audit-chain-end.ts';
import { OpenIntents } from './audit-open.ts';

const entriesAtOnce = 500;

interface Waiting {
  readonly drafts: readonly AuditDraft[];
  readonly done: (entered: Entered) => void;
  readonly failed: (reason: unknown) => void;
}

export class AuditLog {
  readonly #segments: LogSegments;
  readonly #clock: Clock;
  /** Who ends a segment: the app's own role. */
  readonly #subject: string;
  readonly #chains = new Map<string, Chain>();
  readonly #open = new Map<string, OpenIntents>();

  constructor(segments: LogSegments, clock: Clock, subject: string) {
    [this.#segments, this.#clock, this.#subject] = [segments, clock, subject];
  }

  /** Enters drafts at the end of a scope's chain, all or none; throws `cannot-record`: what they tell of must not be done. */
  append(scope: Scope, drafts: readonly AuditDraft[]): Promise<Entered> {
    const prefix = vaultPaths.auditSegments(scope);
    const chain =
      this.#chains.get(prefix) ?? new Chain(new ChainEnd(this.#segments, this.#clock, this.#subject, scope));
    this.#chains.set(prefix, chain);
    return chain.append(drafts);
  }

  /** What callers asked for and a scope's log says no outcome of. */
  openIntents(scope: Scope): Promise<readonly AuditEntry[]> {
    const prefix = vaultPaths.auditSegments(scope);
    const open = this.#open.get(prefix) ?? new OpenIntents(this.#segments, scope);
    this.#open.set(prefix, open);
    return open.look();
  }
}

/** The entries of one chain, in the order in which they came. */
class Chain {
  readonly #end: ChainEnd;
  readonly #waiting: Waiting[] = [];
  #isWriting = false;

  constructor(end: ChainEnd) {
    this.#end = end;
  }

  append(drafts: readonly AuditDraft[]): Promise<Entered> {
    return new Promise((done, failed) => {
      this.#waiting.push({ drafts, done, failed });
      if (!this.#isWriting) void this.#writeAll();
    });
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const batch = this.#nextBatch();
      try {
        let { from } = await this.#end.write(batch.flatMap(({ drafts }) => drafts));
        for (const { drafts, done } of batch) {
          done({ from, to: from + drafts.length - 1 });
          from += drafts.length;
        }
      } catch (thrown) {
        for (const { failed } of batch) failed(thrown);
      }
    }
    this.#isWriting = false;
  }

  /** At least one; several as long as they are few. */
  #nextBatch(): Waiting[] {
    const batch = this.#waiting.splice(0, 1);
    let entries = batch[0]?.drafts.length ?? 0;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      entries += next.drafts.length;
      if (entries > entriesAtOnce) break;
      batch.push(...this.#waiting.splice(0, 1));
    }
    return batch;
  }
}
