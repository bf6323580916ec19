/**
 * What happened, in order: one line per event, in true time. Its hash is the run's fingerprint: two runs of one seed
 * must give the same. Lines name what was done and how it was disturbed, never anything of this machine.
 */
import { createHash } from 'node:crypto';

export class Trace {
  readonly #lines: string[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Adds an event. */
  add(text: string): void {
    this.#lines.push(`${this.#now()} ${text}`);
  }

  get length(): number {
    return this.#lines.length;
  }

  /** SHA-256 over every line. */
  hash(): string {
    return createHash('sha256').update(this.#lines.join('\n')).digest('hex');
  }

  /** The last events that change or decide something, with their instants readable. */
  lastRelevant(count: number): string[] {
    const shown: string[] = [];
    for (let at = this.#lines.length - 1; at >= 0 && shown.length < count; at -= 1) {
      const line = this.#lines[at] ?? '';
      if (!isQuiet(line)) shown.push(readable(line));
    }
    return shown.toReversed();
  }
}

/** Reads that went well, and polls, say little about why something broke. */
const quiet = /^\d+ (?:read|list|get|query|session|poll|find|current|clock|turn|open)\b(?!.*!)/;
const isQuiet = (line: string): boolean => quiet.test(line);

function readable(line: string): string {
  const space = line.indexOf(' ');
  return `${new Date(Number(line.slice(0, space))).toISOString().slice(5, 19)} ${line.slice(space + 1)}`;
}
