/**
 * What callers asked for and the log says no outcome of, as a process knows it: it reads what came since it looked last,
 * and begins with the newest segments. Whatever an activity or a timer was at is entered again when that runs again.
 */
import type { AuditEntry } from '../contracts/audit.ts';
import type { Scope } from '../contracts/vault-paths.ts';
import { linesOf } from '../policy/log-lines.ts';
import type { ListedSegment, LogSegments } from '../ports/log-segments.ts';
import { chainedSegments, entryIn, isFinal } from './audit-intents.ts';

/** A segment is of a day at most: whoever begins to look looks back so many. */
const segmentsLookedBack = 3;
/** What any entry of a caller, or any outcome, has in its line. */
const members = ['"kind":"caller"', '"stage":"outcome"'].map((one) => Buffer.from(one));

export class OpenIntents {
  readonly #log: LogSegments;
  readonly #scope: Scope;
  readonly #open = new Map<number, AuditEntry>();
  /** How far it was read. */
  #at: { readonly path: string; readonly bytes: number } | undefined;

  constructor(log: LogSegments, scope: Scope) {
    [this.#log, this.#scope] = [log, scope];
  }

  /** Those that have no outcome now, the oldest first. */
  async look(): Promise<readonly AuditEntry[]> {
    const segments = await chainedSegments(this.#log, this.#scope);
    const from = this.#at?.path ?? segments.at(-segmentsLookedBack)?.path ?? '';
    for (const one of segments.filter(({ path }) => path >= from)) await this.#read(one);
    return [...this.#open.values()];
  }

  async #read({ path, bytes: listed }: ListedSegment): Promise<void> {
    let bytes = this.#at?.path === path ? this.#at.bytes : 0;
    // Behind its end a store has nothing to be read, not even nothing.
    if (bytes >= listed) return;
    for await (const { lines, isTorn } of linesOf(await this.#log.open(path, bytes))) {
      if (isTorn) break;
      for (const line of lines) {
        bytes += line.length + 1;
        if (members.some((one) => line.includes(one))) this.#take(entryIn(line));
      }
    }
    this.#at = { path, bytes };
  }

  #take(entry: AuditEntry | undefined): void {
    if (entry?.stage === 'intent' && entry.actor.kind === 'caller') this.#open.set(entry.sequence, entry);
    if (entry?.stage === 'outcome' && entry.intent !== undefined && isFinal(entry.result))
      this.#open.delete(entry.intent);
  }
}
