/** The outcomes that stand in what was looked at of an audit log: the newest one of each intent. */
import { entryIn } from '../activities/audit-intents.ts';
import type { AuditOutcomeView } from '../contracts/audit.ts';
import { linesOf } from '../policy/log-lines.ts';
import type { LogSegments } from '../ports/log-segments.ts';

/** An outcome stands close behind its intent, mostly: an old page looks at so many entries behind it. */
const entriesLookedAt = 100_000;
/** Whatever is an outcome of an intent has this member; most lines need no second look. */
const member = Buffer.from('"intent":');

export class Outcomes {
  readonly #newest = new Map<number, AuditOutcomeView>();
  #lookedAt = 0;
  #through = 0;
  #isCut = false;

  /** Whether it was not looked to the end of the log, and the last entry that was looked at then. */
  get isCut(): boolean {
    return this.#isCut;
  }
  get through(): number {
    return this.#through;
  }

  of(intent: number): AuditOutcomeView | undefined {
    return this.#newest.get(intent);
  }

  take(line: Buffer): void {
    if (!line.includes(member)) return;
    const entry = entryIn(line);
    if (entry?.stage !== 'outcome' || entry.intent === undefined) return;
    if ((this.#newest.get(entry.intent)?.sequence ?? 0) > entry.sequence) return;
    const { sequence, at, result, detail } = entry;
    this.#newest.set(entry.intent, { sequence, at, result, detail });
  }

  /** Takes those of a segment, the older ones first; `false` once enough was looked at. */
  async look(log: LogSegments, path: string): Promise<boolean> {
    if (this.#lookedAt >= entriesLookedAt) {
      this.#isCut = true;
      return false;
    }
    let last: Buffer | undefined;
    for await (const { lines } of linesOf(await log.open(path))) {
      this.#lookedAt += lines.length;
      for (const line of lines) this.take(line);
      last = lines.at(-1) ?? last;
    }
    this.#through = last === undefined ? this.#through : (entryIn(last)?.sequence ?? this.#through);
    return true;
  }
}
